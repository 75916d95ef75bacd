// SPDX-License-Identifier: BSD-2-Clause
// Tables of where a notification's time went, of what the kernel counted, of an open loop's
// latency.
#include "bench/show/print_counters.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "bench/plan/label.h"

/* "(40s)": ten values beyond the quantile are wanted (hist_has()), at the rate there was. */
static void print_needed(const struct hist *h, double q, int width, double seconds, FILE *to)
{
	double needed = h->n ? ceil(10 / (1 - q) / (double)h->n * seconds) : NAN;
	char text[32] = "-";

	/* What is wider than the column takes hours. */
	if (isfinite(needed) && needed < pow(10, width - 3))
		snprintf(text, sizeof(text), "(%.0fs)", needed);
	fprintf(to, " %*s", width, text);
}

void print_quantile(const struct hist *h, double q, int width, double seconds, FILE *to)
{
	if (hist_has(h, q))
		fprintf(to, " %*.1f", width, hist_quantile(h, q) / 1e3);
	else
		print_needed(h, q, width, seconds, to);
}

void print_max(const struct hist *h, int width, FILE *to)
{
	if (h->n)
		fprintf(to, " %*.1f", width, (double)h->max_ns / 1e3);
	else
		fprintf(to, " %*s", width, "-");
}

static void print_share(uint64_t part, uint64_t of, FILE *to)
{
	if (of)
		fprintf(to, " %6.2f%%", 100.0 * (double)part / (double)of);
	else
		fprintf(to, " %7s", "-");
}

static void print_rate(bool known, uint64_t n, const struct bench_row *row, int width, FILE *to)
{
	if (known)
		fprintf(to, " %*.0f", width, (double)n / row->sum.duration_s);
	else
		fprintf(to, " %*s", width, "-");
}

static bool has_controls(const struct bench *b)
{
	for (unsigned i = 0; i < b->nrows; i++)
		if (b->row[i].spec.control)
			return true;
	return false;
}

static bool has_slices(const struct bench *b)
{
	for (unsigned i = 0; i < b->nrows; i++)
		if (b->row[i].spec.slice)
			return true;
	return false;
}

/* Wider only where a name needs it. */
static int producer_width(const struct bench *b)
{
	size_t width = 7;

	for (unsigned i = 0; i < b->nrows; i++) {
		size_t n = strlen(b->row[i].spec.producer->name) + 1;

		width = n > width ? n : width;
	}
	return (int)width;
}

void print_cell(const struct bench *b, const struct bench_row *row, FILE *to)
{
	const char *control = label_control_tag(row->spec.control);

	fprintf(to, "%-10s", row->spec.preempt ? row->spec.preempt : b->host.preempt);
	if (has_slices(b))
		fprintf(to, "%-8s", row->spec.slice ? row->spec.slice : "");
	fprintf(to, "%-9s%-*s%-14s", row->spec.notify->name, producer_width(b),
		row->spec.producer->name, accel_irq_name(row->spec.accel, row->spec.irq));
	if (has_controls(b))
		fprintf(to, "%-8s", control ? control : "");
}

void print_cell_heads(const struct bench *b, FILE *to)
{
	fprintf(to, "%-10s%s%-9s%-*s%-14s%s", "preempt", has_slices(b) ? "slice   " : "", "notify",
		producer_width(b), "prod", "irq", has_controls(b) ? "control " : "");
}

const char *print_part_name(enum scenario s, bool gated)
{
	return gated ? "gated stream" : scenario_name(s);
}

static bool is_shown(const struct bench_row *row, enum scenario s, bool gated)
{
	return row->spec.scenario == s && (row->spec.loop != NULL) == gated && row->over.n &&
	       row->sum.duration_s > 0;
}

/* ---- stages ---- */

static void print_idle(double idle, FILE *to)
{
	if (isnan(idle))
		fprintf(to, " %7s\n", "-");
	else
		fprintf(to, " %6.1f%%\n", 100 * idle);
}

static void print_stages(const struct bench *b, const struct bench_row *row, FILE *to)
{
	struct latency l;

	metric_latency(&row->spec, &row->sum, &l);
	print_cell(b, row, to);
	for (unsigned i = 0; i < STAGES; i++)
		print_quantile(&l.stage[i], 0.5, i == STAGE_WORKLOAD ? 8 : 7, row->sum.duration_s,
			       to);
	print_quantile(&l.notify, 0.9, 8, row->sum.duration_s, to);
	print_quantile(&l.notify, 0.999, 8, row->sum.duration_s, to);
	print_share(l.notify.above_100us, l.notify.n, to);
	print_share(l.notify.above_1ms, l.notify.n, to);
	if (l.jitter_n)
		fprintf(to, " %7.1f", latency_jitter_ns(&l) / 1e3);
	else
		fprintf(to, " %7s", "-");
	print_idle(bench_idle(row, ROLE_B), to);
}

static void print_stages_head(FILE *to)
{
	fprintf(to, " %7s %7s %7s %8s %8s %8s %7s %7s %7s %7s\n", "worker", "write", "handler",
		"workload", "p90", "p99.9", ">100us", ">1ms", "jitter", "b idle");
}

/* ---- frames ---- */

static void print_ages(const struct bench *b, const struct bench_row *row, FILE *to)
{
	static const struct {
		double q;
		int width;
	} columns[] = { { 0.5, 10 }, { 0.9, 10 }, { 0.99, 10 }, { 0.999, 12 } };
	struct hist h;

	metric_frame_age(&row->spec, &row->sum, &h);
	print_cell(b, row, to);
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		print_quantile(&h, columns[i].q, columns[i].width, row->sum.duration_s, to);
	print_max(&h, 10, to);
	fputs("\n", to);
}

static void print_ages_head(FILE *to)
{
	fprintf(to, " %10s %10s %10s %12s %10s\n", "age p50 us", "age p90 us", "age p99 us",
		"age p99.9 us", "age max us");
}

/* ---- counters ---- */

/* KVM's counter of this name, both guests'. */
static bool find_kvm(const struct bench_row *row, const char *name, uint64_t *sum)
{
	bool known = false;

	*sum = 0;
	for (unsigned i = 0; i < SIDES; i++) {
		uint64_t n = 0;

		known |= vm_stats_find(&row->sum.counters.kvm[i], name, &n);
		*sum += n;
	}
	return known;
}

static void print_counts(const struct bench *b, const struct bench_row *row, FILE *to)
{
	const struct counters *c = &row->sum.counters;
	struct thread_counts t = threads_all(&row->sum.threads);
	uint64_t exits = 0, polls = 0, hits = 0;
	bool polled, known = find_kvm(row, "exits", &exits);

	polled = find_kvm(row, "halt_attempted_poll", &polls) &&
		 find_kvm(row, "halt_successful_poll", &hits);
	print_cell(b, row, to);
	print_rate(true, t.voluntary, row, 8, to);
	print_rate(true, t.involuntary, row, 8, to);
	print_rate(c->threads.accounted, t.wait_ns / 1000000, row, 8, to);
	print_rate(c->threads.migrations_known, t.migrations, row, 8, to);
	print_rate(known, exits, row, 9, to);
	print_rate(polled, polls, row, 9, to);
	fputs(" ", to);
	print_share(hits, polled ? polls : 0, to);
	print_rate(c->resched_known, c->resched, row, 8, to);
	fputs("\n", to);
}

static void print_counts_head(FILE *to)
{
	fprintf(to, " %8s %8s %8s %8s %9s %9s %8s %8s\n", "vol", "invol", "wait ms", "migr",
		"exits", "haltpoll", "poll ok", "RES");
}

/* ---- the CPU's counters ---- */

static void print_perf(const struct bench *b, const struct bench_row *row, FILE *to)
{
	const struct perf_counts *p = &row->sum.perf;

	print_cell(b, row, to);
	for (unsigned e = 0; e < PERF_EVENTS; e++)
		for (unsigned r = 0; r < ROLE_NOTIFIER; r++)
			fprintf(to, " %9.0f", (double)p->n[r][e] / (double)row->sum.frames);
	fputs(p->user_only ? "  user mode only\n" : "\n", to);
}

static void print_perf_head(FILE *to)
{
	fprintf(to, " %9s %9s %9s %9s %9s %9s\n", "a instr", "b instr", "bk instr", "a cycles",
		"b cycles", "bk cycles");
}

/* ---- open loop ---- */

static void print_load(const struct bench *b, const struct bench_row *row, FILE *to)
{
	const struct load_result *l = &row->sum.load;

	print_cell(b, row, to);
	print_rate(true, l->offered, row, 8, to);
	print_rate(true, l->served, row, 8, to);
	print_quantile(&l->latency, 0.5, 8, row->sum.duration_s, to);
	print_quantile(&l->latency, 0.9, 8, row->sum.duration_s, to);
	print_quantile(&l->latency, 0.99, 9, row->sum.duration_s, to);
	print_quantile(&l->latency, 0.999, 9, row->sum.duration_s, to);
	print_max(&l->latency, 9, to);
	print_quantile(&l->sending, 0.5, 8, row->sum.duration_s, to);
	if (l->overload)
		fprintf(to, "  OVERLOAD: %" PRIu64 " never sent", l->unsent);
	if (l->unmarked)
		fprintf(to, "  %" PRIu64 " without a time", l->unmarked);
	fputs("\n", to);
}

static void print_load_head(FILE *to)
{
	fprintf(to, " %8s %8s %8s %8s %9s %9s %9s %8s\n", "offered", "served", "p50 us", "p90",
		"p99", "p99.9", "max", "sending");
}

/* ---- all of it ---- */

static void print_load_name(const struct bench_row *row, FILE *to)
{
	fprintf(to, "open loop, %s, %u/s", arrivals_name(row->spec.load.arrivals),
		row->spec.load.rate);
}

static void print_stages_name(const struct bench_row *row, FILE *to)
{
	(void)row;
	fputs("where the time went, us", to);
}

static void print_ages_name(const struct bench_row *row, FILE *to)
{
	(void)row;
	fputs("age of the frames, us", to);
}

static void print_perf_name(const struct bench_row *row, FILE *to)
{
	(void)row;
	fputs("instructions and cycles per frame", to);
}

static bool has_perf(const struct bench *b, const struct bench_row *row)
{
	(void)b;
	return row->sum.perf.known && row->sum.frames;
}

static void print_counts_name(const struct bench_row *row, FILE *to)
{
	(void)row;
	fputs("per second of the run", to);
}

static bool has_load(const struct bench *b, const struct bench_row *row)
{
	return b->host.clock.trusted && row->spec.load.rate;
}

static bool has_stages(const struct bench *b, const struct bench_row *row)
{
	(void)row;
	return b->host.clock.trusted;
}

struct table {
	bool (*has)(const struct bench *b, const struct bench_row *row); /* NULL: every row */
	void (*name)(const struct bench_row *row, FILE *to);
	void (*head)(FILE *to);
	void (*row)(const struct bench *b, const struct bench_row *row, FILE *to);
};

static void print_table(const struct bench *b, const struct table *t, enum scenario s, bool gated,
			FILE *to)
{
	bool first = true;

	for (unsigned i = 0; i < b->nrows; i++) {
		const struct bench_row *row = &b->row[i];

		if (!is_shown(row, s, gated) || (t->has && !t->has(b, row)))
			continue;
		if (first) {
			fprintf(to, "\n%s: ", print_part_name(s, gated));
			t->name(row, to);
			fputs("\n", to);
			print_cell_heads(b, to);
			t->head(to);
		}
		first = false;
		t->row(b, row, to);
	}
}

void counters_print(const struct bench *b, enum scenario s, bool gated, FILE *to)
{
	static const struct table tables[] = {
		{ has_load, print_load_name, print_load_head, print_load },
		{ has_stages, print_stages_name, print_stages_head, print_stages },
		{ has_stages, print_ages_name, print_ages_head, print_ages },
		{ NULL, print_counts_name, print_counts_head, print_counts },
		{ has_perf, print_perf_name, print_perf_head, print_perf },
	};

	for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++)
		print_table(b, &tables[t], s, gated, to);
}
