// SPDX-License-Identifier: BSD-2-Clause
// What was just measured, shown as if it had been read back: there is one writer of each format.
#include "bench/show/report_bench.h"

#include "bench/plan/bench.h"
#include "bench/result/json.h"
#include "bench/show/doses_print.h"
#include "bench/show/report.h"

int report_bench_results(const struct bench *b, struct results *r)
{
	json_t *doc = bench_json(b);
	int err = results_from(doc, "these results", r);

	json_decref(doc);
	return err;
}

int report_bench(const struct bench *b, enum report_format f, FILE *to)
{
	struct results r;
	int err = report_bench_results(b, &r);

	if (!err)
		err = report_write(&(struct report){ .file = &r, .n = 1 }, f, to);
	results_free(&r);
	return err;
}

void report_doses(const struct bench *b, FILE *to)
{
	json_t *doc = bench_json(b);
	struct results r;

	if (results_from(doc, "these results", &r) == 0)
		doses_print(&r, to);
	results_free(&r);
	json_decref(doc);
}
