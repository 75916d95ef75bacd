// SPDX-License-Identifier: BSD-2-Clause
// Several boots of one kernel made one set of results: a boot counts as one value.
#ifndef LAB_BOOTS_H
#define LAB_BOOTS_H

#include <jansson.h>

#include "lab/result.h"

/*
 * Of the results of several boots, one for each cell (by mode and label) whose samples are the
 * boots' medians: values of one boot are not independent of each other. A boot in which a cell
 * failed has no value there; *failed counts these. A new document, or NULL (no memory, or no boot
 * had a result).
 */
json_t *lab_boots_merge(const struct lab_results *r, unsigned *failed);

#endif
