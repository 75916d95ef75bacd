// SPDX-License-Identifier: BSD-2-Clause
// A line that is kept up to date while something runs.
#include "bench/progress.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

void progress_line(const struct progress_sample *s)
{
	if (!isatty(STDERR_FILENO))
		return;
	fprintf(stderr, "\r\033[K%s %s  %.1f of %.0f s  %" PRIu64 " frames", s->label, s->detail,
		s->elapsed_s, s->total_s, s->frames);
	fflush(stderr);
}

void progress_clear(void)
{
	if (!isatty(STDERR_FILENO))
		return;
	fputs("\r\033[K", stderr);
	fflush(stderr);
}

void progress_live(const struct progress_sample *s)
{
	double per_s = s->interval_s > 0 ? 1 / s->interval_s : 0;

	printf("%6.0f s  %12" PRIu64 " frames  %8.2f Gb/s  %10.0f notifications/s\n", s->elapsed_s,
	       s->frames, (double)s->interval_frames * s->frame_bytes * 8 / 1e9 * per_s,
	       (double)s->interval_notifications * per_s);
	/* Nobody looks any more: as if asked to end. */
	if (fflush(stdout))
		raise(SIGTERM);
}
