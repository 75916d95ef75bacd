// SPDX-License-Identifier: BSD-2-Clause
// Standard output: did all of it get there?
#ifndef LIB_OUT_H
#define LIB_OUT_H

/*
 * Flushes it. `err`: what writing there has said before, or 0. 0: all is written, or nobody reads it any more,
 * which is nobody's mistake; else the -errno, -EIO where it is no longer known. Asked again it says 0.
 */
int out_settle(int err);

/* At the end of main(): `code`, or `failed` instead of 0 when something printed was lost (logged). */
int out_finish(int code, int failed);

#endif
