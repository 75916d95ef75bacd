// SPDX-License-Identifier: BSD-2-Clause
// Two results files side by side: which cells belong together, and how the new ones differ from the
// old.
#ifndef BENCH_SHOW_COMPARE_H
#define BENCH_SHOW_COMPARE_H

#include "bench/show/compare_types.h"

/*
 * Puts the cells that `select` picks on either side (words, as label_picks(); NULL: all) together
 * and notes what conditions differ. 0; -ENOENT: no cell is in both (logged, with what there is);
 * -ENOMEM (logged). The files must stay.
 */
int compare_files(struct compare *c, const struct results *old, const struct results *new,
		  const char *const select[COMPARE_SIDES]);

/* The same of all cells; where the files have none in common, of none. 0 or -ENOMEM (logged). */
int compare_common(struct compare *c, const struct results *old, const struct results *new);
void compare_free(struct compare *c);

/* Compares metric m of all cells: nothing is known of it before. 0 or -ENOMEM (logged). */
int compare_metric(struct compare *c, unsigned m);

/* "better", "worse", "~", "?", or "-" where a side has no value. */
const char *compare_verdict(const struct metric *m, const struct compare_metric *v);

#endif
