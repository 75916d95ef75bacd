// SPDX-License-Identifier: BSD-2-Clause
// vhost-user's conversation, the back end's half: what a front end's messages make of a device. No
// sockets, no rings.
#ifndef VHOST_USER_H
#define VHOST_USER_H

#include <stdbool.h>

#include "lib/gmem.h"
#include "vhost/user_msg.h"
#include "virtio/virtq.h"

#define USER_RINGS_MAX 16u /* that may be talked about; which of them are served is the owner's */

/*
 * A ring runs once KICK and ENABLE have come since the last GET_VRING_BASE, in either order, and
 * it is described; on nothing else does it hang. GET_VRING_BASE stops it and voids its
 * addresses.
 */
struct user_ring {
	uint32_t num;
	uint32_t base; /* as set, or as it was when it stopped */
	struct user_vring_addr addr;
	bool based;	/* the base was set, or is that of a ring that has run */
	bool described; /* addr was set since the last GET_VRING_BASE */
	bool kicked;	/* KICK came, with a fd or without */
	bool enabled;
	bool running;
	int kick_fd, call_fd, err_fd; /* -1: none */
};

struct user;

/* What the conversation asks of whoever moves the frames. Called from user_handle(). */
struct user_ops {
	/* The ring may be used from now on, as `at` has it. -errno: not; the message is refused. */
	int (*start)(void *ctx, unsigned ring, const struct virtq_layout *at, uint32_t base);
	/*
	 * When it returns nobody touches the ring any more; all that was taken is completed. Its
	 * index.
	 */
	uint32_t (*stop)(void *ctx, unsigned ring);
	/* Another call fd for a ring that runs. */
	void (*call)(void *ctx, unsigned ring, int fd);
};

/* What is offered: fixed for the conversation. */
struct user_offer {
	uint64_t features; /* with USER_F_PROTOCOL_FEATURES */
	uint64_t protocol;
	uint64_t queues; /* what GET_QUEUE_NUM answers */
	uint32_t rings;	 /* a ring of this index, or a higher one, is refused */
	const uint8_t *config;
	uint32_t config_bytes;
};

struct user {
	struct user_offer offer;
	const struct user_ops *ops;
	void *ctx;
	uint64_t features; /* acknowledged, of those offered */
	bool has_features; /* SET_FEATURES came */
	uint64_t protocol;
	uint8_t status;
	struct gmem mem;
	struct user_ring ring[USER_RINGS_MAX];
	const char *why; /* what was wrong with the last message that was refused */
	char said[96];	 /* that, where it has numbers in it */
};

void user_init(struct user *u, const struct user_offer *offered, const struct user_ops *ops,
	       void *ctx);

/* The connection is gone: stops all rings, closes all fds, unmaps all memory. */
void user_fini(struct user *u);

struct user_message {
	struct user_header h;
	union user_payload p; /* h.size bytes of it */
	int fds[USER_FDS_MAX];
	unsigned nfds;
};

/*
 * Takes a message whose payload has come whole, and its fds, which are the conversation's from
 * then on, also when it is refused. 1: `reply` is to be sent, header and payload at once; 0:
 * there is none; -EPROTO: the connection is to be closed, u->why says why.
 */
int user_handle(struct user *u, struct user_message *m, struct user_message *reply);

/* What a payload may have, by a header that has come: false: the connection is to be closed. */
bool user_header_ok(const struct user_header *h);

/* A request's name, for messages; "unknown" of others. */
const char *user_request_name(uint32_t request);

bool user_ring_runs(const struct user *u, unsigned ring);

#endif
