// SPDX-License-Identifier: BSD-2-Clause
// tandem doctor: what this host can and cannot do, and why.
#include "cli/cmd_doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bench/host/behaviour.h"
#include "bench/host/share.h"
#include "bench/options/help.h"
#include "bench/options/ask.h"
#include "bench/options/set.h"
#include "bench/plan/bench.h"
#include "cli/checks.h"
#include "cli/cli.h"
#include "cli/confinement.h"
#include "cli/options.h"
#include "lib/cpulist.h"
#include "lib/fd.h"
#include "lib/filter.h"
#include "lib/log.h"
#include "lib/room.h"
#include "lib/term.h"
#include "vhost/refusal.h"
#include "vhost/wire.h"
#include "vmm/privileges.h"
#include "vmm/vm.h"

#define FILES_NEEDED 64u

static bool check_kvm(struct checks *c)
{
	char why[VM_WHY_BYTES];
	int fd = vm_try_kvm(why);

	if (fd < 0)
		checks_say(c, FAIL, "/dev/kvm", "%s; %s", why, vm_kvm_hint(fd));
	else
		checks_say(c, PASS, "/dev/kvm", "opens for reading and writing, and is KVM");
	if (fd < 0)
		return false;
	fd_close(&fd);
	return true;
}

/* What `auto` would take. */
static const struct accel_ops *usable_accel(void)
{
	char why[VM_WHY_BYTES];
	int fd = vm_try_kvm(why);

	if (fd < 0)
		return accel_find("thread");
	fd_close(&fd);
	return accel_find("kvm");
}

/* Boots the bundled guest without virtio and sends it interrupts: all that KVM is needed for. */
static bool check_guest(struct checks *c, const struct host *h)
{
	struct cell_spec spec = {
		.accel = accel_find("kvm"),
		.producer = producers[0],
		.irq = vm_irqs,
		.halt_poll_ns = -1,
		.frame_bytes = 64,
		.ring_size = 1,
		.duration_ms = 500,
		.rto_us = 200000,
		.clock_hz = h->clock.hz,
	};
	static const char what[] = "vm";
	struct floor_result *f = calloc(1, sizeof(*f));
	bool stop = false, ok = false;

	for (unsigned r = 0; r < ROLES; r++)
		cpulist_allowed(&spec.cpus[r]);
	if (!f)
		checks_say(c, FAIL, what, "out of memory");
	else if (floor_run(&spec, f, &stop) || !f->ok)
		checks_say(c, FAIL, what, "%s", f->error[0] ? f->error : "the test process died");
	else if (!f->echo.n)
		checks_say(c, FAIL, what, "guest boots, but no interrupt came back as a doorbell");
	else
		ok = true;
	if (ok)
		checks_say(c, PASS, what,
			   "guest boots; irqfd -> handler -> ioeventfd round trip %.1f us (p50 of "
			   "%llu)",
			   hist_quantile(&f->echo, 0.5) / 1e3, (unsigned long long)f->echo.n);
	free(f);
	return ok;
}

static bool check_io_uring(struct checks *c)
{
	char text[128], why[REFUSAL_TEXT_MAX];
	int err = loop_probe(text, sizeof(text));

	if (err)
		checks_say(c, FAIL, "io_uring", "%s", refusal_here(err, why));
	else
		checks_say(c, PASS, "io_uring", "%s", text);
	return !err;
}

/* What some hosts lack, and nothing else needs. */
static void check_producers(struct checks *c)
{
	char why[WIRE_WHY_BYTES];

	for (unsigned i = 0; producers[i]; i++) {
		if (!producers[i]->check)
			continue;
		if (producers[i]->check(why))
			checks_say(c, WARN, producers[i]->name, "no --producer=%s: %s",
				   producers[i]->name, why);
		else
			checks_say(c, PASS, producers[i]->name, "--producer=%s can be had",
				   producers[i]->name);
	}
}

static void check_share(struct checks *c, const struct host *h)
{
	char text[HOST_UNUSUAL_MAX];

	if (host_unusual(h, text, sizeof(text)))
		checks_say(c, WARN, "share", "%s: what is measured is of that share of the CPUs",
			   text);
	else
		checks_say(c, PASS, "share",
			   "nice 0, policy other, no quota below %u CPUs, cores of one speed",
			   h->cpus);
}

static void check_conditions(struct checks *c, const struct host *h)
{
	checks_say(c, h->clock.trusted ? PASS : WARN, "clock", "%s %.1f MHz; %s", h->clock.name,
		   h->clock.us, h->clock.why);
	checks_say(c, strcmp(h->preempt, "unknown") ? PASS : WARN, "preemption", "%s%s%s (%s)",
		   h->preempt, *h->preempt_rt ? " " : "", h->preempt_rt, h->preempt_source);
	checks_say(c, PASS, "tick", "HZ %u", h->hz);
	check_share(c, h);
	if (h->cpus < 3)
		checks_say(c, WARN, "cpus",
			   "%u: two guests, backend and notifier share them; with 4 or more each "
			   "can "
			   "have its own (--cpus)",
			   h->cpus);
	else
		checks_say(c, PASS, "cpus", "%u", h->cpus);
}

static void check_filters(struct checks *c)
{
	const char *why;

	if (filter_available(&why))
		checks_say(c, PASS, "filters", "each thread gets a system call filter of its own");
	else
		checks_say(c, WARN, "filters", "no system call filters: %s", why);
}

/* A pair on KVM has some 40 descriptors open in all, and as many again are made and closed. */
static void check_files(struct checks *c)
{
	struct rlimit files = { 0 };

	getrlimit(RLIMIT_NOFILE, &files);
	if (files.rlim_cur >= FILES_NEEDED)
		checks_say(c, PASS, "open files", "%llu", (unsigned long long)files.rlim_cur);
	else
		checks_say(
			c, WARN, "open files",
			"%llu may be open at a time, a pair needs up to %u; raise it with ulimit "
			"-n",
			(unsigned long long)files.rlim_cur, FILES_NEEDED);
}

/* Guests' memory, and what is spared beside it. */
#define PAIR_MIB 80u

/*
 * The measuring process, the backend and its SQPOLL thread, two guests, and KVM's own thread for
 * each of them (Linux
 * 6.12); workers, one for each CPU and one more.
 */
#define PAIR_THREADS 8u

static void check_room(struct checks *c, const struct host *h)
{
	struct room threads = room_of_threads(""), memory = room_of_memory("");
	unsigned need = PAIR_THREADS + h->cpus;

	if (threads.left == UINT64_MAX)
		checks_say(c, PASS, "threads",
			   "no limit is known; a pair takes up to %u, KVM's own included", need);
	else
		checks_say(c, threads.left < need ? WARN : PASS, "threads",
			   "%llu more may be made (%s is %llu); a pair takes up to %u, one of "
			   "KVM's own for "
			   "each VM included, crowd one for each vCPU and VM",
			   (unsigned long long)threads.left, threads.whose,
			   (unsigned long long)threads.limit, need);
	if (memory.left == UINT64_MAX)
		checks_say(c, PASS, "memory", "no limit is known");
	else
		checks_say(c, memory.left >> 20 < PAIR_MIB ? WARN : PASS, "memory",
			   "%llu MiB left of the %llu that %s has; a pair takes up to %u by "
			   "default, more "
			   "with a larger --ring or --frame",
			   (unsigned long long)memory.left >> 20,
			   (unsigned long long)memory.limit >> 20, memory.whose, PAIR_MIB);
}

static void check_limits(struct checks *c)
{
	struct rlimit lock = { 0 };

	check_files(c);
	getrlimit(RLIMIT_MEMLOCK, &lock);
	if (lock.rlim_cur == RLIM_INFINITY)
		checks_say(c, PASS, "memlock", "unlimited");
	else
		checks_say(c, lock.rlim_cur >= 65536 ? PASS : WARN, "memlock",
			   "%llu KiB, against which some kernels (6.18 is one) count io_uring's "
			   "rings; should "
			   "these fail, raise it with ulimit -l",
			   (unsigned long long)lock.rlim_cur >> 10);
	checks_say(c, PASS, "privileges", "%s",
		   privileges_any()
			   ? "capabilities held now are dropped before guests start, no_new_privs "
			     "set"
			   : "no capabilities held; no_new_privs is set before guests start");
}

/* --probe: what the mode is said to be, and what the host does. */
static int probe(void)
{
	struct probe_result *r = malloc(sizeof(*r));
	char why[REFUSAL_TEXT_MAX];
	const char *declared;
	struct behaviour b;
	struct checks checks = { .colours = term_has_colours(stdout) }, *c = &checks;
	struct host h;
	int err;

	host_read(&h, "");
	declared = *h.preempt_rt && strcmp(h.preempt_rt, "unknown") ? h.preempt_rt : h.preempt;
	err = r ? probe_run(r, h.clock.hz) : -ENOMEM;
	if (err) {
		checks_say(c, FAIL, "probe", "io_uring: %s", refusal_here(err, why));
		free(r);
		return EXIT_HOST;
	}
	b = behaviour_of(r);
	free(r);
	printf("a thread woken by a producer on its own CPU, inside one io_uring_enter (medians "
	       "of %u):\n",
	       PROBE_BATCHES);
	printf("  no-ops       waited %8.1f us of %8.1f, in %3.0f %% not to the end\n",
	       b.nops_waited_us, b.nops_us, b.nops_early * 100);
	printf("  pipe writes  waited %8.1f us of %8.1f, in %3.0f %% not to the end\n",
	       b.pipes_waited_us, b.pipes_us, b.pipes_early * 100);
	if (strcmp(b.mode, "unclear") == 0)
		printf("no verdict; declared: %s (%s)\n", h.preempt, h.preempt_source);
	else
		printf("behaves like %s%s; declared: %s (%s)\n", b.mode,
		       strcmp(b.mode, "full") ? "" : " (or rt)", h.preempt, h.preempt_source);
	if (strcmp(b.mode, "unclear") == 0)
		checks_say(c, WARN, "probe",
			   "cannot tell: other work had this CPU during %.0f %% of the batches; "
			   "try "
			   "again on a quiet host",
			   b.disturbed * 100);
	else if (strcmp(h.preempt, "unknown") == 0)
		checks_say(c, WARN, "probe", "nothing to agree with: the declared mode is unknown");
	else if (behaviour_agrees(&b, declared))
		checks_say(c, PASS, "probe", "behaviour and declaration agree");
	else
		checks_say(c, WARN, "probe",
			   "behaviour and declaration differ: the mode was changed since it was "
			   "read, or a hypervisor "
			   "interrupts this CPU");
	return EXIT_OK;
}

static int print_help(void)
{
	puts("Usage: tandem doctor [--json | --confinement | --probe | --restore-preempt]\n\n"
	     "Tries everything tandem needs and prints a PASS, WARN or FAIL line for each, with "
	     "the way\n"
	     "out. Exit status 0: no FAIL; 1: there is one, but tandem can run here (with\n"
	     "--accel=thread, say); 77: it can't.\n\n"
	     "Options, one at a time:");
	option_help(stdout, OF_DOCTOR);
	return EXIT_OK;
}

static int restore_preempt(void)
{
	int err = preempt_restore_note(&preempt_real);

	if (err == -ENOENT)
		puts("no killed tandem has left the preemption mode switched");
	else if (!err)
		puts("the preemption mode is as it was before");
	return !err || err == -ENOENT ? EXIT_OK : EXIT_HOST;
}

static int check_all(bool json)
{
	struct checks c;
	struct host h;
	bool io_uring;

	host_read(&h, "");
	checks_begin(&c, json, &h);
	if (check_kvm(&c))
		check_guest(&c, &h);
	io_uring = check_io_uring(&c);
	check_producers(&c);
	check_conditions(&c, &h);
	preempt_warn_note(&preempt_real);
	check_limits(&c);
	check_room(&c, &h);
	check_filters(&c);
	return checks_end(&c, &h, !io_uring ? EXIT_HOST : c.failed ? EXIT_JOB : EXIT_OK);
}

/* Each option is something else to do instead of all checks. */
static int check_usage(const struct option_set *set)
{
	if (set->n > 1) {
		log_error("doctor: takes one option at a time; `tandem help doctor` lists them");
		return EXIT_USAGE;
	}
	if (set->arguments) {
		log_error("doctor: '%s' is one argument too many; `tandem help doctor` lists the "
			  "options",
			  set->argument[0]);
		return EXIT_USAGE;
	}
	return 0;
}

int cmd_doctor(int argc, char **argv)
{
	struct option_set set;
	int err = option_set_parse(&set, OF_DOCTOR, argc, argv) < 0 ? EXIT_USAGE : 0;

	if (err)
		return err;
	if (option_given(&set, OPT_HELP) && !set.arguments)
		return print_help();
	err = check_usage(&set);
	if (err)
		return err;
	if (option_given(&set, OPT_CONFINEMENT))
		return print_confinement(usable_accel());
	if (option_given(&set, OPT_PROBE))
		return probe();
	return option_given(&set, OPT_RESTORE_PREEMPT) ? restore_preempt()
						       : check_all(option_given(&set, OPT_JSON));
}
