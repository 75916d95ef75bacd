// SPDX-License-Identifier: BSD-2-Clause
// A line that is kept up to date while something runs; nothing when stderr is not a terminal.
#ifndef BENCH_PROGRESS_H
#define BENCH_PROGRESS_H

#include <stdint.h>

struct progress_sample {
	const char *label;  /* "stream" */
	const char *detail; /* "deferred" */
	double elapsed_s;
	double total_s;	   /* 0: no end */
	uint64_t frames;   /* since the pair was booted */
	double interval_s; /* since the last line */
	uint64_t interval_frames;
	uint64_t interval_notifications;
	uint32_t frame_bytes;
};

void progress_line(const struct progress_sample *s);
void progress_clear(void);

/* `tandem run`: a line a second on stdout, terminal or not. */
void progress_live(const struct progress_sample *s);

#endif
