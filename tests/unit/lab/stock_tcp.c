// SPDX-License-Identifier: BSD-2-Clause
// Both guests' halves of bench tcp, as two processes in a network namespace of their own: what they
// print is what the host takes.
#include <arpa/inet.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/tcp/tcp.h"
#include "lab/stock_tcp.h"
#include "tests/common/suite.h"

#define LOST 70 /* no namespace */

/* Guest b's address is here, too. */
static bool enter_namespace(void)
{
	struct ifreq r = { .ifr_name = "lo" };
	struct sockaddr_in b = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0x0a000002) };
	int fd;

	if (unshare(CLONE_NEWNET) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
		return false;
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	memcpy(&r.ifr_addr, &b, sizeof(b));
	if (fd < 0 || ioctl(fd, SIOCSIFADDR, &r) < 0)
		return false;
	r.ifr_flags = IFF_UP | IFF_RUNNING;
	return ioctl(fd, SIOCSIFFLAGS, &r) == 0;
}

/* As its process 1 does it, its console a pipe. */
static pid_t start(int guest, const struct tcp_work *work, int console)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	dup2(console, STDOUT_FILENO);
	exit(stock_tcp_run(guest, work) ? 1 : 0);
}

static void take_all(struct said *said, unsigned side, FILE *console)
{
	enum said_phase phase;
	char line[256];

	while (fgets(line, sizeof(line), console)) {
		line[strcspn(line, "\n")] = '\0';
		if (said_take(said, side, line, &phase) == SAID_NONSENSE)
			fail_msg("guest %c: %s", 'a' + (int)side, line);
	}
}

/* In a process of its own, which has the namespace. 0, LOST, or 1. */
static int run_both(const struct tcp_work *work, int consoles[SIDES][2])
{
	int ended[SIDES];
	pid_t pid[SIDES];

	if (!enter_namespace())
		return LOST;
	for (unsigned i = 0; i < SIDES; i++)
		pid[i] = start('a' + (int)i, work, consoles[i][1]);
	for (unsigned i = 0; i < SIDES; i++)
		waitpid(pid[i], &ended[i], 0);
	return ended[SIDE_A] || ended[SIDE_B];
}

static void run(const struct tcp_work *work, struct said *said)
{
	int consoles[SIDES][2], status;
	pid_t pid;

	for (unsigned i = 0; i < SIDES; i++)
		assert_int_equal(pipe(consoles[i]), 0);
	fflush(NULL);
	pid = fork();
	if (!pid)
		_exit(run_both(work, consoles));
	for (unsigned i = 0; i < SIDES; i++) {
		FILE *f = fdopen(consoles[i][0], "r");

		close(consoles[i][1]);
		take_all(said, i, f);
		fclose(f);
	}
	waitpid(pid, &status, 0);
	if (WEXITSTATUS(status) == LOST) {
		print_message("# no network namespace to be had\n");
		skip();
	}
	assert_int_equal(status, 0);
}

static void check(const struct tcp_work *work)
{
	/* Loopback counts neither frames nor interrupts. */
	const struct said_bounds bounds = { .asked_ns = work->duration_ms * 1000000ull,
					    .lived_ns = 600000000000 };
	static struct said said;
	char why[SAID_TEXT];

	memset(&said, 0, sizeof(said));
	run(work, &said);
	assert_true(said_all(&said));
	if (!said_agrees(&said, &bounds, why))
		fail_msg("%s", why);
	assert_true(said.value[SIDE_A][SAID_STREAM_BYTES] > 0);
	assert_true(said.value[SIDE_B][SAID_RECEIVED] >= said.value[SIDE_A][SAID_STREAM_BYTES]);
	assert_true(said.value[SIDE_A][SAID_RR_TRIPS] > 0);
	assert_true(said.value[SIDE_A][SAID_RTT_SAMPLES] > 0);
	assert_true(said.value[SIDE_A][SAID_TRIP_MAX_NS] > 0);
}

static void one_stream(void **state)
{
	(void)state;
	check(&(struct tcp_work){ 1, 65536, 10, 100 });
}

/*
 * Pieces that end anywhere in the pattern. Over loopback every writer and reader always has
 * something to do. A writer holds its socket, so a look at one takes longer the more there are: on
 * emulated CPUs 16 streams make a window of 0.1 s one of 7 s, and 64 take minutes.
 */
static void many_streams(void **state)
{
	const struct tcp_work work = { (unsigned)suite_scaled(TCP_STREAMS_MAX, 8), 1001, 10, 100 };

	(void)state;
	check(&work);
}

static void large_writes(void **state)
{
	(void)state;
	check(&(struct tcp_work){ 2, TCP_SIZE_MAX, 0, 100 });
}

int main(void)
{
	static struct suite s;

	suite_add(&s, "one stream", one_stream, NULL);
	suite_add(&s, "many streams", many_streams, NULL);
	suite_add(&s, "large writes", large_writes, NULL);
	return suite_run(&s, "stock_tcp");
}
