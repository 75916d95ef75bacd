// SPDX-License-Identifier: BSD-2-Clause
// One of the scheduler's files in debugfs: what it says, and writing another value to it.
#ifndef BENCH_HOST_KNOB_H
#define BENCH_HOST_KNOB_H

#include <stdbool.h>

#define KNOB_BYTES 16u

struct knob {
	const char *option; /* that wants it, for messages: "--preempt" */
	const char *path;
	const char *ending;	   /* of what is written: "" or "\n" */
	char original[KNOB_BYTES]; /* to be put back */
	bool open;
	bool changed;
};

/* Can it be written, and what does it say? 0 or -errno; nothing is said. */
int knob_open(struct knob *k, const char *option, const char *path, const char *ending);

/*
 * What is on now: the word in parentheses ("none (full)"), else the first one ("2800000"). 0 or
 * -errno.
 */
int knob_read(const struct knob *k, char value[KNOB_BYTES]);

/* Does the file's text have this word? Writes all of them, with commas between, to `offered`. */
bool knob_offers(const struct knob *k, const char *word, char *offered, unsigned bytes);

/* Writes it, and waits until the file says so. 0, -ETIMEDOUT, or -errno. */
int knob_write(const struct knob *k, const char *value);

#endif
