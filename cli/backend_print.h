// SPDX-License-Identifier: BSD-2-Clause
// What `tandem backend` prints: a line a second, and what each side did.
#ifndef CLI_BACKEND_PRINT_H
#define CLI_BACKEND_PRINT_H

#include <stdio.h>

#include "vhost/doors.h"

/*
 * Control thread: counters since the start and rates since `last`, `passed_s` seconds ago, to `to`.
 * False: nobody reads it.
 */
bool backend_print_line(FILE *to, const struct doors *d, const struct backend_stats *last,
			const struct backend_stats *now, double at_s, double passed_s);

/* Control thread: a line for each side, at the end. */
void backend_print_sides(FILE *to, const struct doors *d, const struct backend_stats *s);

#endif
