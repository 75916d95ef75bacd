// SPDX-License-Identifier: BSD-2-Clause
// tandem's vhost-user backend as a library: it moves frames between two front ends (guests of QEMU,
// ports of DPDK, ...) and notifies them as told. Threads of its own do the work.
//
// Messages for people go to standard error. One thread at a time may use a backend, unless a
// function says otherwise; several backends do not know of each other.
#ifndef TANDEM_VHOST_H
#define TANDEM_VHOST_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TANDEM_VHOST_SIDES 2 /* a and b: what one sends the other receives */

struct tandem_vhost; /* a backend */

/* Zero it first: what is 0 or NULL is tandem's own default. */
struct tandem_vhost_config {
	const char *socket[TANDEM_VHOST_SIDES]; /* paths; they stay the caller's, and must stay */
	int client;	       /* front ends listen, and this side connects; else it listens */
	const char *notify;    /* "direct", "deferred", "unbound"; NULL: direct */
	const char *producer;  /* "user", "batch", "sqpoll"; NULL: user */
	uint64_t features_off; /* virtio features not to be offered, a bit each */
	unsigned busy_poll_us; /* looks at the rings so long before it sleeps: at most a second */
	int busy_poll_auto;    /* as long as recent gaps were, if short; busy_poll_us must be 0 */
	unsigned queue_pairs;  /* that a front end may have, at most 8; 0: 1 */
};

/* Since the start; a sample. */
struct tandem_vhost_side {
	uint64_t frames, bytes; /* that it sent and the other received */
	uint64_t dropped;	/* that it sent in vain */
	uint64_t notifications; /* delivered to it */
	uint64_t connections;	/* front ends that came */
	uint64_t refusals;	/* messages of theirs that were refused */
	uint64_t features;	/* agreed on with the one that is here, or was here last */
	unsigned rings;		/* of its, that run now */
};

/*
 * Takes both sockets and makes all that can fail; nothing runs yet. 0, or -errno, said on standard
 * error: -EINVAL for a name or a number that there is not, -EADDRINUSE for a socket with a live
 * owner, -EPERM where io_uring is forbidden.
 */
int tandem_vhost_create(struct tandem_vhost **out, const struct tandem_vhost_config *config);

/* Front ends are served from now on. 0, or -errno, said on standard error. */
int tandem_vhost_start(struct tandem_vhost *v);

/* Any thread, while the backend exists. `side`: 0 is a, 1 is b. */
struct tandem_vhost_side tandem_vhost_side(const struct tandem_vhost *v, unsigned side);

/* Ends all conversations, removes the sockets, frees it. Accepts NULL. */
void tandem_vhost_destroy(struct tandem_vhost *v);

/*
 * Once, before a backend is made: a front end that cuts its memory file short while it is mapped
 * costs its own connection then, else SIGBUS ends the process. Takes over the handlers of SIGBUS
 * and SIGSYS, for good. 0 or -errno.
 */
int tandem_vhost_outlive_cuts(void);

#ifdef __cplusplus
}
#endif

#endif
