// SPDX-License-Identifier: BSD-2-Clause
// The backend's ring by itself: what wakes it, what it refuses, how it goes on after an overflow.
#include "tests/common/suite.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lib/clock.h"
#include "lib/fd.h"
#include "tests/common/proc.h"
#include "vhost/loop.h"
#include "vhost/backend.h"

#define FDS 3

struct fixture {
	struct loop loop;
	int fd[FDS];
};

static struct fixture fx;

/* A ring that may only poll. */
static int create(struct loop *l, const int *fds, unsigned n)
{
	const struct loop_config config = { .watch = fds, .nwatch = n };

	return loop_create(l, &config);
}

static int set_up(void **state)
{
	(void)state;
	suite_watch(20);
	memset(&fx, 0, sizeof(fx));
	for (int i = 0; i < FDS; i++) {
		fx.fd[i] = fd_eventfd();
		assert_true(fx.fd[i] >= 0);
	}
	assert_int_equal(create(&fx.loop, fx.fd, FDS), 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	loop_destroy(&fx.loop);
	loop_destroy(&fx.loop); /* harmless */
	for (int i = 0; i < FDS; i++)
		fd_close(&fx.fd[i]);
	return 0;
}

/* Signals after a while, so that the waiter sleeps. */
static void *signal_later(void *arg)
{
	const struct timespec ms = { .tv_nsec = 10000000 };

	nanosleep(&ms, NULL);
	fd_signal(*(int *)arg);
	return NULL;
}

static void expect_wakes(int *fd)
{
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, signal_later, fd), 0);
	loop_wait(&fx.loop);
	pthread_join(thread, NULL);
}

/* Takes what is there until nothing comes any more: what wakes it after this is new. */
static void quiesce(void)
{
	do {
		io_uring_submit(&fx.loop.ring);
		io_uring_get_events(&fx.loop.ring);
		if (io_uring_cq_ready(&fx.loop.ring))
			loop_wait(&fx.loop);
	} while (io_uring_cq_ready(&fx.loop.ring));
}

static void test_wakes(void **state)
{
	(void)state;
	assert_int_equal(loop_enable(&fx.loop), 0);
	quiesce();
	for (int i = 0; i < 30; i++) {
		expect_wakes(&fx.fd[i % FDS]);
		quiesce();
	}
}

static void test_signalled_before_enable(void **state)
{
	(void)state;
	fd_signal(fx.fd[1]);
	assert_int_equal(loop_enable(&fx.loop), 0);
	loop_wait(&fx.loop);
}

/* More events than the completion queue holds end the polls; they must be made anew. */
static void test_overflow(void **state)
{
	(void)state;
	assert_int_equal(loop_enable(&fx.loop), 0);
	for (int i = 0; i < 300; i++) {
		fd_signal(fx.fd[0]);
		fd_signal(fx.fd[2]);
		io_uring_get_events(&fx.loop.ring);
	}
	for (int i = 0; i < FDS; i++) {
		quiesce();
		expect_wakes(&fx.fd[i]);
	}
}

/* Signals so late that nobody should have waited for it. */
static void *signal_too_late(void *arg)
{
	const struct timespec s = { .tv_sec = 1 };

	nanosleep(&s, NULL);
	fd_signal(*(int *)arg);
	return NULL;
}

/*
 * A wake-up that was taken from the ring while a batch ran is still a wake-up: whoever sent it may
 * have done so after the home thread last looked.
 */
static void test_wake_during_batch(void **state)
{
	const uint64_t one = 1;
	const struct loop_config config = {
		.watch = fx.fd, .nwatch = 2, .files = &fx.fd[2], .nfiles = 1, .batch = 4
	};
	pthread_t thread;
	uint64_t before;

	(void)state;
	loop_destroy(&fx.loop);
	assert_int_equal(loop_create(&fx.loop, &config), 0);
	assert_int_equal(loop_enable(&fx.loop), 0);
	fd_signal(fx.fd[1]);
	loop_write(&fx.loop, fx.fd[2], &one, sizeof(one));
	loop_run(&fx.loop);
	assert_int_equal(fx.loop.result[0], sizeof(one));
	assert_int_equal(fd_take(fx.fd[2]), 1);
	assert_int_equal(pthread_create(&thread, NULL, signal_too_late, &fx.fd[0]), 0);
	before = clock_mono_ns();
	loop_wait(&fx.loop);
	before = clock_mono_ns() - before;
	pthread_join(thread, NULL);
	assert_uint_in_range(before, 0, 500000000);
}

/* An operation that has to wait, and polls that fire meanwhile: done is when the operation is. */
static void test_batch_is_done(void **state)
{
	const struct loop_config config = {
		.watch = fx.fd, .nwatch = 2, .files = &fx.fd[2], .nfiles = 1, .batch = 4
	};
	uint64_t got = 0;
	pthread_t thread;

	(void)state;
	loop_destroy(&fx.loop);
	assert_int_equal(loop_create(&fx.loop, &config), 0);
	assert_int_equal(loop_enable(&fx.loop), 0);
	loop_read(&fx.loop, fx.fd[2], &got, sizeof(got));
	fd_signal(fx.fd[0]);
	fd_signal(fx.fd[1]);
	assert_int_equal(pthread_create(&thread, NULL, signal_later, &fx.fd[2]), 0);
	loop_run(&fx.loop);
	assert_int_equal(fx.loop.result[0], sizeof(got));
	assert_int_equal(got, 1);
	pthread_join(thread, NULL);
}

/* What the ring answers to a request that is not a poll of one of its files. */
static int refused(void (*prepare)(struct io_uring_sqe *sqe))
{
	struct io_uring_sqe *sqe;
	struct io_uring_cqe *cqe;
	int res;

	assert_int_equal(loop_enable(&fx.loop), 0);
	quiesce();
	sqe = io_uring_get_sqe(&fx.loop.ring);
	assert_non_null(sqe);
	prepare(sqe);
	io_uring_submit(&fx.loop.ring);
	assert_int_equal(io_uring_wait_cqe(&fx.loop.ring, &cqe), 0);
	res = cqe->res;
	io_uring_cqe_seen(&fx.loop.ring, cqe);
	return res;
}

static void prepare_nop(struct io_uring_sqe *sqe)
{
	io_uring_prep_nop(sqe);
	io_uring_sqe_set_flags(sqe, IOSQE_FIXED_FILE);
}

static void prepare_write(struct io_uring_sqe *sqe)
{
	io_uring_prep_write(sqe, 0, "x", 1, 0);
	io_uring_sqe_set_flags(sqe, IOSQE_FIXED_FILE);
}

static void prepare_foreign_poll(struct io_uring_sqe *sqe)
{
	io_uring_prep_poll_add(sqe, fx.fd[0], 1);
}

static void test_refuses_nop(void **state)
{
	(void)state;
	assert_int_equal(refused(prepare_nop), -EACCES);
}

static void test_refuses_write(void **state)
{
	(void)state;
	assert_int_equal(refused(prepare_write), -EACCES);
}

static void test_refuses_other_files(void **state)
{
	(void)state;
	assert_int_equal(refused(prepare_foreign_poll), -EACCES);
}

static void test_refuses_registration(void **state)
{
	(void)state;
	assert_int_equal(loop_enable(&fx.loop), 0);
	assert_true(io_uring_unregister_files(&fx.loop.ring) < 0);
}

/* ---- rings that copy: reads and writes of registered files, and nothing else ---- */

static char copied[8];

static void foreign_read(struct io_uring_sqe *sqe)
{
	io_uring_prep_read(sqe, fx.fd[0], copied, sizeof(copied), 0);
}

static void foreign_write(struct io_uring_sqe *sqe)
{
	io_uring_prep_write(sqe, fx.fd[0], copied, sizeof(copied), 0);
}

static void asynchronous_read(struct io_uring_sqe *sqe)
{
	io_uring_prep_read(sqe, 0, copied, sizeof(copied), 0);
	io_uring_sqe_set_flags(sqe, IOSQE_FIXED_FILE | IOSQE_ASYNC);
}

static void linked_read(struct io_uring_sqe *sqe)
{
	io_uring_prep_read(sqe, 0, copied, sizeof(copied), 0);
	io_uring_sqe_set_flags(sqe, IOSQE_FIXED_FILE | IOSQE_IO_LINK);
}

/* Whatever its arguments: the operation itself is refused. */
#define OPERATION(name, opcode_)                               \
	static void name(struct io_uring_sqe *sqe)             \
	{                                                      \
		io_uring_prep_nop(sqe);                        \
		sqe->opcode = opcode_;                         \
		io_uring_sqe_set_flags(sqe, IOSQE_FIXED_FILE); \
	}
OPERATION(open_file, IORING_OP_OPENAT)
OPERATION(connect_socket, IORING_OP_CONNECT)
OPERATION(send_data, IORING_OP_SEND)
OPERATION(splice_data, IORING_OP_SPLICE)
OPERATION(message, IORING_OP_MSG_RING)
OPERATION(close_file, IORING_OP_CLOSE)
OPERATION(update_files, IORING_OP_FILES_UPDATE)
OPERATION(command, IORING_OP_URING_CMD)
OPERATION(fallocate_file, IORING_OP_FALLOCATE)

static void (*const refused_copies[])(struct io_uring_sqe *sqe) = {
	foreign_read,	foreign_write, asynchronous_read, linked_read, open_file,
	connect_socket, send_data,     splice_data,	  message,     close_file,
	update_files,	command,       fallocate_file,
};

static void a_copying_ring_refuses(bool sqpoll)
{
	const struct loop_config config = { .watch = fx.fd,
					    .nwatch = 2,
					    .files = &fx.fd[2],
					    .nfiles = 1,
					    .batch = 4,
					    .sqpoll = sqpoll,
					    .sq_cpu = -1 };

	for (size_t i = 0; i < ARRAY_SIZE(refused_copies); i++) {
		int res;

		loop_destroy(&fx.loop);
		assert_int_equal(loop_create(&fx.loop, &config), 0);
		res = refused(refused_copies[i]);
		if (res != -EACCES)
			print_message("# operation %zu: %d\n", i, res);
		assert_int_equal(res, -EACCES);
	}
	assert_true(io_uring_unregister_files(&fx.loop.ring) < 0);
}

static void test_batch_refuses(void **state)
{
	(void)state;
	a_copying_ring_refuses(false);
}

static void test_sqpoll_refuses(void **state)
{
	(void)state;
	a_copying_ring_refuses(true);
}

/*
 * A kernel thread may complete all of a batch before it moves the queue's head past it: here one does not move it
 * at all, and the next batch has to fit in none the less.
 */
static void test_two_batches(void **state)
{
	struct loop_config config = { .watch = fx.fd,
				      .nwatch = 2,
				      .files = &fx.fd[2],
				      .nfiles = 1,
				      .sqpoll = true,
				      .sq_cpu = -1 };

	(void)state;
	for (config.batch = 1; config.batch < 5000; config.batch += 100 + config.batch / 3) {
		loop_destroy(&fx.loop);
		assert_int_equal(loop_create(&fx.loop, &config), 0);
		for (unsigned n = 0; n < 2; n++) {
			for (unsigned i = 0; i < config.batch; i++)
				loop_reserve(&fx.loop);
			fx.loop.queued = 0;
		}
		for (unsigned i = 0; i < 2 * config.nwatch; i++)
			assert_non_null(io_uring_get_sqe(&fx.loop.ring));
	}
}

static void test_bad_fd(void **state)
{
	unsigned fds = proc_fds();
	int wrong[2] = { fx.fd[0], 9999 };
	struct loop l;

	(void)state;
	assert_int_equal(create(&l, wrong, 2), -EBADF);
	loop_destroy(&l);
	assert_int_equal(proc_fds(), fds);
}

int main(void)
{
	static struct suite s = { .setup = set_up, .teardown = tear_down };
	char text[128];
	int err = loop_probe(text, sizeof(text));

	if (err == -EPERM || err == -EACCES || err == -ENOSYS) {
		printf("io_uring is not permitted here (%s); see sysctl kernel.io_uring_disabled\n",
		       strerror(-err));
		return 77;
	}
	suite_add(&s, "each of its eventfds wakes it, again and again", test_wakes, NULL);
	suite_add(&s, "a signal from before it watched wakes it", test_signalled_before_enable,
		  NULL);
	suite_add(&s, "it goes on after more events than its queue holds", test_overflow, NULL);
	suite_add(&s, "a wake-up taken in the middle of a batch is not lost",
		  test_wake_during_batch, NULL);
	suite_add(&s, "a batch is done when its operations are, not when polls fire",
		  test_batch_is_done, NULL);
	suite_add(&s, "it refuses any other operation", test_refuses_nop, NULL);
	suite_add(&s, "it refuses to write to its own files", test_refuses_write, NULL);
	suite_add(&s, "it refuses files that were not registered", test_refuses_other_files, NULL);
	suite_add(&s, "it refuses to change its registered files", test_refuses_registration, NULL);
	suite_add(&s, "one that copies takes only reads and writes of its files",
		  test_batch_refuses, NULL);
	suite_add(&s, "one with a kernel thread takes only the same", test_sqpoll_refuses, NULL);
	suite_add(&s, "two batches of a kernel thread have room", test_two_batches, NULL);
	suite_add(&s, "a descriptor that is none is refused without a trace", test_bad_fd, NULL);
	return suite_run(&s, "loop");
}
