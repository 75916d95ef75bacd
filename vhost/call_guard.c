// SPDX-License-Identifier: BSD-2-Clause
// Frees whoever writes a front end's call eventfd, should that front end have made it block.
#include "vhost/call_guard.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>

#include "lib/fd.h"
#include "lib/log.h"
#include "tandem/shared.h"
#include "vhost/user_fd.h"

#define LOOK_NS 50000000
#define LOOK_AGAIN_NS 1000000 /* whoever has filled it once may do so again before it is gone */

/* As eventfd_poll() has it: writable as long as 1 can be added. */
static bool is_full(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	return fd >= 0 && poll(&p, 1, 0) == 0;
}

/* Said once a connection: the rest is the same story. */
static void say_tripped(struct call_guard *g)
{
	if (!shared_load(&g->tripped))
		log_warn("socket %s: a call eventfd is full, which would make the backend wait; "
			 "connection closed",
			 g->path);
	shared_store(&g->tripped, true);
}

static void look(struct call_guard *g)
{
	pthread_mutex_lock(&g->lock);
	for (unsigned i = 0; i < CALL_GUARD_FDS; i++)
		if (is_full(g->fd[i])) {
			user_fd_take(g->fd[i]);
			say_tripped(g);
		}
	pthread_mutex_unlock(&g->lock);
}

static void guard_thread(void *arg)
{
	struct call_guard *g = arg;

	while (!fd_wait(g->stop, call_guard_tripped(g) ? LOOK_AGAIN_NS : LOOK_NS))
		look(g);
}

void call_guard_init(struct call_guard *g, const char *path)
{
	*g = (struct call_guard){ .path = path, .stop = -1 };
	pthread_mutex_init(&g->lock, NULL);
	for (unsigned i = 0; i < CALL_GUARD_FDS; i++)
		g->fd[i] = -1;
}

int call_guard_start(struct call_guard *g, const char *name, const struct filter_rule *filter)
{
	g->thread.filter = filter;
	g->stop = fd_eventfd();
	return g->stop < 0 ? g->stop : thread_start(&g->thread, name, NULL, guard_thread, g);
}

void call_guard_stop(struct call_guard *g)
{
	if (g->stop >= 0)
		fd_signal(g->stop);
	thread_join(&g->thread);
	for (unsigned i = 0; i < CALL_GUARD_FDS; i++)
		fd_close(&g->fd[i]);
	fd_close(&g->stop);
}

int call_guard_watch(struct call_guard *g, unsigned queue, int fd)
{
	int own = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0);

	if (fd >= 0 && own < 0)
		return -errno;
	pthread_mutex_lock(&g->lock);
	fd_close(&g->fd[queue]);
	g->fd[queue] = own;
	pthread_mutex_unlock(&g->lock);
	return 0;
}

bool call_guard_tripped(const struct call_guard *g)
{
	return shared_load(&g->tripped);
}

void call_guard_rearm(struct call_guard *g)
{
	shared_store(&g->tripped, false);
}
