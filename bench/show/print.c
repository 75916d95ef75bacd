// SPDX-License-Identifier: BSD-2-Clause
// A benchmark as text: conditions first, then a table per scenario.
#include "bench/show/print.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/host/host_print.h"
#include "bench/plan/bench.h"
#include "bench/show/floors_print.h"
#include "bench/plan/metric.h"
#include "bench/show/brief.h"
#include "bench/show/fill.h"
#include "bench/show/print_counters.h"
#include "bench/show/print_legend.h"
#include "bench/show/report_types.h"
#include "bench/show/report_bench.h"
#include "bench/show/report_cells.h"
#include "bench/show/report_table.h"
#include "bench/show/runs_print.h"
#include "bench/show/verdict_print.h"
#include "lib/cpulist.h"
#include "pair/features.h"
#include "vhost/wire.h"
#include "virtio/features.h"

/* Where the text of a condition begins. */
#define CONDITION_COLUMN 9u

static void print_cpus(const struct cell_spec *s, FILE *to)
{
	char list[256];

	for (unsigned r = 0; r < ROLES; r++) {
		cpulist_print(&s->cpus[r], list, sizeof(list));
		fprintf(to, "%s%s=%s", r ? "  " : "", role_name(r), list);
	}
}

/* What joins the kernel's two backends, where one is among the producers. */
static void print_link(const struct bench *b, FILE *to)
{
	struct wire_sizes sizes;
	unsigned i = 0;

	while (i < b->nrows && !b->row[i].spec.producer->not_ours)
		i++;
	if (i == b->nrows)
		return;
	sizes = wire_sizes(b->row[i].spec.frame_bytes, b->row[i].spec.ring_size);
	fprintf(to, "link     " WIRE_LINK " of two taps, MTU %u, tx queue of %u frames\n",
		sizes.mtu, sizes.queue);
}

void bench_print_conditions(const struct bench *b, FILE *to)
{
	const struct host *h = &b->host;
	char text[512];

	host_print(h, to);
	fprintf(to, "guests   accel %s", accel_name(b->accel));
	if (b->nrows && accel_needs_kvm(b->accel) && b->row[0].spec.halt_poll_ns >= 0)
		fprintf(to, ", halt_poll_ns %lld (host: %ld)",
			(long long)b->row[0].spec.halt_poll_ns, h->halt_poll_ns);
	else if (accel_needs_kvm(b->accel) && h->halt_poll_ns >= 0)
		fprintf(to, ", halt_poll_ns %ld", h->halt_poll_ns);
	if (b->nrows && b->row[0].spec.features_changed)
		fprintf(to, ", features %s",
			features_changed_text(b->row[0].spec.features_changed, text, sizeof(text)));
	if (b->nrows) {
		fputs("; CPUs ", to);
		print_cpus(&b->row[0].spec, to);
	}
	fputs("\n", to);
	print_link(b, to);
	noise_print(&b->noise, to);
}

static double per_second(uint64_t n, const struct bench_row *row)
{
	return row->sum.duration_s > 0 ? (double)n / row->sum.duration_s : 0;
}

static void print_floor_factor(const struct result *c, FILE *to)
{
	char text[REPORT_VALUE_MAX] = "-";

	report_x_floor(c, text, sizeof(text));
	/* Its ? stands beside the column. */
	fprintf(to, " %*s", strstr(text, "x?") ? 9 : 8, text);
}

/* Whoever does not see them does not say that there were none. */
static void print_notifications(const struct bench_row *row, FILE *to)
{
	const struct cell_result *r = &row->sum;

	if (r->uncounted)
		fprintf(to, " %7s", "-");
	else
		fprintf(to, " %7.0f", per_second(r->notifications[0] + r->notifications[1], row));
}

/* `c`: the same row, as a report would find it in the results file. */
static void print_row(const struct bench *b, const struct bench_row *row, const struct result *c,
		      FILE *to)
{
	const struct cell_result *r = &row->sum;
	struct thread_counts threads = threads_all(&r->threads);
	struct hist h;

	metric_notify(&row->spec, r, &h);
	print_cell(b, row, to);
	if (!row->over.n) {
		if (row->ok)
			fprintf(to, "  %s\n",
				row->interrupted ? "stopped in every run" : "not reached");
		else
			fprintf(to, "  %s: %s\n", row->host_cannot ? "not possible here" : "failed",
				row->error);
		return;
	}
	if (row->spec.scenario == SCENARIO_STREAM)
		fprintf(to, "%8.2f", row->gbps);
	else
		fprintf(to, "%8.0f", row->rounds_per_s);
	if (b->host.clock.trusted) {
		print_quantile(&h, 0.5, 8, r->duration_s, to);
		print_quantile(&h, 0.99, 8, r->duration_s, to);
		print_max(&h, 8, to);
	} else
		fprintf(to, " %8s %8s %8s", "-", "-", "-");
	print_notifications(row, to);
	fprintf(to, " %7.0f %7.0f", per_second(r->interrupts[0] + r->interrupts[1], row),
		per_second(threads.voluntary + threads.involuntary, row));
	fprintf(to, " %4" PRIu64 " %3" PRIu64 " %4" PRIu64, r->lost, r->out_of_order,
		r->retransmits);
	print_floor_factor(c, to);
	if (report_irq_path_wrong(c))
		fputs("  KVM TOOK THE OTHER IRQ PATH", to);
	if (row->interrupted)
		fprintf(to, "  STOPPED for %.1f s", row->stopped_s);
	if (results_number(c->json, "matching.stamps_lost") > 0)
		fputs("  STAMPS LOST: do not use its latencies", to);
	fprintf(to, "%s%s%s\n", r->cut ? "  cut short" : "", r->corrupt ? "  CORRUPT FRAMES" : "",
		row->ok ? "" : "  FAILED");
}

static void print_ms(double ms, int width, int digits, FILE *to)
{
	if (isnan(ms))
		fprintf(to, " %*s", width, "-");
	else
		fprintf(to, " %*.*f", width, digits, ms);
}

/* The story in four columns: stream, producers in the kernel. */
static void print_seed(const struct results *f, FILE *to)
{
	fprintf(to,
		"\nstream gated by its notifications, producer in the "
		"kernel\n%-10s%-30s%-9s%-15s%8s %22s %24s\n",
		"preempt", "the notification is run by", "producer", "irq", "Gb/s",
		"worker latency, avg ms", "waited for its CPU, avg");
	for (size_t i = 0; i < f->n; i++) {
		const struct result *c = &f->result[i];

		if (!report_in_seed(f, c))
			continue;
		fprintf(to, "%-10s%-30s%-9s%-15s%8.3f", c->preempt, report_deliverer(c),
			c->producer, c->irq, c->gbps);
		print_ms(report_worker_ms(c), 22, 3, to);
		print_ms(report_waited_ms(c), 24, 4, to);
		fputs("\n", to);
	}
}

/* What the guests' drivers have accepted; nothing where none came so far. */
static void print_features(const struct bench_row *row, FILE *to)
{
	char names[512];

	if (row->sum.features)
		fprintf(to, "negotiated: %s\n",
			feature_text(row->sum.features, names, sizeof(names)));
}

static void print_head(const struct bench *b, const struct bench_row *row, enum scenario s,
		       FILE *to)
{
	const char *rate = s == SCENARIO_STREAM ? "Gb/s" : "trips/s";

	fprintf(to, "\n%s, %u-byte frames, ring %u, window %u%s, %u x %.1f s",
		row->spec.loop ? "stream, gated by its notifications" : scenario_name(s),
		row->spec.frame_bytes, row->spec.ring_size, row->spec.window,
		s == SCENARIO_STREAM ? ", A to B" : "", b->rounds.runs,
		row->spec.duration_ms / 1e3);
	if (b->rounds.runs > 1)
		fprintf(to, "; %s: the median run", rate);
	fputs("\n", to);
	print_features(row, to);
	print_cell_heads(b, to);
	fprintf(to, "%8s %8s %8s %8s %7s %7s %7s %4s %3s %4s %8s\n", rate, "p50 us", "p99 us",
		"max us", "notif/s", "irq/s", "ctxsw/s", "lost", "ooo", "retx",
		s == SCENARIO_STREAM ? "x memcpy" : "x floor");
}

/* One table: rows of one scenario and one closed loop. */
static void print_scenario(const struct bench *b, const struct results *f, enum scenario s,
			   bool gated, FILE *to)
{
	bool first = true;

	for (unsigned i = 0; i < b->nrows; i++) {
		const struct bench_row *row = &b->row[i];

		if (row->spec.scenario != s || (row->spec.loop != NULL) != gated)
			continue;
		if (first)
			print_head(b, row, s, to);
		first = false;
		print_row(b, row, &f->result[i], to);
	}
}

static void print_causes(const struct bench *b, FILE *to)
{
	for (unsigned i = 0; i < b->nrows; i++)
		trace_print(&b->row[i].causes, b->row[i].over.label, to);
}

static void print_untrusted(const struct bench *b, FILE *to)
{
	if (b->host.clock.trusted || b->floor_only)
		return;
	fputs("\n", to);
	fill_put(to, 0, 0,
		 "No one-way times: the stamps of two CPUs cannot be compared on this host "
		 "(`tandem doctor` says why). Round trips and throughput are good.");
}

static void print_tables(const struct bench *b, const struct results *f, FILE *to)
{
	if (b->dosed)
		report_doses(b, to);
	if (b->table)
		print_seed(f, to);
	floors_print(b, to);
	for (unsigned s = 0; s < SCENARIOS && !b->floor_only; s++) {
		for (int gated = 1; gated >= 0; gated--) {
			print_scenario(b, f, s, gated, to);
			runs_print(b, s, gated, to);
			counters_print(b, s, gated, to);
		}
	}
	print_causes(b, to);
	if (!b->floor_only)
		runs_print_notes(b, to);
	print_untrusted(b, to);
	bench_print_legend(b, f, to);
}

/* The conditions, none of their lines longer than a terminal's. */
static void print_wrapped_conditions(const struct bench *b, FILE *to)
{
	char *text = NULL, *line, *save = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return;
	bench_print_conditions(b, f);
	fclose(f);
	fputs("\n", to);
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		fprintf(to, "%.*s", (int)CONDITION_COLUMN, line);
		fill_put(to, CONDITION_COLUMN, CONDITION_COLUMN, line + CONDITION_COLUMN);
	}
	free(text);
}

static void print_order(const struct bench *b, FILE *to)
{
	if (b->rounds.runs > 1 && b->rounds.plan.order == ORDER_RANDOM)
		fprintf(to, "order      interleaved at random; `--seed=%llu` repeats it\n",
			(unsigned long long)b->rounds.plan.seed);
	fputs("more       `--details` prints all tables; `tandem help COLUMN` explains a column\n",
	      to);
}

/* The answer first: in words, as one table, and what it was measured under. */
static void print_brief(const struct bench *b, const struct results *f, FILE *to)
{
	struct verdict_next next = { .may_switch = b->may_switch };

	if (b->dosed)
		report_doses(b, to);
	else if (!b->floor_only)
		verdict_print(f, &next, to);
	if (b->floor_only)
		floors_print(b, to);
	else
		brief_print(f, to);
	print_causes(b, to);
	print_untrusted(b, to);
	if (!b->floor_only)
		print_order(b, to);
	print_wrapped_conditions(b, to);
}

void bench_print(const struct bench *b, FILE *to)
{
	struct results f;

	if (report_bench_results(b, &f) == 0) {
		if (b->details)
			print_tables(b, &f, to);
		else
			print_brief(b, &f, to);
	}
	results_free(&f);
}
