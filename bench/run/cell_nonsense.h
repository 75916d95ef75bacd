// SPDX-License-Identifier: BSD-2-Clause
// Can this be the result of a cell? The process that wrote it ran guests, and is not trusted.
#ifndef BENCH_RUN_CELL_NONSENSE_H
#define BENCH_RUN_CELL_NONSENSE_H

/* struct cell_result's. */
const char *cell_nonsense(const void *result);

#endif
