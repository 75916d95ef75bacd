// SPDX-License-Identifier: BSD-2-Clause
// A measuring process takes leave of what it does not need: rights, limits, system calls.
#include "bench/run/confine.h"

#include <asm/ioctls.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "bench/run/confine_files.h"
#include "lib/filter.h"
#include "lib/log.h"
#include "vmm/privileges.h"

/*
 * Files that the control thread has open now and then: a page of /proc and its directory; and to
 * spare.
 */
#define FDS_SPARE 16

/* glibc's opendir() and fopen(..., "r"): nothing that writes, nothing that makes a file. */
#define WRITING (O_ACCMODE | O_CREAT | O_TRUNC)

static const struct filter_rule control_filter[] = {
	ALLOW_IF(openat, 2, WRITING, O_RDONLY, "counters of threads under /proc, read only"),
	ALLOW(read, "reading them"),
	ALLOW(pread64, "counters of KVM, from fds that its VMs came with"),
	ALLOW(close, "files of /proc; at the end, all fds"),
	ALLOW(fstat, "stdio, opendir()"),
	ALLOW(newfstatat, "the same, as newer C libraries do it"),
	ALLOW(lseek, "stdio, closing a file it has read ahead in"),
	ALLOW(getdents64, "looking for threads of io_uring"),
	ALLOW_IF(ioctl, 1, FILTER_WORD, TCGETS, "is stderr a terminal?"),
	ALLOW_IF(ioctl, 1, FILTER_WORD, 0x802c542a /* TCGETS2 */, "the same, newer C libraries"),
	ALLOW_IF(ioctl, 1, FILTER_WORD, TIOCGWINSZ, "how wide is it?"),
	ALLOW(rt_sigtimedwait, "pauses that a signal to stop may end"),
	ALLOW(clock_nanosleep, "pauses"),
	ALLOW(ppoll, "waiting for an eventfd"),
	ALLOW_IF(sched_setaffinity, 0, FILTER_WORD, 0,
		 "to stay on one CPU while the interrupt path is tried"),
	ALLOW_IF(sched_getaffinity, 0, FILTER_WORD, 0, "to go back"),
#ifndef __GLIBC__
#ifdef __NR_open
	ALLOW_IF(open, 1, WRITING, O_RDONLY, "as openat"),
#endif
	ALLOW_IF(fcntl, 1, FILTER_WORD, F_SETFD, "opendir(), fopen()"),
	ALLOW(readv, "stdio"),
	ALLOW(nanosleep, "pauses"),
	ALLOW_IF(ioctl, 1, FILTER_WORD, TIOCGWINSZ, "is it a terminal?"),
	ALLOW_IF(tkill, 1, FILTER_WORD, SIGUSR1, "stopping a vCPU"),
#endif
	FILTER_END,
};

/* What starting a thread takes. fork() is not among it, so that no process can be made. */
static const struct filter_rule starting_filter[] = {
	REFUSE(clone3, ENOSYS, "its flags cannot be seen: the C library takes clone instead"),
	ALLOW_IF(clone, 0, 0x10000 /* CLONE_THREAD */, 0x10000, "a thread, not a process"),
	ALLOW(set_robust_list, "a thread's start"),
#ifndef __GLIBC__
	ALLOW(membarrier, "the first thread's start"),
#endif
	ALLOW(rseq, "a thread's start"),
	ALLOW_IF(rt_sigaction, 0, FILTER_WORD & ~1ull, 32,
		 "the C library's two signals of its own, at the first thread"),
	ALLOW(seccomp, "a thread's own filter, on top of this one"),
	ALLOW_IF(prctl, 0, FILTER_WORD, PR_SET_NAME, "a thread's name"),
	ALLOW(sched_setaffinity, "a thread's place"),
	ALLOW(sched_getaffinity, "a thread's place"),
	FILTER_END,
};

/* ---- doing it ---- */

static unsigned highest_fd(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned max = 2;
	struct dirent *e;

	while (d && (e = readdir(d)))
		if (atoi(e->d_name) > (int)max)
			max = (unsigned)atoi(e->d_name);
	if (d)
		closedir(d);
	return max;
}

static int lower(int what, rlim_t to)
{
	struct rlimit r;

	if (getrlimit(what, &r) < 0)
		return -errno;
	if (r.rlim_max < to)
		to = r.rlim_max;
	r.rlim_cur = r.rlim_max = to;
	return setrlimit(what, &r) < 0 ? -errno : 0;
}

/*
 * RLIMIT_NPROC counts all of a user's threads, whoever's they are, and RLIMIT_FSIZE would hit a
 * stderr that is a file; the ring of an SQPOLL thread, made anew after this, counts against
 * RLIMIT_MEMLOCK on some kernels: those stay.
 */
static int lower_limits(bool keep_sys_nice)
{
	int err = lower(RLIMIT_NOFILE, highest_fd() + 1 + FDS_SPARE);

	if (!err)
		err = lower(RLIMIT_CORE, 0); /* guests' memory stays off the disk */
	if (!err && !keep_sys_nice)
		err = lower(RLIMIT_RTPRIO, 0);
	return err ? log_errno(err, "privileges: setrlimit") : 0;
}

int confine_process(bool keep_sys_nice)
{
	int err = lower_limits(keep_sys_nice);

	if (!err)
		err = privileges_drop(keep_sys_nice);
	if (err)
		return err;
	err = confine_files();
	if (err)
		return log_errno(err, "privileges: Landlock");
	err = filter_catch();
	return err ? log_errno(err, "privileges: sigaction") : 0;
}

bool confine_filters(void)
{
	const char *why;

	return filter_available(&why);
}

int confine_control(bool starts_threads)
{
	const struct filter_rule *const tables[] = { control_filter,
						     starts_threads ? starting_filter : NULL,
						     NULL };
	struct filter *f;
	int err;

	if (!confine_filters())
		return 0;
	f = filter_make(tables);
	err = f ? filter_load(f) : -ENOMEM;
	filter_free(f);
	return err ? log_errno(err, "privileges: system call filter") : 0;
}
