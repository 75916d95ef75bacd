// SPDX-License-Identifier: BSD-2-Clause
// How long measuring takes, about.
#ifndef BENCH_PLAN_SECONDS_H
#define BENCH_PLAN_SECONDS_H

struct bench;
struct cell_spec;

/* One run of a cell, with boot and end. */
double cell_seconds(const struct cell_spec *s);

/* All rounds of a benchmark. */
double bench_seconds(const struct bench *b);

#endif
