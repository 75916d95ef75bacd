// SPDX-License-Identifier: BSD-2-Clause
// The socket of a vhost-user back end: who may have its path, whole messages in and out, and an end
// on request.
#ifndef VHOST_USER_SOCKET_H
#define VHOST_USER_SOCKET_H

#include <sys/types.h>

#include "vhost/user.h"

/* A path that is listened on, as it is in the file system. */
struct user_listener {
	int fd;
	const char *path;
	dev_t dev;
	ino_t ino;
};

/*
 * Control thread: a socket at `path`, mode 0600. One that nobody listens on any more is replaced;
 * one with a live owner, and anything else of that name, stays. 0 or -errno (logged).
 */
int user_listener_open(struct user_listener *l, const char *path);

/* Closes it and removes the path, if it still is ours. Accepts what a failed open left. */
void user_listener_close(struct user_listener *l);

/*
 * The calls below wait until they are done or the eventfd `stop` is signalled: -ECANCELED then. Any
 * thread; one a socket.
 */

/* The next front end's connection, or -errno. */
int user_socket_accept(const struct user_listener *l, int stop);

/*
 * A connection to a front end that listens, tried until there is one; -errno for what will not
 * change.
 */
int user_socket_connect(const char *path, int stop);

/*
 * A whole message with its descriptors: 1; 0: the front end has closed the connection between two
 * messages; -EPROTO: it cut one short, or its payload is longer than any message has; -errno.
 */
int user_socket_receive(int fd, int stop, struct user_message *msg);

/* Is there something to read, the front end's end included, within `ms`? 1; 0: no; -errno. */
int user_socket_wait(int fd, int stop, int ms);

/* Sends header and payload as one: 0 or -errno. */
int user_socket_send(int fd, int stop, const struct user_message *msg);

#endif
