// SPDX-License-Identifier: BSD-2-Clause
// The backend's io_uring: multishot polls on eventfds that come and go, batches of copies and
// signals, nothing else.
#ifndef VHOST_LOOP_H
#define VHOST_LOOP_H

#include <liburing.h>
#include <stdbool.h>

#define LOOP_WATCH_MAX 33u
#define LOOP_FILES_MAX 1060u

struct loop_config {
	const int *watch; /* eventfds to be polled; -1: a place for one that loop_watch() brings */
	unsigned nwatch;
	/* what batches read and write, -1 as above; none: only polls are allowed */
	const int *files;
	unsigned nfiles;
	unsigned batch; /* operations in a batch at most */
	bool sqpoll;	/* a kernel thread submits; on sq_cpu, unless that is negative */
	int sq_cpu;
	unsigned sq_idle_ms; /* the kernel thread looks for work so long before it sleeps */
};

struct loop {
	struct io_uring ring;
	bool made;
	bool defer_taskrun; /* completions are run by the home thread when it asks */
	unsigned nwatch;
	bool armed[LOOP_WATCH_MAX]; /* does a multishot poll watch this fd? */
	/* counts the fds of this place: a poll of an old one is stale */
	uint16_t turn[LOOP_WATCH_MAX];
	uint64_t heard[LOOP_WATCH_MAX]; /* how often each fired; several signals may fire once */
	bool seen;			/* one of them fired since loop_wait() last returned */
	int *files;			/* as registered, watched ones first */
	unsigned nfiles;
	unsigned batch;
	unsigned queued; /* operations of the batch being made */
	unsigned done;	 /* of those, completed */
	int *result;	 /* of each operation of the last batch: bytes, or -errno */
};

/*
 * Control thread: makes the ring (disabled), registers the files and restricts it to what the
 * configuration needs. 0, or -errno: -EPERM where kernel.io_uring_disabled forbids it.
 */
int loop_create(struct loop *l, const struct loop_config *config);

/* Home thread, first: enables the ring and starts watching. 0 or -errno. */
int loop_enable(struct loop *l);

/*
 * Home thread: place `index` of config.watch, or of config.files, holds `fd` from now on, or
 * nothing (-1). No batch is being made. 0, or -errno and the place as it was.
 */
int loop_watch(struct loop *l, unsigned index, int fd);
int loop_set_file(struct loop *l, unsigned index, int fd);

/*
 * Home thread: sleeps until one of the eventfds is signalled, unless one was, also during a
 * batch, since this returned last. May return early.
 */
void loop_wait(struct loop *l);

/*
 * Home thread: adds to the batch; `fd` must be one of config.files, the memory must stay until
 * loop_run() returned. Operations are begun in this order, and one that need not wait is done
 * before the next one begins.
 */
void loop_write(struct loop *l, int fd, const void *buf, unsigned bytes);
void loop_read(struct loop *l, int fd, void *buf, unsigned bytes);

/*
 * Home thread: keeps a place in the batch for a write that loop_fill() may or may not make of it;
 * returns it. Unfilled it does nothing.
 */
struct io_uring_sqe *loop_reserve(struct loop *l);
void loop_fill(struct loop *l, struct io_uring_sqe *place, int fd, const void *buf, unsigned bytes);

/* Home thread: drops the batch that was being made. */
void loop_forget(struct loop *l);

/*
 * Home thread: hands the batch to the kernel, in one io_uring_enter but with sqpoll, and returns
 * when all of it is done; l->result[i] tells how, -ECANCELED of what a ring that died did not
 * do.
 */
void loop_run(struct loop *l);

void loop_destroy(struct loop *l);

/* What this kernel's io_uring gives the loop, in words, for doctor. 0 or -errno. */
int loop_probe(char *text, unsigned bytes);

#endif
