// SPDX-License-Identifier: BSD-2-Clause
// The result files that come back from inside: what the lab adds, several boots made one.
#ifndef LAB_RESULT_H
#define LAB_RESULT_H

#include <stdio.h>

#include "lab/boot.h"

struct lab_results {
	struct json_t *all; /* NULL until the first */
	unsigned boots;
};

/*
 * Takes the result file of one boot: adds "lab" to its "host" and to each of its results, and
 * joins it with those before. 0, or -EBADMSG after a message.
 */
int lab_results_add(struct lab_results *r, const struct lab_boot *b, const struct lab_outcome *o,
		    const char *qemu_version);

/* What several boots say together, where slices were varied: the dose tables and their verdicts. */
void lab_results_print(const struct lab_results *r, FILE *to);

/*
 * Writes them to `path` ("-": stdout), whole or not at all. 0, or -errno after a message. Without
 * any: nothing.
 */
int lab_results_write(const struct lab_results *r, const char *path);
void lab_results_free(struct lab_results *r);

#endif
