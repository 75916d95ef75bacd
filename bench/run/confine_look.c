// SPDX-License-Identifier: BSD-2-Clause
// What the kernel says of the threads of a pair that really runs.
#include "bench/run/confine_look.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bench/host/threads.h"
#include "bench/run/cell.h"
#include "bench/run/cell_run.h"
#include "bench/run/child.h"
#include "bench/run/confine.h"
#include "bench/run/patience.h"
#include "lib/fd.h"
#include "lib/sane.h"
#include "pair/machine.h"
#include "pair/pair.h"
#include "vmm/vm.h"

static void read_line(struct confine_thread *t, const char *line)
{
	const struct {
		const char *name;
		uint64_t *to;
	} caps[] = { { "CapEff: %" SCNx64, &t->cap_eff },
		     { "CapPrm: %" SCNx64, &t->cap_prm },
		     { "CapInh: %" SCNx64, &t->cap_inh },
		     { "CapBnd: %" SCNx64, &t->cap_bnd },
		     { "CapAmb: %" SCNx64, &t->cap_amb } };

	sscanf(line, "Name: %15s", t->name);
	sscanf(line, "NoNewPrivs: %d", &t->no_new_privs);
	sscanf(line, "Seccomp: %d", &t->seccomp);
	sscanf(line, "Seccomp_filters: %d", &t->filters);
	for (size_t i = 0; i < sizeof(caps) / sizeof(caps[0]); i++)
		sscanf(line, caps[i].name, caps[i].to);
}

static void read_thread(struct confine_report *r, const char *tid)
{
	struct confine_thread *t = &r->thread[r->nthreads];
	char path[320], line[256];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%s/status", tid);
	f = tid[0] == '.' ? NULL : fopen(path, "re");
	if (!f)
		return;
	*t = (struct confine_thread){ .no_new_privs = -1, .seccomp = -1, .filters = -1 };
	while (fgets(line, sizeof(line), f))
		read_line(t, line);
	fclose(f);
	r->nthreads++;
}

static unsigned count_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned n = 0;

	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n > 3 ? n - 3 : 0; /* . and .. and the directory's own */
}

static void read_limit(const char *line, const char *name, uint64_t *to)
{
	size_t n = strlen(name);

	if (strncmp(line, name, n) != 0)
		return;
	*to = UINT64_MAX;
	sscanf(line + n, " %" SCNu64, to);
}

static void read_limits(struct confine_report *r)
{
	FILE *f = fopen("/proc/self/limits", "re");
	char line[256];

	while (f && fgets(line, sizeof(line), f)) {
		read_limit(line, "Max open files", &r->nofile);
		read_limit(line, "Max core file size", &r->core);
		read_limit(line, "Max locked memory", &r->memlock);
		read_limit(line, "Max realtime priority", &r->rtprio);
	}
	if (f)
		fclose(f);
	r->fds = count_fds();
}

static bool opens(const char *dir)
{
	DIR *d = opendir(dir);

	if (d)
		closedir(d);
	return d;
}

static void read_all(struct confine_report *r)
{
	DIR *d = opendir("/proc/self/task");
	struct dirent *e;

	while (d && (e = readdir(d)) && r->nthreads < CONFINE_THREADS)
		read_thread(r, e->d_name);
	if (d)
		closedir(d);
	read_limits(r);
	r->opens_root = opens("/");
	r->opens_proc = opens("/proc");
}

static bool wait_for(struct pair *p, enum pair_state state)
{
	for (unsigned side = 0; side < SIDES; side++) {
		if (state == PAIR_DONE)
			pair_ask_to_end(p, side);
		for (unsigned ms = 0; pair_state(p, side) != state; ms++)
			if (ms > BOOT_TIMEOUT_MS || pair_state(p, side) == PAIR_FAILED ||
			    cell_pause(1))
				return false;
	}
	return true;
}

/*
 * The kernel gives back a ring that was closed, and its thread, in its own time: there are two
 * until then.
 */
static void wait_settled(void)
{
	for (unsigned ms = 0; ms < BOOT_TIMEOUT_MS && threads_named("iou-sqp") > 1; ms++)
		cell_pause(1);
}

static void look(struct pair *p, struct confine_report *r)
{
	if (pair_start(p) || confine_control(false) || !wait_for(p, PAIR_RUNNING)) {
		snprintf(r->error, sizeof(r->error), "the pair did not come up");
		return;
	}
	wait_settled();
	read_all(r);
	r->ok = wait_for(p, PAIR_DONE);
	if (!r->ok)
		snprintf(r->error, sizeof(r->error), "the pair did not end when asked");
}

static int look_child(void *arg, void *shared)
{
	const struct cell_spec *spec = arg;
	struct confine_report *r = shared;
	int kvm_fd = accel_needs_kvm(spec->accel) ? vm_open_kvm() : -1;
	struct pair_config pc = cell_pair_config(spec, kvm_fd);
	struct pair *p = NULL;

	if ((kvm_fd < 0 && accel_needs_kvm(spec->accel)) || pair_create(&p, &pc))
		snprintf(r->error, sizeof(r->error), "the pair could not be made");
	else if (confine_process(false) < 0)
		snprintf(r->error, sizeof(r->error), "privileges could not be dropped");
	else
		look(p, r);
	pair_destroy(p);
	fd_close(&kvm_fd);
	return 0;
}

static const char *look_nonsense(const void *report)
{
	const struct confine_report *r = report;

	if (!sane_flag(&r->ok) || !sane_flag(&r->opens_root) || !sane_flag(&r->opens_proc))
		return "flags";
	if (!sane_text(r->error, sizeof(r->error)))
		return "error";
	if (r->nthreads > CONFINE_THREADS)
		return "threads";
	for (unsigned i = 0; i < r->nthreads; i++)
		if (!sane_text(r->thread[i].name, sizeof(r->thread[i].name)))
			return "threads";
	return NULL;
}

int confine_look(const struct cell_spec *spec, struct confine_report *out, bool *stop)
{
	static const struct child_task task = { look_child, sizeof(*out), look_nonsense };

	return cell_in_child(&task, (void *)(uintptr_t)spec, out, stop);
}
