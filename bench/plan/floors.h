// SPDX-License-Identifier: BSD-2-Clause
// The baselines of a benchmark: of each frame size and ring, in each preemption mode.
#ifndef BENCH_PLAN_FLOORS_H
#define BENCH_PLAN_FLOORS_H

struct bench;
struct bench_row;

/*
 * x_floor: of a stream its share of memcpy's speed, of rr its round trip in floors. NAN: neither.
 */
double floor_factor(const struct bench_row *row);

/* Measures the rows' baselines, in each of their modes. As bench_run(), which calls it. */
int floors_run(struct bench *b);

/* How long baselines from number `from` on take, with boots and all; about. */
double floors_seconds(const struct bench *b, unsigned from);

#endif
