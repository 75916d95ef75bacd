// SPDX-License-Identifier: BSD-2-Clause
// One command at a time from any thread to the backend's, answered.
#ifndef VHOST_MAILBOX_H
#define VHOST_MAILBOX_H

#include <pthread.h>
#include <stdbool.h>

/* Every command begins with this. */
struct mail {
	bool answered;
	int answer;
};

struct mailbox {
	pthread_mutex_t lock;
	pthread_cond_t answered;
	struct mail *mail; /* atomic: the backend looks without the lock; NULL: none */
	int started;	   /* 1: the backend has not said yet; then 0 or -errno */
	bool open;	   /* there is a backend that will answer */
};

void mailbox_init(struct mailbox *m);
void mailbox_fini(struct mailbox *m);

/*
 * Any thread but the backend's: posts a command, has `wake_fd` signalled, and waits. The answer,
 * or -ESHUTDOWN when nobody is there to give one.
 */
int mailbox_post(struct mailbox *m, struct mail *mail, int wake_fd);

/* Backend thread: is there a command? Cheap. */
bool mailbox_is_full(const struct mailbox *m);

/* Backend thread: carries it out, if there is one. */
void mailbox_serve(struct mailbox *m, int (*execute)(void *ctx, struct mail *mail), void *ctx);

/*
 * Control thread, before the backend's thread is started; then waits for what that says of its
 * start.
 */
void mailbox_expect(struct mailbox *m);
int mailbox_wait_open(struct mailbox *m);

/* Backend thread: it has started (0), or could not (-errno). */
void mailbox_open(struct mailbox *m, int err);

/*
 * Control thread, the backend is gone: whoever waits for its answer, or asks from now on, is
 * told so.
 */
void mailbox_close(struct mailbox *m);

#endif
