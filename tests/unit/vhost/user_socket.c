// SPDX-License-Identifier: BSD-2-Clause
// The socket of a vhost-user back end: whose path it is, and whole messages however they come.
#include "vhost/user_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/fd.h"
#include "lib/thread.h"
#include "tests/common/proc.h"
#include "tests/common/suite.h"

static char dir[64], path[96];
static int ours, theirs, stop; /* a connection, and what ends a wait */
static unsigned fds_before;

static int set_up(void **state)
{
	int pair[2];

	(void)state;
	suite_watch(40);
	snprintf(dir, sizeof(dir), "/tmp/tandem-socket.XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/s", dir);
	fds_before = proc_fds();
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair),
			 0);
	ours = pair[0];
	theirs = pair[1];
	stop = fd_eventfd();
	return 0;
}

/* Nothing is left open, and nothing is left in the directory. */
static int tear_down(void **state)
{
	(void)state;
	fd_close(&ours);
	fd_close(&theirs);
	fd_close(&stop);
	assert_int_equal(proc_fds(), fds_before);
	unlink(path);
	assert_int_equal(rmdir(dir), 0);
	return 0;
}

/* ---- the path ---- */

static mode_t mode_of_path(void)
{
	struct stat st;

	return lstat(path, &st) ? 0 : st.st_mode;
}

static void it_is_a_socket_for_its_owner_alone(void **state)
{
	mode_t mask = umask(0);
	struct user_listener l;

	(void)state;
	assert_int_equal(user_listener_open(&l, path), 0);
	umask(mask);
	assert_int_equal(mode_of_path(), S_IFSOCK | 0600);
	user_listener_close(&l);
	assert_int_equal(mode_of_path(), 0);
}

static void a_live_owner_keeps_it(void **state)
{
	struct user_listener first, second;

	(void)state;
	assert_int_equal(user_listener_open(&first, path), 0);
	assert_int_equal(user_listener_open(&second, path), -EADDRINUSE);
	user_listener_close(&second);
	assert_int_equal(mode_of_path(), S_IFSOCK | 0600);
	user_listener_close(&first);
}

static void what_a_killed_owner_left_is_replaced(void **state)
{
	struct user_listener l;
	pid_t pid = fork();

	(void)state;
	if (!pid)
		_exit(user_listener_open(&l, path) ? 1 : 0); /* without closing it */
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(mode_of_path(), S_IFSOCK | 0600);
	assert_int_equal(user_listener_open(&l, path), 0);
	user_listener_close(&l);
}

static void another_file_of_that_name_stays(void **state)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0640);
	struct user_listener l;

	(void)state;
	assert_true(fd >= 0);
	fd_close(&fd);
	assert_int_equal(user_listener_open(&l, path), -EADDRINUSE);
	assert_true(S_ISREG(mode_of_path()));
}

static void a_link_to_a_stale_socket_stays(void **state)
{
	char target[128];
	struct user_listener l;

	(void)state;
	snprintf(target, sizeof(target), "%s-not-there", path);
	assert_int_equal(symlink(target, path), 0);
	assert_int_equal(user_listener_open(&l, path), -EADDRINUSE);
	assert_true(S_ISLNK(mode_of_path()));
}

static void a_path_that_others_took_meanwhile_is_not_removed(void **state)
{
	struct user_listener first, second;

	(void)state;
	assert_int_equal(user_listener_open(&first, path), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(user_listener_open(&second, path), 0);
	user_listener_close(&first);
	assert_int_equal(mode_of_path(), S_IFSOCK | 0600);
	user_listener_close(&second);
}

static void a_directory_that_is_not_there(void **state)
{
	struct user_listener l;

	(void)state;
	assert_int_equal(user_listener_open(&l, "/nonexistent/s"), -ENOENT);
	user_listener_close(&l);
}

static void a_path_too_long_for_an_address(void **state)
{
	char longer[256];
	struct user_listener l;

	(void)state;
	memset(longer, 'x', sizeof(longer));
	longer[sizeof(longer) - 1] = 0;
	assert_int_equal(user_listener_open(&l, longer), -ENAMETOOLONG);
	user_listener_close(&l);
	assert_int_equal(user_socket_connect(longer, stop), -ENAMETOOLONG);
}

/* Of many that begin at once on a stale path exactly one has it. */
#define RIVALS 8

static void one_of_many_gets_it(void **state)
{
	int go[2], done[2], won = 0;
	char c;

	(void)state;
	what_a_killed_owner_left_is_replaced(state);
	assert_int_equal(pipe2(go, O_CLOEXEC), 0);
	assert_int_equal(pipe2(done, O_CLOEXEC), 0);
	for (int i = 0; i < RIVALS; i++)
		if (!fork()) {
			struct user_listener l;

			close(go[1]);
			fd_close(&done[0]);
			c = user_listener_open(&l, path) ? 'n' : 'y';
			if (write(done[1], &c, 1) != 1 || read(go[0], &c, 1) != 0)
				_exit(1);
			_exit(0);
		}
	for (int i = 0; i < RIVALS; i++) {
		assert_int_equal(read(done[0], &c, 1), 1);
		won += c == 'y';
	}
	fd_close(&go[1]); /* they end when all have said */
	while (wait(NULL) > 0)
		;
	fd_close(&go[0]);
	fd_close(&done[0]);
	fd_close(&done[1]);
	assert_int_equal(won, 1);
}

/* ---- connections ---- */

static void whoever_connects_is_accepted(void **state)
{
	struct user_listener l;
	int client, server;

	(void)state;
	assert_int_equal(user_listener_open(&l, path), 0);
	client = user_socket_connect(path, stop);
	assert_true(client >= 0);
	server = user_socket_accept(&l, stop);
	assert_true(server >= 0);
	fd_close(&client);
	fd_close(&server);
	user_listener_close(&l);
}

static void an_end_is_heeded_while_nobody_comes(void **state)
{
	struct user_listener l;

	(void)state;
	assert_int_equal(user_listener_open(&l, path), 0);
	fd_signal(stop);
	assert_int_equal(user_socket_accept(&l, stop), -ECANCELED);
	user_listener_close(&l);
	assert_int_equal(user_socket_connect(path, stop), -ECANCELED);
}

struct late {
	struct user_listener l;
	int err;
};

static void listen_late(void *arg)
{
	struct late *late = arg;

	usleep(300000);
	late->err = user_listener_open(&late->l, path);
}

static void a_front_end_that_listens_later_is_found(void **state)
{
	struct thread t = { 0 };
	struct late late = { .err = -1 };
	int fd;

	(void)state;
	assert_int_equal(thread_start(&t, "late", NULL, listen_late, &late), 0);
	fd = user_socket_connect(path, stop);
	thread_join(&t);
	assert_int_equal(late.err, 0);
	assert_true(fd >= 0);
	fd_close(&fd);
	user_listener_close(&late.l);
}

/* ---- messages ---- */

static void give(const void *bytes, size_t n)
{
	assert_int_equal(write(theirs, bytes, n), n);
}

static void give_fds(const void *bytes, size_t n, unsigned nfds)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(int) * 32)];
	} control = { 0 };
	struct iovec iov = { (void *)bytes, n };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = CMSG_SPACE(sizeof(int) * nfds) };
	int fds[32];

	for (unsigned i = 0; i < nfds; i++)
		fds[i] = stop;
	control.align.cmsg_len = CMSG_LEN(sizeof(int) * nfds);
	control.align.cmsg_level = SOL_SOCKET;
	control.align.cmsg_type = SCM_RIGHTS;
	memcpy(CMSG_DATA(&control.align), fds, sizeof(int) * nfds);
	assert_int_equal(sendmsg(theirs, &msg, 0), n);
}

static const struct {
	struct user_header h;
	uint64_t value;
} set_features = { { USER_SET_FEATURES, USER_VERSION, 8 }, 0x123456789abcdefull };

#define SET_FEATURES_BYTES (sizeof(struct user_header) + 8)

/* As it lies in a socket, without the compiler's gap. */
static const uint8_t *wire(void)
{
	static uint8_t bytes[SET_FEATURES_BYTES];

	memcpy(bytes, &set_features.h, sizeof(set_features.h));
	memcpy(bytes + sizeof(set_features.h), &set_features.value, 8);
	return bytes;
}

static void assert_whole(struct user_message *m)
{
	assert_int_equal(m->h.request, USER_SET_FEATURES);
	assert_int_equal(m->p.u64, set_features.value);
}

static void a_message_comes_whole(void **state)
{
	struct user_message m;

	(void)state;
	give(wire(), SET_FEATURES_BYTES);
	assert_int_equal(user_socket_receive(ours, stop, &m), 1);
	assert_whole(&m);
	assert_int_equal(m.nfds, 0);
}

static void dribble(void *arg)
{
	(void)arg;
	for (size_t i = 0; i < SET_FEATURES_BYTES; i++) {
		if (write(theirs, wire() + i, 1) != 1)
			return;
		usleep(1000);
	}
}

static void a_message_that_comes_byte_by_byte(void **state)
{
	struct thread t = { 0 };
	struct user_message m;

	(void)state;
	assert_int_equal(thread_start(&t, "dribble", NULL, dribble, NULL), 0);
	assert_int_equal(user_socket_receive(ours, stop, &m), 1);
	thread_join(&t);
	assert_whole(&m);
}

static void two_messages_at_once_are_two(void **state)
{
	struct user_message m;

	(void)state;
	give(wire(), SET_FEATURES_BYTES);
	give(wire(), SET_FEATURES_BYTES);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(user_socket_receive(ours, stop, &m), 1);
		assert_whole(&m);
	}
}

static void descriptors_come_along(void **state)
{
	struct user_message m;

	(void)state;
	give_fds(wire(), SET_FEATURES_BYTES, 3);
	assert_int_equal(user_socket_receive(ours, stop, &m), 1);
	assert_int_equal(m.nfds, 3);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(fcntl(m.fds[i], F_GETFD), FD_CLOEXEC);
		fd_close(&m.fds[i]);
	}
}

/* What does not fit is closed by the kernel or by us: the teardown counts. */
static void more_descriptors_than_any_message_has(void **state)
{
	struct user_message m;

	(void)state;
	give_fds(wire(), 6, 20);
	give_fds(wire() + 6, SET_FEATURES_BYTES - 6, 20);
	assert_int_equal(user_socket_receive(ours, stop, &m), 1);
	assert_whole(&m);
	assert_int_equal(m.nfds, USER_FDS_MAX);
	for (unsigned i = 0; i < m.nfds; i++)
		fd_close(&m.fds[i]);
}

static void a_connection_that_ends_between_messages(void **state)
{
	struct user_message m;

	(void)state;
	fd_close(&theirs);
	assert_int_equal(user_socket_receive(ours, stop, &m), 0);
}

static void a_message_cut_short(void **state)
{
	struct user_message m;
	size_t cut = (size_t)(uintptr_t)*state;

	give_fds(wire(), cut, 2);
	fd_close(&theirs);
	assert_int_equal(user_socket_receive(ours, stop, &m), -EPROTO);
	assert_int_equal(m.nfds, 0);
}

static void a_payload_longer_than_any(void **state)
{
	struct user_header h = { USER_SET_FEATURES, USER_VERSION, USER_PAYLOAD_MAX + 1 };
	struct user_message m;

	(void)state;
	give(&h, sizeof(h));
	assert_int_equal(user_socket_receive(ours, stop, &m), -EPROTO);
}

static void an_end_is_heeded_within_a_message(void **state)
{
	struct user_message m;

	(void)state;
	give_fds(wire(), 5, 1);
	fd_signal(stop);
	assert_int_equal(user_socket_receive(ours, stop, &m), -ECANCELED);
}

/* ---- answers ---- */

static const struct user_message answer = {
	.h = { USER_GET_FEATURES, USER_VERSION | USER_REPLY, 8 }, .p.u64 = 77
};

static void an_answer_goes_as_one(void **state)
{
	uint8_t got[64];

	(void)state;
	assert_int_equal(user_socket_send(ours, stop, &answer), 0);
	assert_int_equal(read(theirs, got, sizeof(got)), SET_FEATURES_BYTES);
	assert_memory_equal(got, &answer.h, sizeof(answer.h));
	assert_memory_equal(got + sizeof(answer.h), &answer.p.u64, 8);
}

static void flood(void *arg)
{
	int *err = arg;

	while (!(*err = user_socket_send(ours, stop, &answer)))
		;
}

/* Its socket fills up: the sender waits, and ends when told. */
static void a_front_end_that_never_reads(void **state)
{
	struct thread t = { 0 };
	int err = 0;

	(void)state;
	assert_int_equal(thread_start(&t, "flood", NULL, flood, &err), 0);
	usleep(100000);
	fd_signal(stop);
	thread_join(&t);
	assert_int_equal(err, -ECANCELED);
}

static void a_front_end_that_is_gone_gets_no_signal_for_us(void **state)
{
	(void)state;
	fd_close(&theirs);
	assert_int_equal(user_socket_send(ours, stop, &answer), -EPIPE);
}

int main(void)
{
	static struct suite s;
	static const size_t cuts[] = { 1, sizeof(struct user_header) - 1,
				       sizeof(struct user_header), SET_FEATURES_BYTES - 1 };

	s.setup = set_up;
	s.teardown = tear_down;
	suite_add(&s, "its owner alone may connect, whatever the umask",
		  it_is_a_socket_for_its_owner_alone, NULL);
	suite_add(&s, "a live owner keeps it", a_live_owner_keeps_it, NULL);
	suite_add(&s, "what a killed owner left is replaced", what_a_killed_owner_left_is_replaced,
		  NULL);
	suite_add(&s, "another file of that name stays", another_file_of_that_name_stays, NULL);
	suite_add(&s, "a link stays", a_link_to_a_stale_socket_stays, NULL);
	suite_add(&s, "a path that others took meanwhile is not removed",
		  a_path_that_others_took_meanwhile_is_not_removed, NULL);
	suite_add(&s, "a directory that is not there", a_directory_that_is_not_there, NULL);
	suite_add(&s, "a path too long for an address", a_path_too_long_for_an_address, NULL);
	suite_add(&s, "one of many that start at once gets it", one_of_many_gets_it, NULL);
	suite_add(&s, "whoever connects is accepted", whoever_connects_is_accepted, NULL);
	suite_add(&s, "an end is heeded while nobody comes", an_end_is_heeded_while_nobody_comes,
		  NULL);
	suite_add(&s, "a front end that listens later is found",
		  a_front_end_that_listens_later_is_found, NULL);
	suite_add(&s, "a message comes whole", a_message_comes_whole, NULL);
	suite_add(&s, "a message that comes byte by byte", a_message_that_comes_byte_by_byte, NULL);
	suite_add(&s, "two messages at once are two", two_messages_at_once_are_two, NULL);
	suite_add(&s, "descriptors come along, closed on exec", descriptors_come_along, NULL);
	suite_add(&s, "more descriptors than any message has",
		  more_descriptors_than_any_message_has, NULL);
	suite_add(&s, "a connection that ends between messages",
		  a_connection_that_ends_between_messages, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(cuts); i++)
		suite_add(&s, "a message cut short, its descriptors closed", a_message_cut_short,
			  (void *)(uintptr_t)cuts[i]);
	suite_add(&s, "a payload longer than any", a_payload_longer_than_any, NULL);
	suite_add(&s, "an end is heeded within a message", an_end_is_heeded_within_a_message, NULL);
	suite_add(&s, "an answer goes as one", an_answer_goes_as_one, NULL);
	suite_add(&s, "a front end that never reads its answers", a_front_end_that_never_reads,
		  NULL);
	suite_add(&s, "a front end that is gone is an error, not a signal",
		  a_front_end_that_is_gone_gets_no_signal_for_us, NULL);
	return suite_run(&s, "user_socket");
}
