// SPDX-License-Identifier: BSD-2-Clause
// tandem doctor --confinement: what each thread of a pair that really runs ended up with.
#include "cli/confinement.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/run/cell.h"
#include "bench/run/child.h"
#include "bench/run/confine.h"
#include "bench/run/confine_files.h"
#include "bench/run/confine_look.h"
#include "cli/cli.h"
#include "lib/clock.h"
#include "lib/cpulist.h"
#include "lib/filter.h"
#include "lib/log.h"
#include "vhost/strategies.h"

#define KVM_THREAD "kvm-nx-lpage" /* the kernel cuts it after 15 */

static const char *capabilities(const struct confine_thread *t)
{
	if (t->cap_eff | t->cap_prm | t->cap_inh | t->cap_amb)
		return "SOME";
	return t->cap_bnd ? "none" : "none, nor to be had";
}

static const char *filters(const struct confine_thread *t)
{
	return t->seccomp == 2 ? "filtered" : t->seccomp == 0 ? "UNFILTERED" : "unknown";
}

static void print_thread(const struct confine_thread *t)
{
	printf("%-16s %-20s %-14s %-11s", t->name, capabilities(t),
	       t->no_new_privs == 1 ? "no_new_privs" : "NEW_PRIVS", filters(t));
	if (t->filters >= 0)
		printf(" (%d)", t->filters);
	if (t->cap_eff)
		printf("  CapEff %016" PRIx64, t->cap_eff);
	putchar('\n');
}

/* What the columns leave open. */
static void print_legend(const struct confine_report *r)
{
	bool counted = false, kernel = false;

	for (unsigned i = 0; i < r->nthreads; i++) {
		counted |= r->thread[i].filters >= 0;
		kernel |= strncmp(r->thread[i].name, KVM_THREAD, strlen(KVM_THREAD)) == 0;
	}
	if (counted)
		puts("(N): the system call filters that the kernel counts on the thread; one of "
		     "tandem's is enough");
	if (kernel)
		puts(KVM_THREAD
		     "...: a thread of KVM's own in the kernel, one for each of the two guests");
}

static void print_limit(const char *name, uint64_t v)
{
	if (v == UINT64_MAX)
		printf("%s unlimited", name);
	else
		printf("%s %" PRIu64, name, v);
}

static bool confined(const struct confine_thread *t, bool filtered)
{
	bool none = !(t->cap_eff | t->cap_prm | t->cap_inh | t->cap_amb);

	return none && t->no_new_privs == 1 && (t->seccomp == 2 || !filtered);
}

/* As tried by the process itself. false: it reaches more than it should. */
static bool print_files(const struct confine_report *r)
{
	const char *why;
	bool lockable = confine_files_available(&why);

	printf("files that it can open: %s\n", r->opens_root   ? "ANY that this user may read"
					       : r->opens_proc ? "/proc, to read"
							       : "none");
	if (!lockable)
		printf("no limit to the files: %s\n", why);
	return !lockable || !r->opens_root;
}

static int print_report(const struct confine_report *r)
{
	const char *why = NULL;
	bool filtered = filter_available(&why), all = true;

	printf("%-16s %-20s %-14s "
	       "%s\n",
	       "thread", "capabilities", "new privileges", "system calls");
	for (unsigned i = 0; i < r->nthreads; i++) {
		print_thread(&r->thread[i]);
		all &= confined(&r->thread[i], filtered);
	}
	print_legend(r);
	print_limit("limits of all: fds", r->nofile);
	printf(" (open: %u), ", r->fds);
	print_limit("core file", r->core);
	print_limit(", locked memory", r->memlock);
	print_limit(", realtime priority", r->rtprio);
	putchar('\n');
	if (!filtered)
		printf("no system call filters: %s\n", why);
	all &= print_files(r);
	if (!all)
		log_error("doctor: a thread is less confined than it should be");
	return all ? EXIT_OK : EXIT_JOB;
}

int print_confinement(const struct accel_ops *accel)
{
	struct cell_spec spec = {
		.accel = accel,
		.notify = notify_find("unbound"),
		.producer = producers[0],
		.irq = vm_irqs,
		.halt_poll_ns = -1,
		.frame_bytes = 1500,
		.ring_size = 64,
		.window = 32,
		.rto_us = 200000,
		.budget = 64,
		.batch = 64,
		.clock_hz = clock_open().hz,
	};
	struct confine_report *r = calloc(1, sizeof(*r));
	bool stop = false;
	int code = EXIT_JOB, err;

	for (unsigned role = 0; role < ROLES; role++)
		cpulist_allowed(&spec.cpus[role]);
	err = r ? confine_look(&spec, r, &stop) : -ENOMEM;
	if (err || !r->ok)
		log_error("doctor: confinement: %s",
			  r && r->error[0] ? r->error : child_failure(err));
	else
		code = print_report(r);
	free(r);
	return child_not_trusted(err) ? EXIT_VIOLATION : code;
}
