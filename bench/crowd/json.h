// SPDX-License-Identifier: BSD-2-Clause
// The crowd's results as JSON, schema tandem-bench/1, scenario "crowd".
#ifndef BENCH_CROWD_JSON_H
#define BENCH_CROWD_JSON_H

struct crowd_bench;

/* As bench_write_json(). */
int crowd_write_json(const struct crowd_bench *b, const char *path);

#endif
