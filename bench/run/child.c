// SPDX-License-Identifier: BSD-2-Clause
// Running something in a child process: what it breaks is gone with it, what it drops stays
// dropped.
#include "bench/run/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench/run/cell.h"
#include "lib/clock.h"
#include "lib/fd.h"
#include "lib/filter.h"
#include "lib/log.h"
#include "lib/room.h"
#include "lib/signals.h"
#include "lib/thread.h"

#define SAME_REQUEST_NS 1000000000u

void cell_block_ends(sigset_t *old)
{
	sigset_t ends = signals_ends_heeded();

	sigprocmask(SIG_BLOCK, &ends, old);
}

bool cell_pause(unsigned ms)
{
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000l };
	/* those that are ignored do not come: they are not blocked */
	sigset_t ends = signals_ends();
	int got;

	do {
		got = sigtimedwait(&ends, NULL, &t);
	} while (got < 0 && errno == EINTR);
	return got > 0;
}

bool cell_unblock_ends(const sigset_t *old)
{
	bool came = cell_pause(0);

	sigprocmask(SIG_SETMASK, old, NULL);
	return came;
}

/* The kernel counts whom it kills for want of memory, for each control group and altogether. */
static int describe_kill(const struct room_kills *before)
{
	struct room_kills now = room_kills("");
	struct room r = room_of_memory("");

	if (now.group > before->group && r.left != UINT64_MAX) {
		log_error("the kernel killed the measuring process for want of memory: %s has "
			  "%llu MiB; allow "
			  "more, or ask for less (--ring, --frame)",
			  r.whose, (unsigned long long)r.limit >> 20);
		return -ENOMEM;
	}
	if (now.group > before->group || now.host > before->host) {
		log_error("the kernel has killed for want of memory, most likely the measuring "
			  "process (see "
			  "dmesg); ask for less (--ring, --frame)");
		return -ENOMEM;
	}
	log_error("the measuring process died of signal 9 (Killed): somebody sent it");
	return -ECHILD;
}

static int describe(int status, bool killed, const struct room_kills *before)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	/* It has said itself which thread and which call. */
	if (WIFEXITED(status) && WEXITSTATUS(status) == FILTER_EXIT)
		return -EACCES;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS) {
		log_error("a thread made a system call that is not in its filter, while the C "
			  "library held its "
			  "signals back, so that it cannot be named; please report this");
		return -EACCES;
	}
	if (killed)
		log_warn("the measuring process was killed, as asked; what it measured is lost");
	else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		return describe_kill(before);
	else if (WIFSIGNALED(status))
		log_error("the measuring process died of signal %d (%s); please report this",
			  WTERMSIG(status), strsignal(WTERMSIG(status)));
	return -ECHILD;
}

/* What was asked of the child so far, and when it was first asked to stop. */
struct asked {
	uint64_t since_ns;
	bool stop, killed;
};

/*
 * The first request to stop is passed on, a second one kills. timeout(1) and a shell's job control
 * signal the process and then its whole group: what follows within SAME_REQUEST_NS is still the
 * first request.
 */
static void ask(struct asked *a, pid_t pid)
{
	uint64_t now = clock_mono_ns();

	if (!a->stop) {
		a->stop = true;
		a->since_ns = now;
		kill(pid, SIGTERM);
	} else if (now - a->since_ns > SAME_REQUEST_NS) {
		a->killed = true;
		kill(pid, SIGKILL);
	}
}

static int wait_for(pid_t pid, bool *stop, const struct room_kills *before)
{
	sigset_t set = signals_ends();
	struct asked asked = { 0 };
	int status, got;

	sigaddset(&set, SIGCHLD);
	for (;;) {
		got = sigwaitinfo(&set, NULL);
		/* The wait may end without a signal: io_uring interrupts it to tear a ring down. */
		if (got > 0 && got != SIGCHLD)
			ask(&asked, pid);
		*stop = *stop || asked.stop;
		got = waitpid(pid, &status, WNOHANG);
		if (got == pid)
			return describe(status, asked.killed, before);
		if (got < 0 && errno != EINTR)
			return log_errno(-errno, "measuring process: waitpid");
	}
}

/* Rather than the parent, which has results to write and a preemption mode to put back. */
static void offer_to_be_killed(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	fd_write_all(fd, "1000", 4);
	fd_close(&fd);
}

static void child_main(int (*fn)(void *arg, void *out), void *arg, void *shared, pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	/*
	 * What the parent has open is its own: a results file, the switch of the preemption mode.
	 */
	syscall(SYS_close_range, STDERR_FILENO + 1, ~0u, 0); /* musl has no function for it */
	offer_to_be_killed();
	exit(fn(arg, shared) == 0 ? 0 : 1);
}

const char *child_failure(int err)
{
	return err == -EACCES	? "a thread made a system call that it may not"
	       : err == -EPROTO ? "the measuring process returned nonsense"
	       : err == -EAGAIN ? THREADS_LACKING
	       : err == -ENOMEM ? "the kernel killed the measuring process for want of memory"
				: "the measuring process failed";
}

/*
 * The one place where a result becomes the parent's. What a child leaves that died may be half of
 * one.
 */
static int take(const struct child_task *task, const void *shared, void *out, int err)
{
	const char *what;

	memcpy(out, shared, task->bytes);
	what = task->nonsense(out);
	if (!what)
		return err;
	memset(out, 0, task->bytes);
	if (err)
		return err;
	log_error("the measuring process returned nonsense (%s); please report this", what);
	return -EPROTO;
}

static int fork_failed(int err)
{
	log_error("measuring process: fork: %s", thread_error(err));
	return err;
}

int cell_in_child(const struct child_task *task, void *arg, void *out, bool *stop)
{
	sigset_t set = signals_ends_heeded(), old;
	struct room_kills before = room_kills("");
	pid_t parent = getpid(), pid;
	void *shared;
	int err;

	shared = mmap(NULL, task->bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return log_errno(-errno, "measuring process: shared memory");
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, &old);
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		child_main(task->fn, arg, shared, parent);
	err = pid < 0 ? fork_failed(-errno) : wait_for(pid, stop, &before);
	sigprocmask(SIG_SETMASK, &old, NULL);
	err = take(task, shared, out, err);
	munmap(shared, task->bytes);
	return err;
}
