// SPDX-License-Identifier: BSD-2-Clause
// What the words in a benchmark's tables mean: of those that were shown, and no others.
#include "bench/show/print_legend.h"

#include <math.h>
#include <string.h>

#include "bench/plan/bench.h"
#include "bench/plan/label.h"
#include "bench/show/legend.h"
#include "bench/show/report_types.h"
#include "bench/show/report_cells.h"

/* What the tables have. */
struct shown {
	bool any, times, kvm, stream, rr, load, control, several, migrations;
	bool absurd, scattered, few;
	const struct bench_row *first; /* that was measured */
};

/* Has it a quantile with too few values? p99.9 is the first to lack them. */
static bool is_few(const struct bench_row *row)
{
	struct hist h;

	metric_notify(&row->spec, &row->sum, &h);
	return (h.n && !hist_has(&h, 0.999)) ||
	       (row->sum.load.latency.n && !hist_has(&row->sum.load.latency, 0.999));
}

static struct shown look(const struct bench *b, const struct results *f)
{
	struct shown s = { .times = b->host.clock.trusted,
			   .kvm = accel_needs_kvm(b->accel),
			   .several = b->rounds.runs > 1 };

	for (unsigned i = 0; i < b->nrows; i++) {
		const struct bench_row *row = &b->row[i];

		if (!row->over.n)
			continue;
		s.first = s.first ? s.first : row;
		s.any = true;
		s.rr |= row->spec.scenario == SCENARIO_RR && row->floor;
		s.stream |= row->spec.scenario == SCENARIO_STREAM && !row->spec.loop && row->floor;
		s.load |= row->spec.load.rate > 0;
		s.few |= is_few(row);
		s.control |= row->spec.control != NULL;
		s.migrations |= row->sum.counters.threads.migrations_known;
		s.absurd |= report_floor_doubt(&f->result[i]) == FLOOR_ABSURD;
		s.scattered |= report_floor_doubt(&f->result[i]) == FLOOR_SCATTERED;
	}
	return s;
}

static bool has_control(const struct bench *b, const char *code)
{
	for (unsigned i = 0; i < b->nrows; i++)
		if (b->row[i].spec.control && strcmp(b->row[i].spec.control, code) == 0)
			return true;
	return false;
}

static void put_controls(const struct bench *b, FILE *to)
{
	static const char *const codes[] = { "direct", "user", "fifo", "aa" };
	char term[32];

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		if (!has_control(b, codes[i]))
			continue;
		snprintf(term, sizeof(term), "control %s", label_control_tag(codes[i]));
		legend_put(to, term, label_control(codes[i]));
	}
}

static void put_floors(const struct shown *s, FILE *to)
{
	if (s->stream)
		legend_put(to, "x memcpy", "share of what one core copies, see floor");
	if (s->rr)
		legend_put(to, "x floor",
			   s->kvm ? "a round trip as a multiple of two rounds irqfd, handler, "
				    "doorbell "
				    "(mean by mean)"
				  : "a round trip as a multiple of two eventfd ping-pongs (mean by "
				    "mean)");
	if (s->absurd)
		legend_put(to, "<1?",
			   "faster than its floor, which cannot be: the host was busy while the "
			   "floor was "
			   "measured");
	if (s->scattered)
		legend_put(to, "x floor, x memcpy: ?",
			   "the floor's own rounds do not agree (p50 above twice p10, or p90 above "
			   "twice "
			   "p50), or its copies were slower than the stream's: the host was busy "
			   "while it "
			   "was measured");
}

static void put_stages(FILE *to)
{
	legend_put(
		to, "worker write handler",
		"medians: until the worker runs, until it has written the eventfd, until the "
		"guest's "
		"handler runs; together the time to the handler, of which are p90, p99.9 and the "
		"shares "
		"above 100 us and 1 ms");
	legend_put(to, "workload",
		   "median: from the handler until the guest's workload has the frame");
	legend_put(to, "jitter", "mean difference of neighbours' times to the handler");
	legend_put(to, "b idle", "share of the time in which b neither ran nor waited for a CPU");
}

static void put_times(FILE *to)
{
	put_stages(to);
	legend_put(to, "age",
		   "from when a sends a frame until b's workload has it (rr: both ways), whoever "
		   "moves it");
}

static void put_counts(const struct shown *s, FILE *to)
{
	legend_put(to, "vol invol",
		   "context switches, voluntary and not, of a, b, backend and notifier together");
	legend_put(to, "wait ms", "milliseconds per second that these were runnable without a CPU");
	legend_put(to, "migr",
		   s->migrations ? "their moves to another CPU"
				 : "not known: this kernel has no /proc/PID/sched");
	if (s->kvm) {
		legend_put(to, "exits", "of both guests, to KVM");
		legend_put(to, "haltpoll, poll ok",
			   "KVM's polls before a halted vCPU sleeps; those that spared it the "
			   "sleep");
	}
	legend_put(to, "RES", "reschedule interrupts of the whole host");
}

static void put_load(FILE *to)
{
	legend_put(to, "open loop",
		   "frames due and accepted per second; from the intended time until b has the "
		   "frame (rr: "
		   "a the response), us");
	legend_put(to, "sending", "until a begins to send, median, us");
}

static void put_cost(const struct bench *b, const struct shown *s, FILE *to)
{
	char text[128];

	snprintf(text, sizeof(text),
		 "recording one notification: the host %.0f ns, the guest %.0f ns",
		 b->host.stamp_cost_ns, s->first->sum.guest_stamp_ns);
	legend_put(to, "cost", text);
}

void bench_print_legend(const struct bench *b, const struct results *f, FILE *to)
{
	struct shown s = look(b, f);

	if (b->floor_only || !s.any)
		return;
	fputs("\n", to);
	if (b->noise.measured)
		legend_put(to, "longest gap per ms",
			   "a busy loop on the CPUs to be used, before the benchmark: how long it "
			   "stood "
			   "still in each ms");
	put_controls(b, to);
	if (s.several)
		legend_put(to, "rows",
			   "Gb/s and trips/s are the median run's, all else is of all runs "
			   "together");
	if (s.times)
		legend_put(to, "p50 p99 max",
			   "from the decision to notify to the guest's interrupt handler");
	legend_put(to, "notif/s irq/s ctxsw/s",
		   "notifications decided, interrupts taken by the guests, context switches of "
		   "all our "
		   "threads");
	legend_put(to, "lost ooo retx", "frames lost, out of order, sent again");
	put_floors(&s, to);
	if (s.times)
		put_times(to);
	put_counts(&s, to);
	if (s.load && s.times)
		put_load(to);
	if (s.times && s.few)
		legend_put(to, "(40s)",
			   "too few values for this quantile: the seconds of measuring, over all "
			   "runs, that it needs");
	legend_put(to, "-", "no values for this figure, or not known here");
	put_cost(b, &s, to);
}
