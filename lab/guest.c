// SPDX-License-Identifier: BSD-2-Clause
// Inside the lab: runs a program with its output going into the result channel.
#include "lab/guest.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/fd.h"
#include "lab/shell.h"
#include "lib/log.h"

#define TERMINAL "/dev/hvc0" /* QEMU's virtconsole */

/* signalfd; its stdout and stderr */
enum { SIGNALS, OUT, ERR, FDS };

struct run {
	struct lab_channel *channel;
	struct pollfd fds[FDS];
	pid_t pid;
	int status;
	bool ended;
	uint64_t limit_ns; /* of CLOCK_MONOTONIC; 0 none */
};

bool lab_guest_forward(struct lab_channel *c, int fd, enum lab_stream stream)
{
	char buf[LAB_REC_MAX];
	ssize_t n = read(fd, buf, sizeof(buf));

	if (n > 0)
		lab_rec_send(c->fd, &c->sent, stream, buf, (size_t)n);
	return n > 0 || (n < 0 && (errno == EINTR || errno == EAGAIN));
}

/* A script's "#!interpreter"; false: it is no script. */
static bool find_interpreter(const char *program, char name[256])
{
	FILE *f = fopen(program, "re");
	bool found = f && fscanf(f, "#! %255[^ \t\n]", name) == 1;

	if (f)
		fclose(f);
	return found;
}

/* execve() failed. The exit status. */
static int explain(const char *program)
{
	char interpreter[256];
	int err = errno;

	if (err == ENOENT && find_interpreter(program, interpreter))
		log_error("lab: %s: its interpreter %s is not there; take it along with "
			  "--add=HOSTPATH:%s",
			  program, interpreter, interpreter);
	else if (err == ENOENT && access(program, F_OK) == 0)
		log_error("lab: %s: its dynamic loader is not there; link it statically", program);
	else
		log_error("lab: %s: %s; take it along with --add=HOSTPATH:%s", program,
			  strerror(err), program);
	return err == ENOENT ? 127 : 126;
}

static _Noreturn void enter(const char *program, char **argv, char **env)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execve(program, argv, env);
	_exit(explain(program));
}

static _Noreturn void child(const char *program, char **argv, char **env, int out, int err)
{
	int null = open("/dev/null", O_RDONLY);

	setsid();
	dup2(null, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	enter(program, argv, env);
}

/* Orphans end up at process 1 as well. */
static void reap(struct run *r)
{
	struct signalfd_siginfo info;
	pid_t got;
	int status;

	if (read(r->fds[SIGNALS].fd, &info, sizeof(info)) <= 0)
		return;
	while ((got = waitpid(-1, &status, WNOHANG)) > 0) {
		if (got == r->pid) {
			r->status = status;
			r->ended = true;
		}
	}
}

/* No timer ticks here unless there is a limit: it is somebody's measurement that runs. */
static int patience_ms(struct run *r)
{
	uint64_t now = clock_mono_ns();

	if (r->ended)
		return 0; /* what it left running may keep the pipes open */
	if (!r->limit_ns)
		return -1;
	if (now < r->limit_ns)
		return (int)((r->limit_ns - now) / 1000000) + 1;
	kill(-r->pid, SIGKILL);
	r->limit_ns = 0;
	return -1;
}

/* What its stdout or stderr has; at the end of it nobody looks there any more. */
static void forward(struct run *r, unsigned i, enum lab_stream stream)
{
	if (r->fds[i].revents && !lab_guest_forward(r->channel, r->fds[i].fd, stream))
		fd_close(&r->fds[i].fd);
}

static int pump(struct run *r)
{
	while (r->fds[OUT].fd >= 0 || r->fds[ERR].fd >= 0 || !r->ended) {
		if (poll(r->fds, FDS, patience_ms(r)) == 0 && r->ended)
			break;
		forward(r, OUT, LAB_OUT);
		forward(r, ERR, LAB_ERR);
		if (r->fds[SIGNALS].revents)
			reap(r);
	}
	return r->status;
}

static uint64_t limit_of(char **env)
{
	static const char name[] = "TANDEM_TEST_TIMEOUT=";

	for (; *env; env++)
		if (!strncmp(*env, name, sizeof(name) - 1))
			return clock_mono_ns() +
			       strtoull(*env + sizeof(name) - 1, NULL, 10) * 1000000000;
	return 0;
}

static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

int lab_guest_run(struct lab_channel *c, const char *program, char **argv, char **env)
{
	struct run r = { .channel = c, .limit_ns = limit_of(env) };
	int out[2], err[2], i;

	if (pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC))
		return 1 << 8;
	r.fds[OUT] = (struct pollfd){ .fd = out[0], .events = POLLIN };
	r.fds[ERR] = (struct pollfd){ .fd = err[0], .events = POLLIN };
	r.fds[SIGNALS] = (struct pollfd){ .fd = open_signals(), .events = POLLIN };
	r.pid = fork();
	if (r.pid == 0)
		child(program, argv, env, out[1], err[1]);
	close(out[1]);
	close(err[1]);
	if (r.pid < 0)
		r.status = 1 << 8;
	else
		pump(&r);
	for (i = 0; i < FDS; i++)
		fd_close(&r.fds[i].fd);
	return r.status;
}

/* All of busybox's commands, then a shell whose terminal this is. */
static _Noreturn void shell(const struct winsize *size, char **env)
{
	char *argv[] = { (char *)"sh", (char *)"-c",
			 (char *)LAB_SHELL_BIN " --install -s /bin; cd /root; "
					       "exec " LAB_SHELL_BIN " sh",
			 NULL };
	int fd;

	setsid();
	fd = open(TERMINAL, O_RDWR); /* of a session that has none: it becomes this one's */
	ioctl(fd, TIOCSWINSZ, size);
	for (int to = STDIN_FILENO; to <= STDERR_FILENO && fd >= 0; to++)
		dup2(fd, to);
	if (fd < 0)
		log_errno(-errno, "lab: " TERMINAL);
	enter(LAB_SHELL_BIN, argv, env);
}

int lab_guest_shell(struct lab_channel *c, const struct winsize *size, char **env)
{
	struct run r = { .channel = c,
			 .fds = { [SIGNALS] = { .fd = open_signals(), .events = POLLIN },
				  [OUT] = { .fd = -1 },
				  [ERR] = { .fd = -1 } } };

	r.pid = fork();
	if (r.pid == 0)
		shell(size, env);
	if (r.pid < 0)
		r.status = 1 << 8;
	else
		pump(&r);
	fd_close(&r.fds[SIGNALS].fd);
	return r.status;
}
