// SPDX-License-Identifier: BSD-2-Clause
// A benchmark as text: conditions first, then a table per scenario.
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "bench/plan/bench.h"
#include "bench/show/report.h"
#include "bench/show/print_counters.h"
#include "lib/cpulist.h"

static void print_cpus(const struct cell_spec *s, FILE *to)
{
	char list[256];

	for (unsigned r = 0; r < ROLES; r++) {
		cpulist_print(&s->cpus[r], list, sizeof(list));
		fprintf(to, "%s%s=%s", r ? "  " : "", role_name(r), list);
	}
}

void bench_print_conditions(const struct bench *b, FILE *to)
{
	const struct host *h = &b->host;

	host_print(h, to);
	fprintf(to, "guests   accel %s", accel_name(b->accel));
	if (b->nrows && b->accel == &accel_kvm && b->row[0].spec.halt_poll_ns >= 0)
		fprintf(to, ", halt_poll_ns %lld (host: %ld)",
			(long long)b->row[0].spec.halt_poll_ns, h->halt_poll_ns);
	else if (b->accel == &accel_kvm && h->halt_poll_ns >= 0)
		fprintf(to, ", halt_poll_ns %ld", h->halt_poll_ns);
	if (b->nrows) {
		fputs("; CPUs ", to);
		print_cpus(&b->row[0].spec, to);
	}
	fputs("\n", to);
	noise_print(&b->noise, to);
}

/* The consumer's notifications: B's in stream, both guests' in rr. */
static void notify_hist(const struct bench_row *row, struct hist *h)
{
	*h = row->sum.latency[SIDE_B].notify;
	if (row->spec.scenario == SCENARIO_RR)
		hist_merge(h, &row->sum.latency[SIDE_A].notify);
}

static uint64_t stamps_lost(const struct bench_row *row)
{
	uint64_t a = row->spec.scenario == SCENARIO_RR ? row->sum.latency[SIDE_A].lost : 0;

	return a + row->sum.latency[SIDE_B].lost;
}

static double per_second(uint64_t n, const struct bench_row *row)
{
	return row->sum.duration_s > 0 ? (double)n / row->sum.duration_s : 0;
}

static uint64_t switches(const struct bench_row *row)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < ROLES; i++)
		n += row->sum.threads.role[i].voluntary + row->sum.threads.role[i].involuntary;
	return n;
}

static void print_floor_factor(const struct bench_row *row, FILE *to)
{
	double factor = floor_factor(row);
	enum floor_doubt doubt = floor_doubt(row);

	if (isnan(factor) || doubt == FLOOR_ABSURD)
		fprintf(to, " %8s", isnan(factor) ? "-" : "<1?");
	else
		fprintf(to, " %7.2fx%s", factor, doubt == FLOOR_SCATTERED ? "?" : "");
}

/* The self-test contradicts what the row claims to show. */
static bool wrong_irq_path(const struct bench_row *row)
{
	enum irqpath_taken expected = row->spec.irq->deferred ? IRQPATH_WORKQUEUE : IRQPATH_WRITER,
			   taken = irqpath_taken(&row->sum.irq_path);

	return row->spec.accel == &accel_kvm && taken != IRQPATH_UNKNOWN && taken != expected;
}

static void print_row(const struct bench *b, const struct bench_row *row, FILE *to)
{
	const struct cell_result *r = &row->sum;
	struct hist h;

	notify_hist(row, &h);
	print_cell(b, row, to);
	if (!row->runs) {
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
		print_quantile(&h, 0.5, 8, to);
		print_quantile(&h, 0.99, 8, to);
		print_max(&h, 8, to);
	} else
		fprintf(to, " %8s %8s %8s", "-", "-", "-");
	fprintf(to, " %7.0f %7.0f %7.0f", per_second(r->notifications[0] + r->notifications[1], row),
		per_second(r->interrupts[0] + r->interrupts[1], row),
		per_second(switches(row), row));
	fprintf(to, " %4" PRIu64 " %3" PRIu64 " %4" PRIu64, r->lost, r->out_of_order,
		r->retransmits);
	print_floor_factor(row, to);
	if (wrong_irq_path(row))
		fputs("  KVM TOOK THE OTHER IRQ PATH", to);
	if (row->interrupted)
		fprintf(to, "  STOPPED for %.1f s", row->stopped_s);
	if (stamps_lost(row))
		fputs("  STAMPS LOST: do not use its latencies", to);
	fprintf(to, "%s%s%s\n", r->cut ? "  cut short" : "", r->corrupt ? "  CORRUPT FRAMES" : "",
		row->ok ? "" : "  FAILED");
}

/*
 * What the seed's table calls the worker's latency: until the worker runs, or, where the worker is
 * KVM's own, until the interrupt it injects is taken. NAN: of no notification.
 */
static double worker_ms(const struct bench_row *row)
{
	const struct latency *l = &row->sum.latency[SIDE_B];
	bool kvm = row->spec.accel == &accel_kvm && row->spec.irq->deferred;
	const struct hist *h = &l->stage[kvm ? STAGE_HANDLER : STAGE_WORKER];

	return h->n ? hist_mean(h) / 1e6 : NAN;
}

/*
 * What the scheduler says the worker waited for a CPU each time it was woken: no stamp of ours in it, and for KVM's
 * own work item the only one-way time without the guest's entry. Negative: nothing to say.
 */
static double waited_ms(const struct bench_row *row)
{
	const struct thread_counts *t = &row->sum.threads.role[ROLE_NOTIFIER];
	const struct kworker_counts *k = &row->sum.kworkers;

	if (row->spec.notify != &notify_direct)
		return t->slices ? (double)t->wait_ns / (double)t->slices / 1e6 : -1;
	/* Workers that do much else tell nothing about us. */
	if (row->spec.accel == &accel_kvm && row->spec.irq->deferred && k->runs &&
	    k->runs < 2 * row->sum.notifications[SIDE_B])
		return (double)k->wait_ns / (double)k->runs / 1e6;
	return -1;
}

static const char *deliverer(const struct bench_row *row)
{
	if (strcmp(row->spec.notify->name, "deferred") == 0)
		return "worker on the producer's CPU";
	if (strcmp(row->spec.notify->name, "unbound") == 0)
		return "unbound worker";
	return row->spec.accel == &accel_kvm && row->spec.irq->deferred ? "KVM's work item, same CPU"
									: "the producer itself";
}

static void print_worker(const struct bench_row *row, FILE *to)
{
	double ms = worker_ms(row);

	if (isnan(ms))
		fprintf(to, " %22s", "-");
	else
		fprintf(to, " %22.3f", ms);
}

static void print_waited(const struct bench_row *row, FILE *to)
{
	double ms = waited_ms(row);

	if (ms < 0)
		fprintf(to, " %24s\n", "-");
	else
		fprintf(to, " %24.4f\n", ms);
}

/* The story in four columns: stream, producers in the kernel. */
static void print_seed(const struct bench *b, FILE *to)
{
	fprintf(to,
		"\nstream gated by its notifications, producer in the kernel\n%-10s%-30s%-9s%-15s%8s %22s %24s\n",
		"preempt", "the notification is run by", "producer", "irq", "Gb/s",
		"worker latency, avg ms", "waited for its CPU, avg");
	for (unsigned i = 0; i < b->nrows; i++) {
		const struct bench_row *row = &b->row[i];

		if (row->spec.scenario != SCENARIO_STREAM || !row->spec.loop || row->spec.control ||
		    !row->spec.producer->in_kernel || !row->runs)
			continue;
		fprintf(to, "%-10s%-30s%-9s%-15s%8.3f",
			row->spec.preempt ? row->spec.preempt : b->host.preempt, deliverer(row),
			row->spec.producer->name,
			row->spec.accel == &accel_kvm ? row->spec.irq->name : "eventfd", row->gbps);
		print_worker(row, to);
		print_waited(row, to);
	}
}

static void print_head(const struct bench *b, const struct bench_row *row, enum scenario s, FILE *to)
{
	const char *rate = s == SCENARIO_STREAM ? "Gb/s" : "trips/s";

	fprintf(to, "\n%s, %u-byte frames, ring %u, window %u%s, %u x %.1f s",
		row->spec.loop ? "stream, gated by its notifications" : scenario_name(s),
		row->spec.frame_bytes, row->spec.ring_size, row->spec.window,
		s == SCENARIO_STREAM ? ", A to B" : "", b->runs, row->spec.duration_ms / 1e3);
	if (b->runs > 1)
		fprintf(to, "; %s: the median run", rate);
	fputs("\n", to);
	print_cell_heads(b, to);
	fprintf(to, "%8s %8s %8s %8s %7s %7s %7s %4s %3s %4s %8s\n", rate, "p50 us", "p99 us",
		"max us", "notif/s", "irq/s", "ctxsw/s", "lost", "ooo", "retx",
		s == SCENARIO_STREAM ? "x memcpy" : "x floor");
}

/* One table: rows of one scenario and one closed loop. */
static void print_scenario(const struct bench *b, enum scenario s, bool gated, FILE *to)
{
	bool first = true;

	for (unsigned i = 0; i < b->nrows; i++) {
		const struct bench_row *row = &b->row[i];

		if (row->spec.scenario != s || (row->spec.loop != NULL) != gated)
			continue;
		if (first)
			print_head(b, row, s, to);
		first = false;
		print_row(b, row, to);
	}
}

static void print_causes(const struct bench *b, FILE *to)
{
	for (unsigned i = 0; i < b->nrows; i++)
		trace_print(&b->row[i].causes, b->row[i].over.label, to);
}

void bench_print(const struct bench *b, FILE *to)
{
	if (b->dosed)
		report_doses(b, to);
	if (b->table)
		print_seed(b, to);
	floors_print(b, to);
	for (unsigned s = 0; s < SCENARIOS && !b->floor_only; s++) {
		for (int gated = 1; gated >= 0; gated--) {
			print_scenario(b, s, gated, to);
			runs_print(b, s, gated, to);
			counters_print(b, s, gated, to);
		}
	}
	print_causes(b, to);
	if (!b->floor_only)
		runs_print_notes(b, to);
	if (!b->host.clock.trusted && !b->floor_only)
		fputs("\nNo one-way times: the stamps of two CPUs cannot be compared on this host (tandem\n"
		      "doctor says why). Round trips and throughput are good.\n",
		      to);
	bench_print_legend(b, to);
}
