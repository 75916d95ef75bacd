// SPDX-License-Identifier: BSD-2-Clause
// `tandem run`: a line a second on stdout, terminal or not.
#include "bench/run/live.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>

void live_line(bool rr, uint32_t frame_bytes, const struct live_counts *from,
	       const struct live_counts *last, const struct live_counts *now)
{
	double s = (double)(now->ns - last->ns) / 1e9, per_s = s > 0 ? 1 / s : 0;

	printf("%6.0f s  %12" PRIu64 " frames  ", (double)(now->ns - from->ns) / 1e9,
	       now->frames - from->frames);
	if (rr)
		printf("%8.0f trips/s", (double)(now->rounds - last->rounds) * per_s);
	else
		printf("%8.2f Gb/s",
		       (double)(now->frames - last->frames) * frame_bytes * 8 / 1e9 * per_s);
	printf("  %10.0f notifications/s\n",
	       (double)(now->notifications - last->notifications) * per_s);
	/* Nobody looks any more: as if asked to end. */
	if (fflush(stdout))
		raise(SIGTERM);
}
