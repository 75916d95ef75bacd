// SPDX-License-Identifier: BSD-2-Clause
// Programs that the lab starts, and the signals that end the lab while it waits for them.
#include "lab/proc.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lab/file.h"
#include "lib/fd.h"
#include "lib/signals.h"

int lab_sig_open(struct lab_sig *s)
{
	sigset_t watched = signals_ends_heeded();

	s->caught = 0;
	s->fd = signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
	if (s->fd < 0)
		return -errno;
	sigprocmask(SIG_BLOCK, &watched, &s->before);
	return 0;
}

bool lab_sig_caught(struct lab_sig *s)
{
	struct signalfd_siginfo info;

	if (!s->caught && read(s->fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
		s->caught = (int)info.ssi_signo;
	return s->caught != 0;
}

void lab_sig_close(struct lab_sig *s)
{
	fd_close(&s->fd);
	if (s->caught) {
		signal(s->caught, SIG_DFL);
		raise(s->caught);
	}
	sigprocmask(SIG_SETMASK, &s->before, NULL);
}

void lab_args_add(struct lab_args *a, const char *fmt, ...)
{
	va_list ap;

	assert(a->n < LAB_ARGS_MAX);
	va_start(ap, fmt);
	if (vasprintf(&a->v[a->n], fmt, ap) < 0)
		abort(); /* out of memory before anything was started */
	va_end(ap);
	a->v[++a->n] = NULL;
}

void lab_args_free(struct lab_args *a)
{
	while (a->n)
		free(a->v[--a->n]);
}

static void child_fd(int from, int to)
{
	int fd = from;

	if (fd < 0)
		fd = open("/dev/null", O_RDWR);
	/* dup2() onto itself would leave close-on-exec set. */
	if (fd == to)
		fcntl(fd, F_SETFD, 0);
	else
		dup2(fd, to);
}

static _Noreturn void child(struct lab_args *a, const char *dir, const int stdio[3], pid_t parent)
{
	sigset_t none;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127); /* it died before the line above */
	signals_before_exec();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (int to = STDIN_FILENO; to <= STDERR_FILENO; to++)
		child_fd(stdio[to], to);
	if (!dir || !chdir(dir))
		execvp(a->v[0], a->v);
	_exit(127);
}

/* fork and not posix_spawn: only so can the child ask to be killed when this process dies. */
pid_t lab_spawn(struct lab_args *a, const char *dir, int in, int out, int err)
{
	const int stdio[] = { in, out, err };
	pid_t parent = getpid(), pid;

	if (!lab_have_program(a->v[0]))
		return -ENOENT;
	pid = fork();
	if (pid == 0)
		child(a, dir, stdio, parent);
	if (pid < 0)
		return -errno;
	setpgid(pid, pid); /* whoever comes first */
	return pid;
}

void lab_kill(pid_t pid)
{
	kill(-pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static int exit_status(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int lab_wait(struct lab_sig *s, pid_t pid, int timeout_ms)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd p[2] = { { .fd = s->fd, .events = POLLIN },
			       { .fd = pidfd, .events = POLLIN } };
	int status = 0;
	pid_t got;

	/* Without pidfds (before Linux 5.3) the end is noticed a little later. */
	poll(p, 2, pidfd < 0 && (timeout_ms < 0 || timeout_ms > 50) ? 50 : timeout_ms);
	fd_close(&pidfd);
	if (lab_sig_caught(s))
		return -EINTR;
	got = waitpid(pid, &status, WNOHANG);
	if (got < 0)
		return -errno;
	return got == pid ? exit_status(status) : -EAGAIN;
}

static void collect(int *fd, char **text)
{
	if (text && lab_fd_read(*fd, text, NULL))
		*text = strdup("");
	fd_close(fd);
}

int lab_run(struct lab_sig *s, struct lab_args *a, char **out, char **err)
{
	/* Memory files instead of pipes: nobody has to read while it runs. */
	int out_fd = out ? memfd_create("stdout", MFD_CLOEXEC) : -1;
	int err_fd = err ? memfd_create("stderr", MFD_CLOEXEC) : -1;
	pid_t pid = lab_spawn(a, NULL, -1, out_fd, err_fd);
	int status = pid;

	if (pid > 0) {
		do {
			status = lab_wait(s, pid, -1);
		} while (status == -EAGAIN);
		if (status == -EINTR)
			lab_kill(pid);
	}
	collect(&out_fd, out);
	collect(&err_fd, err);
	lab_args_free(a);
	return status;
}

bool lab_have_program(const char *name)
{
	const char *path = getenv("PATH");
	const char *p = path ? path : "/usr/bin:/bin";

	if (strchr(name, '/'))
		return access(name, X_OK) == 0;
	while (*p) {
		int len = (int)strcspn(p, ":");
		struct lab_path file = lab_path("%.*s/%s", len, p, name);

		if (len && access(file.s, X_OK) == 0)
			return true;
		p += len + (p[len] == ':');
	}
	return false;
}
