// SPDX-License-Identifier: BSD-2-Clause
// A front end of vhost-user that a test plays: a fake guest, its eventfds, and the conversation.
#ifndef TESTS_COMMON_FRONT_H
#define TESTS_COMMON_FRONT_H

#include "tests/common/fakeguest.h"
#include "vhost/user_msg.h"

#define FRONT_BUF_BYTES 2048u

struct front {
	struct fake_guest guest;
	int sock;	/* -1: none */
	uint32_t first; /* index of its first ring: 0, but for another pair of queues */
	bool one_pair;	/* it knows of no others */
	int kick[NET_QUEUES], call[NET_QUEUES];
	uint64_t features; /* agreed on */
};

/* Memory and eventfds; nobody is connected. All is asserted. Rings of `ring_size`, at most 256. */
void front_create(struct front *f, uint64_t base, uint32_t ring_size);
void front_destroy(struct front *f);

/*
 * Before it starts: what it writes from now on is its own, as with a guest's memory that is not
 * shared.
 */
void front_hide(struct front *f);

/* Before it starts: puts its memory into a file that can be cut short, then does that. */
void front_soften(struct front *f);
void front_cut(struct front *f);

/* 0 or -errno. The second waits for a back end that connects to `listener`. */
int front_connect(struct front *f, const char *path);
int front_accept(struct front *f, int listener);
void front_hang_up(struct front *f);

/*
 * Sends a message as it is; `fd` -1: without one. 0 or -errno.
 */
int front_send(struct front *f, uint32_t request, uint32_t flags, const void *payload,
	       uint32_t bytes, int fd);

/* Waits for an answer: bytes of its payload, which is put into `p`; 0: hung up; -errno. */
int front_receive(struct front *f, union user_payload *p);

/* Sends and has it acknowledged: 0; 1: refused; -errno. */
int front_set(struct front *f, uint32_t request, const void *payload, uint32_t bytes, int fd);

/* Asks for a number: 0 or -errno. */
int front_get(struct front *f, uint32_t request, uint64_t *value);

/* Features and memory. 0, 1 or -errno as front_set(). */
int front_negotiate(struct front *f);

/* Fresh rings, described, kicked and enabled; then receive buffers. 0, 1 or -errno. */
int front_start(struct front *f);

/* Stops both rings; `base`, if not NULL, gets their indices. 0 or -errno. */
int front_stop(struct front *f, uint32_t base[NET_QUEUES]);

/* front_connect(), front_negotiate(), front_start(). */
int front_attach(struct front *f, const char *path);

/*
 * `f` is another pair of queues of the device that `first` has negotiated: it takes part in its
 * conversation, and brings memory of its own. Pair 1 is the second. 0, 1 or -errno.
 */
int front_join(struct front *f, const struct front *first, uint32_t pair);

/* Gets the memory of `other`, which takes no part, and gives it up again. 0, 1 or -errno. */
int front_borrow_memory(struct front *f, const struct front *other);

/* ENABLE 0 or 1 for both of its rings. 0, 1 or -errno. */
int front_enable(struct front *f, bool on);

/* No conversation any more; whose it was hangs up. */
void front_leave(struct front *f);

/* Sends frame `seq` of `bytes`, kicks if asked to. False: no descriptor is free. */
bool front_send_frame(struct front *f, uint64_t seq, uint32_t bytes);

/*
 * Waits for the next frame, sleeping until called; gives its buffer back. 1; 0: none within
 * `timeout_ns`; -1: it is not as it was sent.
 */
int front_take_frame(struct front *f, uint64_t *seq, int64_t timeout_ns);

#endif
