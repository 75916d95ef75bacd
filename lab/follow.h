// SPDX-License-Identifier: BSD-2-Clause
// Follows the result channel of one boot: facts, output of the command, its result file.
#ifndef LAB_FOLLOW_H
#define LAB_FOLLOW_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "lab/outcome.h"
#include "lab/progress.h"
#include "lab/rec.h"

struct lab_follow {
	const struct lab_boot *boot;
	struct lab_outcome *out;
	struct lab_progress progress;
	struct lab_reader reader;
	uint64_t start_ns;
	int fd;	    /* the result channel's file */
	bool live;  /* show stdout of the command as it comes */
	FILE *held; /* or keep it until the run is known to be good */
	char *held_text;
	size_t held_len;
	FILE *file;   /* its result file */
	FILE *events; /* its trace.dat */
};

/* Starts with an empty channel. 0, or -errno after a message. lab_follow_close() accepts either. */
int lab_follow_open(struct lab_follow *f, const struct lab_boot *b, struct lab_outcome *o);

/* Takes what the channel has more than before, and shows it. 0, or -EBADMSG. */
int lab_follow_more(struct lab_follow *f);

/* Seconds since the start. */
double lab_follow_elapsed(const struct lab_follow *f);

/*
 * With err 0 the output that was held back goes out. Else it is half of one, which nobody must take
 * for a whole: it goes to stderr. Returns err, or what went wrong here after a message.
 */
int lab_follow_close(struct lab_follow *f, int err);

#endif
