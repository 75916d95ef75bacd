// SPDX-License-Identifier: BSD-2-Clause
// The lab's shell: the way between the terminal here and the one inside.
#include "lab/shell.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lab/elf.h"
#include "lib/fd.h"
#include "lib/log.h"

#define LEAVE '\x1d'	   /* Ctrl-] */
#define END_OF_INPUT '\x4' /* Ctrl-D, as a terminal would say it */

bool lab_shell_is_added(const struct lab_opts *o)
{
	for (int i = 0; i < o->n_add; i++)
		if (o->add[i].guest && !strcmp(o->add[i].guest, LAB_SHELL_BIN))
			return true;
	return false;
}

int lab_shell_find(const struct lab_opts *o)
{
	if (lab_shell_is_added(o) || lab_elf_machine(LAB_SHELL_BIN) == o->arch->elf_machine)
		return 0;
	log_error("lab: --shell: no " LAB_SHELL_BIN " for %s here; apt-get install busybox-static, "
		  "or take one along with --add=FILE:" LAB_SHELL_BIN,
		  o->arch->name);
	return -ENOENT;
}

void lab_shell_init(struct lab_shell *s)
{
	memset(s, 0, sizeof(*s));
	s->to_guest = -1;
}

/* A socket's path has 108 bytes, a directory's as many as it likes. */
static int connect_in(const char *dir)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int at = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int fd = at < 0 ? -1 : socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	snprintf(to.sun_path, sizeof(to.sun_path), "/proc/self/fd/%d/" LAB_FILE_SHELL, at);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof(to)))
		fd_close(&fd);
	fd_close(&at);
	return fd;
}

static void make_raw(struct lab_shell *s)
{
	struct termios raw;

	if (s->raw || tcgetattr(STDIN_FILENO, &s->before))
		return;
	raw = s->before;
	cfmakeraw(&raw);
	s->raw = tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) == 0;
}

/* The terminal inside ends lines for a terminal; a file has them as files do. */
static size_t without_returns(char *text, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (text[i] != '\r')
			text[kept++] = text[i];
	return kept;
}

static void show(struct lab_shell *s)
{
	char text[4096];
	ssize_t n = read(s->to_guest, text, sizeof(text));

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		fd_close(&s->to_guest);
		return;
	}
	if (n <= 0)
		return;
	if (!isatty(STDOUT_FILENO))
		n = (ssize_t)without_returns(text, (size_t)n);
	fd_write_all(STDOUT_FILENO, text, (size_t)n); /* nothing to do about one that is gone */
}

static void take_typed(struct lab_shell *s)
{
	ssize_t n = read(STDIN_FILENO, s->typed, sizeof(s->typed));

	s->at = 0;
	s->n = n > 0 ? (size_t)n : 0;
	if (s->raw && memchr(s->typed, LEAVE, s->n))
		raise(SIGTERM);
	if (n > 0 || (n < 0 && (errno == EINTR || errno == EAGAIN)))
		return;
	s->ended = true;
	s->typed[s->n++] = END_OF_INPUT;
}

static void pass_on(struct lab_shell *s)
{
	ssize_t n = send(s->to_guest, s->typed + s->at, s->n - s->at, MSG_NOSIGNAL | MSG_DONTWAIT);

	s->at += n > 0 ? (size_t)n : 0;
}

void lab_shell_turn(struct lab_shell *s, const char *dir, bool ready, int ms)
{
	struct pollfd p[2];
	bool waiting;

	if (!s->asked) {
		s->to_guest = connect_in(dir);
		s->asked = s->to_guest >= 0;
	}
	if (ready)
		make_raw(s);
	waiting = s->at < s->n;
	p[0] = (struct pollfd){ .fd = ready && !waiting && !s->ended ? STDIN_FILENO : -1,
				.events = POLLIN };
	p[1] = (struct pollfd){ .fd = s->to_guest,
				.events = (short)(POLLIN | (waiting ? POLLOUT : 0)) };
	if (poll(p, 2, ms) <= 0)
		return;
	if (p[1].revents & POLLOUT)
		pass_on(s);
	if (p[1].revents & (POLLIN | POLLHUP | POLLERR))
		show(s);
	if (p[0].revents)
		take_typed(s);
}

void lab_shell_close(struct lab_shell *s)
{
	if (s->raw)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &s->before);
	s->raw = false;
	fd_close(&s->to_guest);
}
