// SPDX-License-Identifier: BSD-2-Clause
// Results as comma-separated values (RFC 4180): a line per cell, a column per figure.
#include "bench/show/report_csv.h"

#include <math.h>
#include <string.h>

#include "bench/result/escape.h"
#include "bench/show/report_types.h"

/* Paths of keys; in the head, dots become underscores. */
static const char *const columns[] = {
	"scenario",
	"accel",
	"preempt",
	"notify",
	"producer",
	"irq",
	"control",
	"lab.kernel",
	"lab.arch",
	"frame_bytes",
	"ring",
	"window",
	"batch",
	"worker_fifo",
	"halt_poll_ns",
	"load.loop",
	"load.arrivals",
	"load.rate",
	"duration_s",
	"runs",
	"ok",
	"gbps",
	"stats.gbps.ci_lo",
	"stats.gbps.ci_hi",
	"round_trips_per_s",
	"stats.round_trips_per_s.ci_lo",
	"stats.round_trips_per_s.ci_hi",
	"x_floor",
	"notify_us.n",
	"notify_us.mean",
	"notify_us.p50",
	"notify_us.p90",
	"notify_us.p99",
	"notify_us.p99_9",
	"notify_us.max",
	"frame_us.n",
	"frame_us.mean",
	"frame_us.p50",
	"frame_us.p90",
	"frame_us.p99",
	"frame_us.p99_9",
	"frame_us.max",
	"latency_us.p50",
	"latency_us.p99",
	"latency_us.p99_9",
	"latency_us.max",
	"items_per_s",
	"queue_us.p50",
	"queue_us.p99",
	"execute_us.p50",
	"execute_us.p99",
	"wait_us.p50",
	"wait_us.p99",
	"wait_us.max",
	"stages_us.worker.mean",
	"stages_us.worker.p99",
	"stages_us.write.mean",
	"stages_us.write.p99",
	"stages_us.handler.mean",
	"stages_us.handler.p99",
	"stages_us.workload.mean",
	"stages_us.workload.p99",
	"notifications",
	"coalesced",
	"interrupts",
	"kicks",
	"frames",
	"lost",
	"out_of_order",
	"duplicates",
	"corrupt",
	"retransmits",
	"dropped",
	"conserved",
	"error",
	"notify_us.buckets",
	"latency_us.buckets",
	"series",
};

/* Lists of pairs, "0.5:12 0.75:3"; of lists of them, one after another with " | " between. */
static void put_list(FILE *to, const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *v = json_array_get(list, i), *first = json_array_get(v, 0);

		if (i)
			fputs(json_is_number(first) ? " " : " | ", to);
		if (json_is_number(first))
			fprintf(to, "%.9g:%.15g", json_number_value(first),
				json_number_value(json_array_get(v, 1)));
		else
			put_list(to, v);
	}
}

static void put_value(FILE *to, const json_t *v)
{
	if (json_is_string(v))
		escape_csv(to, json_string_value(v));
	else if (json_is_integer(v))
		fprintf(to, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
	else if (json_is_real(v))
		fprintf(to, "%.9g", json_real_value(v));
	else if (json_is_boolean(v))
		fputs(json_is_true(v) ? "true" : "false", to);
	else if (json_is_array(v))
		put_list(to, v);
}

static void put_head(FILE *to)
{
	fputs("file,label", to);
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
		fputc(',', to);
		for (const char *p = columns[i]; *p; p++)
			fputc(*p == '.' ? '_' : *p, to);
	}
	fputs("\r\n", to);
}

void report_csv(const struct report *r, FILE *to)
{
	put_head(to);
	for (size_t k = 0; k < r->n; k++)
		for (size_t i = 0; i < r->file[k].n; i++) {
			const struct result *c = &r->file[k].result[i];

			escape_csv(to, r->file[k].path);
			fputc(',', to);
			escape_csv(to, c->label);
			for (size_t j = 0; j < sizeof(columns) / sizeof(columns[0]); j++) {
				fputc(',', to);
				put_value(to, results_get(c->json, columns[j]));
			}
			fputs("\r\n", to);
		}
}
