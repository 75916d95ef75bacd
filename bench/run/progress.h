// SPDX-License-Identifier: BSD-2-Clause
// How far a benchmark is: a line that is kept up to date on a terminal, else one at the start; on
// stderr.
#ifndef BENCH_RUN_PROGRESS_H
#define BENCH_RUN_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

/* Among all that a benchmark does. */
struct progress_place {
	unsigned nth, of; /* of 0: there is nothing else */
	bool runs;	  /* cells are measured more than once */
	double after_s;	  /* what comes behind it takes about so long */
};

struct progress_sample {
	const char *label;  /* "stream" */
	const char *detail; /* "deferred" */
	struct progress_place place;
	double elapsed_s; /* 0: has only begun */
	double total_s;	  /* 0: no end */
	uint64_t frames;  /* since the pair was booted */
};

/*
 * Before the first of `cells`, each measured `rounds` times, where stderr is no terminal and it
 * takes long enough for anyone to wonder.
 */
void progress_begin(unsigned cells, unsigned rounds, double seconds);

void progress_line(const struct progress_sample *s);
void progress_clear(void);

#endif
