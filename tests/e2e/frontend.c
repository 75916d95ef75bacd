// SPDX-License-Identifier: BSD-2-Clause
// Front ends of vhost-user for backend.sh: frontend ping|pairs A B N | beyond PATH RING |
// hold|flood|cut|unshared|silent PATH.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/fd.h"
#include "tests/common/front.h"
#include "tests/common/suite.h"

#define SECOND 1000000000ll

static int complain(const char *what, int err)
{
	fprintf(stderr, "frontend: %s: %s\n", what, err < 0 ? strerror(-err) : "refused");
	return 1;
}

static int attach(struct front *f, unsigned side, const char *path)
{
	int err;

	front_create(f, (1 + side) * 0x40000000ull, 256);
	err = front_attach(f, path);
	return err ? complain(path, err) : 0;
}

/* Frame after frame, each waited for: every one needs a kick and a call. */
static int pass(struct front *from, struct front *to, uint64_t seq)
{
	uint64_t got;

	if (!front_send_frame(from, seq, 64 + seq % 1400))
		return complain("no descriptor is free", -EBUSY);
	if (front_take_frame(to, &got, (int64_t)suite_patience(10 * SECOND)) != 1 || got != seq)
		return complain("a frame did not come", -ETIMEDOUT);
	return 0;
}

static int ping(char **paths, uint64_t n)
{
	struct front f[2];
	int err = attach(&f[0], 0, paths[0]);

	if (!err)
		err = attach(&f[1], 1, paths[1]);
	for (uint64_t seq = 0; seq < n && !err; seq++) {
		err = pass(&f[0], &f[1], seq);
		if (!err)
			err = pass(&f[1], &f[0], seq);
	}
	if (!err)
		printf("%llu frames each way\n", (unsigned long long)n);
	return err;
}

/* The same by two pairs of queues of each: N frames by each pair. */
static int ping_pairs(char **paths, uint64_t n)
{
	struct front f[2], second[2];
	int err = 0;

	for (unsigned i = 0; i < 2 && !err; i++) {
		err = attach(&f[i], i, paths[i]);
		if (err)
			return err;
		front_create(&second[i], (5 + i) * 0x40000000ull, 256);
		err = front_join(&second[i], &f[i], 1);
		if (err)
			return complain("another pair of queues", err);
	}
	for (uint64_t seq = 0; seq < n && !err; seq++)
		for (unsigned from = 0; from < 2 && !err; from++)
			err = pass(&f[from], &f[1 - from], seq) ||
			      pass(&second[from], &second[1 - from], seq);
	return err;
}

/* Speaks of a ring that it must not have; 0: the backend hangs up. */
static int go_beyond(const char *path, uint32_t ring)
{
	struct user_vring_state s = { ring, 256 };
	union user_payload p;
	struct front f;
	int err = attach(&f, 0, path);

	if (err)
		return err;
	err = front_send(&f, USER_SET_VRING_NUM, USER_VERSION, &s, sizeof(s), -1);
	if (err)
		return complain(path, err);
	return front_receive(&f, &p) ? complain("no end of the connection", -EPROTO) : 0;
}

/* Its memory goes while the backend has it mapped; the backend hangs up. */
static int cut(const char *path)
{
	union user_payload p;
	struct front f;
	int err;

	front_create(&f, 0x40000000ull, 256);
	front_soften(&f);
	err = front_attach(&f, path);
	if (err)
		return complain(path, err);
	front_cut(&f);
	fd_signal(f.kick[NET_TX]);
	return front_receive(&f, &p) ? complain("no end of the connection", -EPROTO) : 0;
}

/* Its memory is not shared; it kicks, a kick at a time, until it is killed. */
static int hide(const char *path)
{
	struct front f;
	int err;

	front_create(&f, 0x40000000ull, 256);
	front_hide(&f);
	err = front_attach(&f, path);
	if (err)
		return complain(path, err);
	puts("attached");
	fflush(stdout);
	for (;;) {
		fd_signal(f.kick[NET_TX]);
		usleep(10000);
	}
}

/* Connects and says nothing. */
static int be_silent(const char *path)
{
	struct front f;
	int err;

	front_create(&f, 0x40000000ull, 256);
	err = front_connect(&f, path);
	if (err)
		return complain(path, err);
	puts("attached");
	fflush(stdout);
	return pause();
}

/* Until it is killed. */
static int stay(const char *path, bool flood)
{
	struct front f;
	int err = attach(&f, 0, path);

	if (err)
		return err;
	puts("attached");
	fflush(stdout);
	while (flood)
		front_send_frame(&f, 1, 1000);
	pause();
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 5 && !strcmp(argv[1], "ping"))
		return ping(argv + 2, strtoull(argv[4], NULL, 10));
	if (argc == 5 && !strcmp(argv[1], "pairs"))
		return ping_pairs(argv + 2, strtoull(argv[4], NULL, 10));
	if (argc == 4 && !strcmp(argv[1], "beyond"))
		return go_beyond(argv[2], (uint32_t)strtoul(argv[3], NULL, 10));
	if (argc == 3 && !strcmp(argv[1], "hold"))
		return stay(argv[2], false);
	if (argc == 3 && !strcmp(argv[1], "flood"))
		return stay(argv[2], true);
	if (argc == 3 && !strcmp(argv[1], "cut"))
		return cut(argv[2]);
	if (argc == 3 && !strcmp(argv[1], "unshared"))
		return hide(argv[2]);
	if (argc == 3 && !strcmp(argv[1], "silent"))
		return be_silent(argv[2]);
	fputs("usage: frontend ping|pairs A B N | beyond PATH RING | "
	      "hold|flood|cut|unshared|silent PATH\n",
	      stderr);
	return 2;
}
