// SPDX-License-Identifier: BSD-2-Clause
// The front door: a thread that talks vhost-user with one front end after another, and attaches
// their rings to a backend.
#ifndef VHOST_USER_DOOR_H
#define VHOST_USER_DOOR_H

#include "vhost/backend.h"
#include "vhost/user.h"

struct user_door_config {
	const char *path;
	bool client;   /* connects to a front end that listens; else listens itself */
	unsigned port; /* of the backend */
	struct backend *backend;
	unsigned pairs; /* of queues at most, as the backend has them; 0: 1 */
	/*
	 * Offered; USER_F_PROTOCOL_FEATURES is added. Without VIRTIO_NET_F_MQ there is one pair.
	 */
	uint64_t features;
	uint32_t frame_bytes; /* of a frame at most, Ethernet header included */
	bool confine;	      /* its thread is put under a filter (needs no_new_privs) */
};

#define USER_DOOR_RINGS (PAIRS_MAX * PORT_QUEUES)
_Static_assert(USER_DOOR_RINGS <= USER_RINGS_MAX, "all of them may be talked about");

/* A ring of the front end that is here now, or was here last. */
struct user_door_ring {
	uint32_t size;	/* entries; 0: it never ran */
	uint32_t base;	/* the index that it stood at when it was stopped last */
	uint64_t kicks; /* of all front ends, as their eventfds count; taken when a ring stops */
};

/* What one side has done so far. */
struct user_door_stats {
	uint64_t connections, messages, refusals;
	uint64_t features; /* as accepted, of the front end that is here now or was here last */
	unsigned rings;	   /* that run now */
	bool connected;
	struct user_door_ring ring[USER_DOOR_RINGS];
};

struct user_door;

/*
 * Control thread: takes the path, if it listens. 0 or -errno (logged). The backend is there for
 * longer.
 */
int user_door_create(struct user_door **out, const struct user_door_config *config);

/* Control thread: front ends are served from now on. 0 or -errno (logged). */
int user_door_start(struct user_door *d);

/* Control thread: the conversation ends and the rings are let go. Accepts NULL and one that was. */
void user_door_stop(struct user_door *d);

/* Control thread: the same, and the path is free again. Accepts NULL. */
void user_door_destroy(struct user_door *d);

/* Any thread: a sample. */
struct user_door_stats user_door_stats(const struct user_door *d);

/* The features that a front end of so many pairs of queues is offered unless told otherwise. */
uint64_t user_door_features(unsigned pairs);

#endif
