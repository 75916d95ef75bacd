// SPDX-License-Identifier: BSD-2-Clause
// The backend's io_uring.
#include "vhost/loop.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>

#define ENTRIES 32

/*
 * Restrictions are io_uring's own confinement: seccomp does not see what is submitted to a ring. All
 * that may ever be asked of this one is to poll a registered file.
 */
static int restrict_ring(struct io_uring *ring)
{
	struct io_uring_restriction allow[] = {
		{ .opcode = IORING_RESTRICTION_SQE_OP, .sqe_op = IORING_OP_POLL_ADD },
		{ .opcode = IORING_RESTRICTION_SQE_FLAGS_REQUIRED, .sqe_flags = IOSQE_FIXED_FILE },
		{ .opcode = IORING_RESTRICTION_REGISTER_OP,
		  .register_op = IORING_REGISTER_ENABLE_RINGS },
	};

	/* Not io_uring_register_restrictions(): liburing 2.3's shared library does not export it. */
	return io_uring_register((unsigned)ring->ring_fd, IORING_REGISTER_RESTRICTIONS, allow,
				 sizeof(allow) / sizeof(allow[0]));
}

static int init_ring(struct loop *l)
{
	unsigned flags = IORING_SETUP_R_DISABLED | IORING_SETUP_SINGLE_ISSUER;
	int err = io_uring_queue_init(ENTRIES, &l->ring, flags | IORING_SETUP_DEFER_TASKRUN);

	l->defer_taskrun = err == 0;
	if (err == -EINVAL) /* before Linux 6.1 */
		err = io_uring_queue_init(ENTRIES, &l->ring, IORING_SETUP_R_DISABLED);
	return err;
}

int loop_create(struct loop *l, const int *fds, unsigned nfds)
{
	int err;

	assert(nfds <= LOOP_FDS_MAX);
	*l = (struct loop){ .nfds = nfds };
	err = init_ring(l);
	if (err)
		return err;
	l->made = true;
	err = io_uring_register_files(&l->ring, fds, nfds);
	if (!err)
		err = restrict_ring(&l->ring);
	if (err)
		loop_destroy(l);
	return err;
}

static void arm(struct loop *l)
{
	for (unsigned i = 0; i < l->nfds; i++) {
		struct io_uring_sqe *sqe;

		if (l->armed[i])
			continue;
		sqe = io_uring_get_sqe(&l->ring);
		if (!sqe)
			return; /* the next turn arms it */
		io_uring_prep_poll_multishot(sqe, (int)i, POLLIN);
		io_uring_sqe_set_flags(sqe, IOSQE_FIXED_FILE);
		io_uring_sqe_set_data64(sqe, i);
		l->armed[i] = true;
	}
}

int loop_enable(struct loop *l)
{
	int err = io_uring_register((unsigned)l->ring.ring_fd, IORING_REGISTER_ENABLE_RINGS, NULL, 0);

	if (err)
		return err;
	arm(l);
	err = io_uring_submit(&l->ring);
	return err < 0 ? err : 0;
}

/* The eventfds are never read: every signal wakes the poll, whatever the count. */
static bool reap(struct loop *l)
{
	struct io_uring_cqe *cqe;
	unsigned head, n = 0;
	bool rearm = false;

	io_uring_for_each_cqe(&l->ring, head, cqe)
	{
		n++;
		if (cqe->flags & IORING_CQE_F_MORE)
			continue;
		l->armed[cqe->user_data] = false;
		rearm = true;
	}
	io_uring_cq_advance(&l->ring, n);
	if (rearm)
		arm(l);
	return n;
}

bool loop_peek(struct loop *l)
{
	return reap(l);
}

void loop_wait(struct loop *l)
{
	io_uring_submit_and_wait(&l->ring, 1);
	reap(l);
}

void loop_destroy(struct loop *l)
{
	if (l->made)
		io_uring_queue_exit(&l->ring);
	l->made = false;
}
