// SPDX-License-Identifier: BSD-2-Clause
// Two front doors and the backend between them: front ends of other programs in place of our
// guests.
#ifndef VHOST_DOORS_H
#define VHOST_DOORS_H

#include "vhost/backend.h"
#include "vhost/user_door.h"

struct doors_config {
	struct backend_config backend;
	const char *path[BACKEND_PORTS]; /* the sockets */
	bool client;			 /* connect to front ends that listen */
	uint64_t features;		 /* offered */
};

struct doors;

/* Control thread: takes both paths, makes the backend; nothing runs. 0 or -errno (logged). */
int doors_create(struct doors **out, const struct doors_config *config);

/* Control thread: front ends are served from now on. 0 or -errno (logged). */
int doors_start(struct doors *d);

/* Control thread: ends all conversations, then the backend's threads; counters and stamps stay. */
void doors_stop(struct doors *d);

/* Control thread: ends all conversations; the paths are free again. Accepts NULL. */
void doors_destroy(struct doors *d);

/* Any thread. */
struct user_door_stats doors_side(const struct doors *d, unsigned side);
struct backend *doors_backend(const struct doors *d);
unsigned doors_pairs(const struct doors *d); /* of queues that a front end may have */

#endif
