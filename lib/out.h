// SPDX-License-Identifier: BSD-2-Clause
// Standard output: did all of it get there?
#ifndef LIB_OUT_H
#define LIB_OUT_H

#include <stdio.h>

/*
 * Flushes it. `err`: what writing there has said before, or 0. 0: all is written, or nobody reads
 * it any more, which is nobody's mistake; else the -errno, -EIO where it is no longer known. Asked
 * again it says 0.
 */
int out_settle(int err);

struct out_text {
	FILE *to; /* takes what is to be written; NULL: no memory */
	char *text;
	size_t len;
};

/*
 * A text that is made whole before it is written, for a stream does not keep why it failed.
 * out_write() writes it to `to`, flushes, and lets go of it: 0 or -errno.
 */
int out_open(struct out_text *t);
int out_write(struct out_text *t, FILE *to);

/*
 * At the end of main(): `code`, or `failed` instead of 0 when something printed was lost (logged).
 */
int out_finish(int code, int failed);

#endif
