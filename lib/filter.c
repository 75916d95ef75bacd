// SPDX-License-Identifier: BSD-2-Clause
// System call filters.
#include "lib/filter.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "config.h"
#include "lib/signals.h"

#ifdef CONFIG_SECCOMP
#include <seccomp.h>
#endif

#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#endif

/*
 * ---- what any thread needs ----
 *
 * That is, what the C library does of its own accord: glibc from 2.36 on, and musl.
 * tests/unit/lib/filter.c takes each of these ways.
 */

static const struct filter_rule any_thread[] = {
	ALLOW(futex, "locks, conditions, a join"),
	ALLOW(write, "signalling an eventfd; a message"),
	ALLOW(writev, "the C library's last words, assert()'s among them; all of musl's stdio"),
	ALLOW(exit, "a thread's end"),
	ALLOW(exit_group, "the process's end, a violation's too"),
	ALLOW(madvise, "a thread's end: its stack goes back"),
	ALLOW(rt_sigprocmask, "a thread's end; abort()"),
	ALLOW(rt_sigreturn, "the end of a signal handler"),
	ALLOW(restart_syscall, "a wait that SIGSTOP and SIGCONT interrupted"),
	ALLOW(clock_gettime, "time, where the vDSO has none"),
	ALLOW(getcpu, "the CPU, where the vDSO has none"),
	ALLOW(gettid, "abort()"),
	ALLOW(getpid, "abort()"),
	ALLOW_IF(tgkill, 0, FILTER_WORD, FILTER_SELF, "abort(); stopping a vCPU"),
	ALLOW_IF(rt_sigaction, 0, FILTER_WORD, SIGABRT, "abort() where SIGABRT is ignored"),
	ALLOW_IF(prctl, 0, FILTER_WORD, PR_GET_NAME, "a message that names the thread"),
	ALLOW_IF(prctl, 0, FILTER_WORD, PR_SET_VMA, "malloc(), with glibc.mem.decorate_maps"),
	ALLOW_IF2(mmap, 2, PROT_EXEC, 0, 4, FILTER_WORD, FILTER_WORD,
		  "memory of its own: the message of assert()"),
	ALLOW(munmap, "what loading this filter took goes back after it is loaded"),
	ALLOW(brk, "the same"),
	ALLOW_IF(mprotect, 2, PROT_EXEC, 0, "the same"),
	ALLOW(mremap, "realloc()"),
	ALLOW(getrandom, "malloc()"),
#ifndef __GLIBC__
	ALLOW_IF(tkill, 1, FILTER_WORD, SIGABRT, "abort()"),
#endif
	FILTER_END,
};

/* ---- the message ---- */

/* Written by make from the system's list of calls. */
static const char *const call_names[] = {
#include "syscall_names.h"
};

/* All below runs in a signal handler. */
static void add_text(char *line, size_t room, const char *text)
{
	size_t n = strlen(line), k = strlen(text);

	if (k >= room - n)
		k = room - n - 1;
	memcpy(line + n, text, k);
	line[n + k] = '\0';
}

static void add_number(char *line, size_t room, unsigned long v, unsigned base)
{
	char digits[24];
	size_t i = sizeof(digits) - 1;

	digits[i] = '\0';
	do {
		digits[--i] = "0123456789abcdef"[v % base];
		v /= base;
	} while (v);
	add_text(line, room, digits + i);
}

static void say_thread(char *line, size_t room)
{
	char name[16] = "?";

	prctl(PR_GET_NAME, name);
	add_text(line, room, "tandem: thread ");
	add_text(line, room, name);
}

static void end(char *line, size_t room, int status)
{
	ssize_t n;

	add_text(line, room, "\n");
	n = write(STDERR_FILENO, line, strlen(line));
	(void)n;
	_exit(status);
}

static void on_violation(int number, siginfo_t *info, void *context)
{
	unsigned nr = (unsigned)info->si_syscall;
	const char *name = nr < sizeof(call_names) / sizeof(call_names[0]) ? call_names[nr] : NULL;
	char line[256] = "";

	(void)number;
	(void)context;
	say_thread(line, sizeof(line));
	add_text(line, sizeof(line), ": system call ");
	add_number(line, sizeof(line), nr, 10);
	add_text(line, sizeof(line), " (");
	add_text(line, sizeof(line), name ? name : "unknown");
	add_text(line, sizeof(line),
		 ") is not in its filter: the process ends; please report "
		 "this");
	end(line, sizeof(line), FILTER_EXIT);
}

static void on_bus_error(int number, siginfo_t *info, void *context)
{
	char line[256] = "";

	(void)number;
	(void)context;
	say_thread(line, sizeof(line));
	add_text(line, sizeof(line), ": bus error at 0x");
	add_number(line, sizeof(line), (unsigned long)info->si_addr, 16);
	add_text(line, sizeof(line),
		 ": the host cannot supply this memory (out of memory, or broken memory); see "
		 "dmesg");
	end(line, sizeof(line), 1);
}

/*
 * Puts a page of zeros there: of this kernel's size, 64 KiB on some arm64, lest a larger one takes
 * neighbours away; of huge pages it has to be a huge one.
 */
static bool patch(uintptr_t at)
{
	const size_t sizes[] = { getauxval(AT_PAGESZ), 2u << 20, 1u << 30 };
	const int fixed = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		void *page = (void *)(at & ~(uintptr_t)(sizes[i] - 1));

		if (mmap(page, sizes[i], PROT_READ | PROT_WRITE, fixed, -1, 0) == page)
			return true;
	}
	return false;
}

static void on_cut(int number, siginfo_t *info, void *context)
{
	int before = errno;

	if (info->si_code != BUS_ADRERR || !patch((uintptr_t)info->si_addr))
		on_bus_error(number, info, context);
	errno = before;
}

/*
 * A second arena of glibc's asks how many CPUs there are and how memory is committed: in files,
 * which not every filter lets be opened. Nobody allocates while something is measured.
 */
static void limit_malloc(void)
{
#ifdef M_ARENA_MAX
	mallopt(M_ARENA_MAX, 1);
#endif
}

int filter_catch(void)
{
	struct sigaction violation = { .sa_sigaction = on_violation, .sa_flags = SA_SIGINFO };
	struct sigaction bus = { .sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO };
	sigset_t faults = signals_faults();

	limit_malloc();
	pthread_sigmask(SIG_UNBLOCK, &faults, NULL);
	if (sigaction(SIGSYS, &violation, NULL) < 0 || sigaction(SIGBUS, &bus, NULL) < 0)
		return -errno;
	return 0;
}

int filter_outlive_cuts(void)
{
	struct sigaction cut = { .sa_sigaction = on_cut, .sa_flags = SA_SIGINFO };

	return sigaction(SIGBUS, &cut, NULL) < 0 ? -errno : 0;
}

/* ---- the filter ---- */

#ifdef CONFIG_SECCOMP

static int add_rule(scmp_filter_ctx ctx, const struct filter_rule *r)
{
	struct scmp_arg_cmp cmp[2];
	unsigned n = 0;

	for (unsigned i = 0; i < 2; i++) {
		const struct filter_arg *a = &r->arg[i];
		uint64_t value = a->value == FILTER_SELF ? (uint64_t)getpid() : a->value;

		if (a->mask)
			cmp[n++] = (struct scmp_arg_cmp){ a->index, SCMP_CMP_MASKED_EQ, a->mask,
							  value };
	}
	return seccomp_rule_add_array(ctx, r->refuse ? SCMP_ACT_ERRNO(r->refuse) : SCMP_ACT_ALLOW,
				      r->nr, n, cmp);
}

/* -EEXIST: two tables have the same rule. */
static int add_table(scmp_filter_ctx ctx, const struct filter_rule *table)
{
	for (const struct filter_rule *r = table; r->nr >= 0; r++) {
		int err = add_rule(ctx, r);

		if (err && err != -EEXIST)
			return err;
	}
	return 0;
}

/*
 * no_new_privs is privileges_drop()'s. The speculation switch that old kernels tie to a filter
 * would slow down what is measured and protects from code that shares our address space: there is
 * none.
 */
static int set_attributes(scmp_filter_ctx ctx)
{
	int err = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_NNP, 0);

	if (!err)
		err = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_SSB, 1);
	return err;
}

struct filter *filter_make(const struct filter_rule *const *tables)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_TRAP);
	int err = ctx ? set_attributes(ctx) : -ENOMEM;

	if (!err)
		err = add_table(ctx, any_thread);
	for (; !err && *tables; tables++)
		err = add_table(ctx, *tables);
	if (err) {
		filter_free((struct filter *)ctx);
		return NULL;
	}
	return (struct filter *)ctx;
}

void filter_free(struct filter *f)
{
	if (f)
		seccomp_release(f);
}

int filter_load(struct filter *f)
{
	return seccomp_load(f);
}

bool filter_available(const char **why)
{
	/* Asks only: a filter that is nowhere. */
	if (prctl(PR_SET_SECCOMP, 2 /* SECCOMP_MODE_FILTER */, NULL) < 0 && errno == EFAULT)
		return true;
	*why = "this kernel has no CONFIG_SECCOMP_FILTER";
	return false;
}

#else

struct filter *filter_make(const struct filter_rule *const *tables)
{
	(void)tables;
	(void)any_thread;
	return NULL;
}

void filter_free(struct filter *f)
{
	(void)f;
}

int filter_load(struct filter *f)
{
	(void)f;
	return -ENOSYS;
}

bool filter_available(const char **why)
{
#if defined(CONFIG_ASAN) || defined(CONFIG_TSAN) || defined(CONFIG_COVERAGE)
	*why = "this build is instrumented, and what instruments it makes system calls of its own";
#else
	*why = "tandem was built without libseccomp";
#endif
	return false;
}

#endif
