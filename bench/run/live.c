// SPDX-License-Identifier: BSD-2-Clause
// `tandem run`: a line a second on stdout, terminal or not.
#include "bench/run/live.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

static void print_latency(const struct hist *h)
{
	static const double quantiles[] = { 0.5, 0.9, 0.99 };

	fputs(" p50/90/99 ", stdout);
	for (unsigned i = 0; i < 3; i++) {
		fputs(i ? "/" : "", stdout);
		if (hist_has(h, quantiles[i]))
			printf("%.1f", hist_quantile(h, quantiles[i]) / 1e3);
		else
			putchar('-');
	}
	puts(" us");
}

void live_line(bool rr, uint32_t frame_bytes, const struct live_counts *from,
	       const struct live_counts *last, const struct live_counts *now,
	       const struct hist *notify)
{
	double s = (double)(now->ns - last->ns) / 1e9, per_s = s > 0 ? 1 / s : 0;
	uint64_t notified = now->notifications - last->notifications;

	printf("%4.0f s %10" PRIu64 " frames ", (double)(now->ns - from->ns) / 1e9,
	       now->frames - from->frames);
	if (rr)
		printf("%8.0f trips/s", (double)(now->rounds - last->rounds) * per_s);
	else
		printf("%7.2f Gb/s",
		       (double)(now->frames - last->frames) * frame_bytes * 8 / 1e9 * per_s);
	if (now->uncounted)
		printf(" %7s notif/s", "-");
	else
		printf(" %7.0f notif/s", (double)notified * per_s);
	print_latency(notify);
	/*
	 * Nobody looks any more: as if asked to end. musl's raise() makes a call that no filter
	 * allows.
	 */
	if (fflush(stdout))
		syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), SIGTERM);
}
