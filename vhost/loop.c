// SPDX-License-Identifier: BSD-2-Clause
// The backend's io_uring.
#include "vhost/loop.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/fd.h"
#include "tandem/shared.h"

#define ENTRIES_MIN 32u

/*
 * user_data: which watched fd, and a count of the fds that its place has held; or, with these
 * bits, which operation of the batch, or something whose completion says nothing.
 */
#define OPERATION (1ull << 32)
#define UNHEARD (1ull << 33)
#define TURN_SHIFT 8

/*
 * Restrictions are io_uring's own confinement: seccomp does not see what is submitted to a ring.
 * All that may ever be asked of this one is to poll a registered file and to stop that, to put
 * other files in the places there are, and, for a producer in the kernel, to read and write
 * registered files.
 */
static int restrict_ring(struct io_uring *ring, bool copies)
{
	struct io_uring_restriction allow[] = {
		{ .opcode = IORING_RESTRICTION_SQE_OP, .sqe_op = IORING_OP_POLL_ADD },
		{ .opcode = IORING_RESTRICTION_SQE_FLAGS_REQUIRED, .sqe_flags = IOSQE_FIXED_FILE },
		{ .opcode = IORING_RESTRICTION_REGISTER_OP,
		  .register_op = IORING_REGISTER_ENABLE_RINGS },
		{ .opcode = IORING_RESTRICTION_SQE_OP, .sqe_op = IORING_OP_POLL_REMOVE },
		{ .opcode = IORING_RESTRICTION_REGISTER_OP,
		  .register_op = IORING_REGISTER_FILES_UPDATE },
		{ .opcode = IORING_RESTRICTION_SQE_OP, .sqe_op = IORING_OP_READ },
		{ .opcode = IORING_RESTRICTION_SQE_OP, .sqe_op = IORING_OP_WRITE },
		{ .opcode = IORING_RESTRICTION_SQE_OP, .sqe_op = IORING_OP_NOP },
	};

	/*
	 * Not io_uring_register_restrictions(): liburing 2.3's shared library does not export
	 * it.
	 */
	return io_uring_register((unsigned)ring->ring_fd, IORING_REGISTER_RESTRICTIONS, allow,
				 copies ? 8 : 5);
}

/*
 * Room for two batches: an SQPOLL thread completes operations before it moves the queue's head
 * past them, so when the next batch is made the last one's entries may still look taken. Those
 * before it never do.
 */
static unsigned entries_for(unsigned batch, unsigned nwatch)
{
	unsigned n = ENTRIES_MIN;

	while (n < 2 * (batch + 2 * nwatch)) /* armed and removed */
		n *= 2;
	return n;
}

static int init_sqpoll(struct loop *l, unsigned entries, const struct loop_config *c)
{
	struct io_uring_params p = {
		.flags = IORING_SETUP_R_DISABLED | IORING_SETUP_SQPOLL,
		.sq_thread_idle = c->sq_idle_ms,
	};

	if (c->sq_cpu >= 0) {
		p.flags |= IORING_SETUP_SQ_AFF;
		p.sq_thread_cpu = (unsigned)c->sq_cpu;
	}
	return io_uring_queue_init_params(entries, &l->ring, &p);
}

static int init_ring(struct loop *l, const struct loop_config *c)
{
	unsigned flags = IORING_SETUP_R_DISABLED | IORING_SETUP_SINGLE_ISSUER;
	unsigned entries = entries_for(c->batch, c->nwatch);
	int err;

	if (c->sqpoll)
		return init_sqpoll(l, entries, c);
	err = io_uring_queue_init(entries, &l->ring, flags | IORING_SETUP_DEFER_TASKRUN);
	l->defer_taskrun = err == 0;
	if (err == -EINVAL) /* before Linux 6.1 */
		err = io_uring_queue_init(entries, &l->ring, IORING_SETUP_R_DISABLED);
	return err;
}

static int allocate(struct loop *l, const struct loop_config *c)
{
	l->nfiles = c->nwatch + c->nfiles;
	l->files = calloc(l->nfiles, sizeof(*l->files));
	l->result = calloc(c->batch + 1, sizeof(*l->result));
	if (!l->files || !l->result)
		return -ENOMEM;
	memcpy(l->files, c->watch, c->nwatch * sizeof(*c->watch));
	if (c->nfiles)
		memcpy(l->files + c->nwatch, c->files, c->nfiles * sizeof(*c->files));
	return 0;
}

int loop_create(struct loop *l, const struct loop_config *c)
{
	int err;

	assert(c->nwatch <= LOOP_WATCH_MAX);
	*l = (struct loop){ .nwatch = c->nwatch, .batch = c->batch };
	err = allocate(l, c);
	if (!err)
		err = init_ring(l, c);
	l->made = !err;
	if (!err)
		err = io_uring_register_files(&l->ring, l->files, l->nfiles);
	if (!err)
		err = restrict_ring(&l->ring, c->nfiles > 0);
	if (err)
		loop_destroy(l);
	return err;
}

static uint64_t watch_data(const struct loop *l, unsigned index)
{
	return index | (uint64_t)l->turn[index] << TURN_SHIFT;
}

static void arm(struct loop *l)
{
	for (unsigned i = 0; i < l->nwatch; i++) {
		struct io_uring_sqe *sqe;

		if (l->armed[i] || l->files[i] < 0)
			continue;
		sqe = io_uring_get_sqe(&l->ring);
		if (!sqe)
			return; /* the next turn arms it */
		io_uring_prep_poll_multishot(sqe, (int)i, POLLIN);
		io_uring_sqe_set_flags(sqe, IOSQE_FIXED_FILE);
		io_uring_sqe_set_data64(sqe, watch_data(l, i));
		l->armed[i] = true;
	}
}

int loop_enable(struct loop *l)
{
	int err =
		io_uring_register((unsigned)l->ring.ring_fd, IORING_REGISTER_ENABLE_RINGS, NULL, 0);

	if (err)
		return err;
	arm(l);
	err = io_uring_submit(&l->ring);
	return err < 0 ? err : 0;
}

static int put_file(struct loop *l, unsigned index, int fd)
{
	struct io_uring_files_update up = { .offset = index, .fds = (uint64_t)(uintptr_t)&fd };
	int n = io_uring_register((unsigned)l->ring.ring_fd, IORING_REGISTER_FILES_UPDATE, &up, 1);

	if (n != 1)
		return n < 0 ? n : -EBADF;
	l->files[index] = fd;
	return 0;
}

/* The poll holds its file, whatever is in the table: it must be told. */
static int unwatch(struct loop *l, unsigned index)
{
	struct io_uring_sqe *sqe;

	if (!l->armed[index])
		return 0;
	sqe = io_uring_get_sqe(&l->ring);
	if (!sqe)
		return -EBUSY;
	io_uring_prep_poll_remove(sqe, watch_data(l, index));
	io_uring_sqe_set_flags(sqe, IOSQE_FIXED_FILE);
	io_uring_sqe_set_data64(sqe, UNHEARD);
	l->armed[index] = false;
	l->turn[index]++;
	io_uring_submit(&l->ring);
	return 0;
}

int loop_watch(struct loop *l, unsigned index, int fd)
{
	int err;

	assert(index < l->nwatch && !l->queued);
	if (l->files[index] == fd)
		return 0;
	err = unwatch(l, index);
	return err ? err : put_file(l, index, fd);
}

int loop_set_file(struct loop *l, unsigned index, int fd)
{
	assert(l->nwatch + index < l->nfiles && !l->queued);
	if (l->files[l->nwatch + index] == fd)
		return 0;
	return put_file(l, l->nwatch + index, fd);
}

/* A poll that fired: unless another fd has taken its place since, it may have to be armed again. */
static void complete_watch(struct loop *l, const struct io_uring_cqe *cqe)
{
	unsigned index = cqe->user_data & ((1u << TURN_SHIFT) - 1);

	if (cqe->user_data != watch_data(l, index))
		return;
	l->armed[index] = cqe->flags & IORING_CQE_F_MORE;
	shared_store(&l->heard[index], l->heard[index] + 1);
	l->seen = true;
}

static void complete(struct loop *l, const struct io_uring_cqe *cqe)
{
	if (cqe->user_data & OPERATION) {
		l->result[(uint32_t)cqe->user_data] = cqe->res;
		l->done++;
	} else if (!(cqe->user_data & UNHEARD)) {
		complete_watch(l, cqe);
	}
}

/* The eventfds are never read: every signal wakes the poll, whatever the count. */
static void reap(struct loop *l)
{
	struct io_uring_cqe *cqe;
	unsigned head, n = 0;

	io_uring_for_each_cqe(&l->ring, head, cqe)
	{
		complete(l, cqe);
		n++;
	}
	io_uring_cq_advance(&l->ring, n);
}

void loop_wait(struct loop *l)
{
	arm(l);
	io_uring_submit_and_wait(&l->ring, !l->seen);
	reap(l);
	l->seen = false;
}

static unsigned file_index(const struct loop *l, int fd)
{
	unsigned i = l->nwatch;

	while (i < l->nfiles - 1 && l->files[i] != fd)
		i++;
	assert(l->files[i] == fd);
	return i;
}

static void add(struct loop *l, struct io_uring_sqe *sqe)
{
	l->result[l->queued] = -ECANCELED; /* until it is known */
	io_uring_sqe_set_flags(sqe, IOSQE_FIXED_FILE);
	io_uring_sqe_set_data64(sqe, OPERATION | l->queued++);
}

/* The ring has room: see entries_for(). */
static struct io_uring_sqe *next_sqe(struct loop *l)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&l->ring);

	assert(sqe && l->queued < l->batch);
	return sqe;
}

void loop_write(struct loop *l, int fd, const void *buf, unsigned bytes)
{
	struct io_uring_sqe *sqe = next_sqe(l);

	io_uring_prep_write(sqe, (int)file_index(l, fd), buf, bytes, 0);
	add(l, sqe);
}

void loop_read(struct loop *l, int fd, void *buf, unsigned bytes)
{
	struct io_uring_sqe *sqe = next_sqe(l);

	io_uring_prep_read(sqe, (int)file_index(l, fd), buf, bytes, 0);
	add(l, sqe);
}

struct io_uring_sqe *loop_reserve(struct loop *l)
{
	struct io_uring_sqe *sqe = next_sqe(l);

	io_uring_prep_nop(sqe);
	add(l, sqe);
	return sqe;
}

void loop_fill(struct loop *l, struct io_uring_sqe *place, int fd, const void *buf, unsigned bytes)
{
	uint64_t user_data = place->user_data;

	io_uring_prep_write(place, (int)file_index(l, fd), buf, bytes, 0);
	io_uring_sqe_set_flags(place, IOSQE_FIXED_FILE);
	io_uring_sqe_set_data64(place, user_data);
}

/*
 * Entries got and not yet submitted are the program's own: the kernel has not seen the tail
 * move.
 */
void loop_forget(struct loop *l)
{
	l->ring.sq.sqe_tail -= l->queued;
	l->queued = 0;
}

/* The ring takes nothing any more (its SQPOLL thread is gone, say), and never will. */
static bool is_dead(int err)
{
	return err < 0 && err != -EINTR && err != -EAGAIN && err != -EBUSY;
}

void loop_run(struct loop *l)
{
	unsigned n = l->queued;
	int err;

	l->done = 0;
	err = io_uring_submit_and_wait(&l->ring, n);
	reap(l);
	while (l->done < n && !is_dead(err)) { /* polls that fired took their place */
		err = io_uring_submit_and_wait(&l->ring, 1);
		reap(l);
	}
	l->queued = 0;
}

void loop_destroy(struct loop *l)
{
	if (l->made)
		io_uring_queue_exit(&l->ring);
	l->made = false;
	free(l->files);
	free(l->result);
	l->files = NULL;
	l->result = NULL;
}

int loop_probe(char *text, unsigned bytes)
{
	int fd = fd_eventfd(), err;
	struct loop_config lc = { .watch = &fd, .nwatch = 1 };
	struct loop l;

	if (fd < 0)
		return fd;
	err = loop_create(&l, &lc);
	if (!err) {
		snprintf(text, bytes, "restricted ring, multishot poll, %s",
			 l.defer_taskrun ? "SINGLE_ISSUER and DEFER_TASKRUN"
					 : "no DEFER_TASKRUN (before Linux 6.1)");
		loop_destroy(&l);
	}
	fd_close(&fd);
	return err;
}
