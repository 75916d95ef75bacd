// SPDX-License-Identifier: BSD-2-Clause
// Parts of the results file: counters, the load.
#ifndef BENCH_RESULT_JSON_COUNTERS_H
#define BENCH_RESULT_JSON_COUNTERS_H

#include <jansson.h>

#include "bench/plan/bench.h"

json_t *json_switches(const struct role_counts *c);

/* "threads", "kvm", "resched_interrupts", "io_wq_threads", "guest_stamp_cost_ns". */
void json_set_counters(json_t *result, const struct bench_row *row);

/* "load"; in an open loop "latency_us" and "sending_us", too. */
void json_set_load(json_t *result, const struct bench *b, const struct bench_row *row);

#endif
