// SPDX-License-Identifier: BSD-2-Clause
// Connects two vhost-user front ends with libtandem-vhost, until Ctrl-C:
//   cc connect.c $(pkg-config --cflags --libs tandem-vhost) -o connect
//   ./connect a.sock b.sock
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <tandem_vhost.h>
#include <time.h>

static void print(const struct tandem_vhost *v)
{
	for (unsigned side = 0; side < TANDEM_VHOST_SIDES; side++) {
		struct tandem_vhost_side s = tandem_vhost_side(v, side);

		printf("%c: %s, sent %" PRIu64 " frames, notified %" PRIu64 " times%s", 'a' + side,
		       s.rings ? "up" : "down", s.frames, s.notifications, side ? "\n" : "; ");
	}
	fflush(stdout);
}

static int serve(struct tandem_vhost *v, const sigset_t *ends)
{
	const struct timespec second = { .tv_sec = 1 };
	int err = tandem_vhost_start(v);

	if (err)
		return err;
	puts("ready");
	do
		print(v);
	while (sigtimedwait(ends, NULL, &second) < 0);
	print(v);
	return 0;
}

int main(int argc, char **argv)
{
	struct tandem_vhost_config config = { .notify = "direct", .busy_poll_us = 50 };
	struct tandem_vhost *v;
	sigset_t ends;
	int err;

	if (argc != 3) {
		fputs("usage: connect SOCKET_A SOCKET_B\n", stderr);
		return 2;
	}
	config.socket[0] = argv[1];
	config.socket[1] = argv[2];
	sigemptyset(&ends);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	sigprocmask(SIG_BLOCK, &ends, NULL); /* before there are threads, which inherit it */
	err = tandem_vhost_outlive_cuts();
	if (!err)
		err = tandem_vhost_create(&v, &config);
	if (!err) {
		err = serve(v, &ends);
		tandem_vhost_destroy(v);
	}
	return err ? 1 : 0;
}
