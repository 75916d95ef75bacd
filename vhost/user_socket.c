// SPDX-License-Identifier: BSD-2-Clause
// Sockets of vhost-user back ends.
#include "vhost/user_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/fd.h"
#include "lib/log.h"

#define RETRY_MS 200

static int address_of(struct sockaddr_un *at, const char *path)
{
	*at = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(at->sun_path))
		return log_errno(-ENAMETOOLONG, "socket %s: at most %zu bytes of path", path,
				 sizeof(at->sun_path) - 1);
	strcpy(at->sun_path, path);
	return 0;
}

static int make_socket(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	return fd < 0 ? -errno : fd;
}

/* ---- the path ---- */

/* Is it a socket that nobody listens on: what a killed back end leaves? */
static bool is_stale(const struct sockaddr_un *at)
{
	struct stat st;
	int fd, err;

	if (lstat(at->sun_path, &st) < 0 || !S_ISSOCK(st.st_mode))
		return false;
	fd = make_socket();
	if (fd < 0)
		return false;
	err = connect(fd, (const struct sockaddr *)at, sizeof(*at)) < 0 ? errno : 0;
	fd_close(&fd);
	return err == ECONNREFUSED;
}

/* The inode takes the socket's mode, so that it is never there with another one. */
static int bind_private(int fd, const struct sockaddr_un *at)
{
	if (fchmod(fd, 0600) < 0 || bind(fd, (const struct sockaddr *)at, sizeof(*at)) < 0)
		return -errno;
	return 0;
}

static int bind_or_replace(int fd, const struct sockaddr_un *at)
{
	int err = bind_private(fd, at);

	if (err != -EADDRINUSE || !is_stale(at))
		return err;
	if (unlink(at->sun_path) < 0)
		return -errno;
	return bind_private(fd, at);
}

/*
 * Two that start at once must not take one another's path: its directory is locked while one
 * looks and binds.
 */
static int bind_alone(int fd, const struct sockaddr_un *at)
{
	char copy[sizeof(at->sun_path) + 1];
	int dir, err;

	strcpy(copy, at->sun_path);
	dir = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return -errno;
	while (flock(dir, LOCK_EX) < 0 && errno == EINTR)
		;
	err = bind_or_replace(fd, at);
	/* Listening, so that whoever is next finds a live owner. */
	if (!err && listen(fd, 1) < 0)
		err = -errno;
	fd_close(&dir);
	return err;
}

static int know_inode(struct user_listener *l)
{
	struct stat st;

	if (lstat(l->path, &st) < 0)
		return -errno;
	l->dev = st.st_dev;
	l->ino = st.st_ino;
	return 0;
}

int user_listener_open(struct user_listener *l, const char *path)
{
	struct sockaddr_un at;
	int err;

	*l = (struct user_listener){ .fd = -1, .path = path };
	err = address_of(&at, path);
	if (err)
		return err;
	l->fd = make_socket();
	err = l->fd < 0 ? l->fd : bind_alone(l->fd, &at);
	if (!err)
		err = know_inode(l);
	if (err == -EADDRINUSE)
		log_error("socket %s: in use by another process, or not a socket; give another "
			  "path",
			  path);
	else if (err)
		log_errno(err, "socket %s: cannot listen", path);
	if (err)
		fd_close(&l->fd);
	return err;
}

void user_listener_close(struct user_listener *l)
{
	struct stat st;

	if (l->fd < 0)
		return;
	if (!lstat(l->path, &st) && st.st_dev == l->dev && st.st_ino == l->ino)
		unlink(l->path);
	fd_close(&l->fd);
}

/* ---- connections ---- */

/* 1: `fd` is ready for `events`; 0: not within `ms` (-1: for ever); -ECANCELED: time to end. */
static int look(int fd, short events, int stop, int ms)
{
	struct pollfd p[] = { { .fd = stop, .events = POLLIN }, { .fd = fd, .events = events } };
	int n;

	while ((n = poll(p, 2, ms)) < 0)
		if (errno != EINTR)
			return -errno;
	return p[0].revents ? -ECANCELED : n > 0;
}

/* 0: `fd` is ready for `events`; -ECANCELED: it is time to end. */
static int wait_for(int fd, short events, int stop)
{
	int ready = look(fd, events, stop, -1);

	return ready < 0 ? ready : 0;
}

int user_socket_accept(const struct user_listener *l, int stop)
{
	int fd, err;

	for (;;) {
		err = wait_for(l->fd, POLLIN, stop);
		if (err)
			return err;
		fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd >= 0)
			return fd;
		if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
			return -errno;
	}
}

/* The front end may not be there yet, or not be listening. */
static bool may_come(int err)
{
	return err == -ENOENT || err == -ECONNREFUSED || err == -EAGAIN || err == -EINTR;
}

static int connect_once(const struct sockaddr_un *at)
{
	int fd = make_socket();

	if (fd >= 0 && connect(fd, (const struct sockaddr *)at, sizeof(*at)) < 0) {
		int err = -errno;

		fd_close(&fd);
		return err;
	}
	return fd;
}

int user_socket_connect(const char *path, int stop)
{
	struct pollfd p = { .fd = stop, .events = POLLIN };
	struct sockaddr_un at;
	int fd = address_of(&at, path);

	/* Who is to end does not connect once more: the front end would take it for the next. */
	for (int wait_ms = 0; !fd; wait_ms = RETRY_MS) {
		if (poll(&p, 1, wait_ms) > 0)
			return -ECANCELED;
		fd = connect_once(&at);
		if (fd < 0 && may_come(fd))
			fd = 0;
	}
	return fd;
}

/* ---- messages ---- */

static void keep_descriptors(struct user_message *msg, struct msghdr *h)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c)) {
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < n; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
			if (msg->nfds < USER_FDS_MAX)
				msg->fds[msg->nfds++] = fd;
			else
				fd_close(&fd);
		}
	}
}

/* Up to `bytes`, with whatever descriptors come along: what read() returns, or -errno. */
static ssize_t receive_some(int fd, void *to, size_t bytes, struct user_message *msg)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(int) * USER_FDS_MAX)];
	} control;
	struct iovec iov = { .iov_base = to, .iov_len = bytes };
	struct msghdr h = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = &control,
			    .msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(fd, &h, MSG_CMSG_CLOEXEC);

	if (n < 0)
		return -errno;
	keep_descriptors(msg, &h);
	return n;
}

static void close_fds(struct user_message *msg)
{
	while (msg->nfds)
		fd_close(&msg->fds[--msg->nfds]);
}

/* All `bytes`: 1; 0: the connection ended before the first of them. */
static int receive_all(int fd, int stop, void *to, size_t bytes, struct user_message *msg)
{
	size_t have = 0;

	while (have < bytes) {
		int err = wait_for(fd, POLLIN, stop);
		ssize_t n = err ? err : receive_some(fd, (char *)to + have, bytes - have, msg);

		if (n == -EAGAIN || n == -EINTR)
			continue;
		if (n < 0)
			return (int)n;
		if (!n)
			return have ? -EPROTO : 0;
		have += (size_t)n;
	}
	return 1;
}

static int receive_payload(int fd, int stop, struct user_message *msg)
{
	int ret;

	if (msg->h.size > sizeof(msg->p))
		return -EPROTO;
	if (!msg->h.size)
		return 1;
	ret = receive_all(fd, stop, &msg->p, msg->h.size, msg);
	return ret ? ret : -EPROTO;
}

int user_socket_receive(int fd, int stop, struct user_message *msg)
{
	int ret;

	*msg = (struct user_message){ 0 };
	ret = receive_all(fd, stop, &msg->h, sizeof(msg->h), msg);
	if (ret == 1)
		ret = receive_payload(fd, stop, msg);
	if (ret != 1)
		close_fds(msg);
	return ret;
}

int user_socket_wait(int fd, int stop, int ms)
{
	return look(fd, POLLIN, stop, ms);
}

int user_socket_send(int fd, int stop, const struct user_message *msg)
{
	uint8_t whole[sizeof(msg->h) + sizeof(msg->p)];
	size_t bytes = sizeof(msg->h) + msg->h.size, sent = 0;

	memcpy(whole, &msg->h, sizeof(msg->h));
	memcpy(whole + sizeof(msg->h), &msg->p, msg->h.size);
	while (sent < bytes) {
		int err = wait_for(fd, POLLOUT, stop);
		ssize_t n = err ? err : send(fd, whole + sent, bytes - sent, MSG_NOSIGNAL);

		if (err)
			return err;
		if (n > 0)
			sent += (size_t)n;
		else if (n < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
	}
	return 0;
}
