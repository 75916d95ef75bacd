// SPDX-License-Identifier: BSD-2-Clause
// What --trace found, as the results file has it.
#ifndef BENCH_RESULT_JSON_TRACE_H
#define BENCH_RESULT_JSON_TRACE_H

#include <jansson.h>

#include "bench/trace/trace.h"

/* A list for the results file: results[].trace. */
json_t *trace_json(const struct trace_causes *c);

/* The waits, for the results file: {"worker_us", "work_item_us"}, null where there were none. */
json_t *trace_waits_json(const struct trace_causes *c);

#endif
