// SPDX-License-Identifier: BSD-2-Clause
// The crowd's table: how long waits are, and whose absence made them so.
#include "bench/crowd/print.h"

#include <inttypes.h>

#include "bench/crowd/crowd.h"
#include "bench/host/host_print.h"
#include "bench/show/legend.h"
#include "lib/cpulist.h"

static void print_cpus(const cpu_set_t *cpus, FILE *to)
{
	const char *comma = "";

	for (int i = 0; i < CPULIST_MAX; i++) {
		int first = i;

		if (!CPU_ISSET(i, cpus))
			continue;
		while (i + 1 < CPULIST_MAX && CPU_ISSET(i + 1, cpus))
			i++;
		fprintf(to, "%s%d", comma, first);
		if (i > first)
			fprintf(to, "-%d", i);
		comma = ",";
	}
}

static const char *hints_of(const struct crowd_spec *s)
{
	return s->flags & CROWD_YIELD ? "yield" : s->flags & CROWD_STEAL ? "steal" : "none";
}

void crowd_print_conditions(const struct crowd_bench *b, FILE *to)
{
	const struct crowd_spec *s = &b->row[0].spec;

	host_print(&b->host, to);
	fprintf(to, "guests   accel %s", accel_name(s->accel));
	if (accel_needs_kvm(s->accel) && s->halt_poll_ns >= 0)
		fprintf(to, ", halt_poll_ns %lld (host: %ld)", (long long)s->halt_poll_ns,
			b->host.halt_poll_ns);
	else if (accel_needs_kvm(s->accel) && b->host.halt_poll_ns >= 0)
		fprintf(to, ", halt_poll_ns %ld", b->host.halt_poll_ns);
	fputs("; all vCPUs on CPUs ", to);
	print_cpus(&s->cpus, to);
	if (accel_needs_kvm(s->accel))
		fprintf(to, "; hints %s, pause-loop exits %s", hints_of(s),
			s->no_ple ? "off" : "as the host has them");
	fprintf(to,
		"\nwaits    section %g us, think %g us, a jump is above %g us; targets %s; "
		"%s\n",
		s->section_us, s->think_us, s->jump_us, s->flags & CROWD_IDLE ? "idle" : "busy",
		s->cgroup ? "a cgroup per guest" : "no cgroups");
}

static void print_head(const struct crowd_bench *b, FILE *to)
{
	fprintf(to, "\n%u x %.1f s each\n", b->rounds.runs, b->row[0].spec.duration_ms / 1e3);
	fprintf(to, "%-10s%5s%8s%9s%40s  %-17s  %-17s%6s%6s%8s%8s\n", "", "", "guests", "",
		"wait, us               ", "% of waits", "% of time waited", "spun", "delay",
		"invol/", "spin");
	fprintf(to, "%-10s%5s%8s%9s%10s%10s%10s%10s  %5s %5s %5s  %5s %5s %5s%6s%6s%8s%8s\n",
		"workload", "ratio", "x vCPU", "per s", "mean", "p50", "p99", "max", "hold",
		"queue", "self", "hold", "queue", "self", "%", "%", "vCPU/s", "exits/s");
}

static double us(const struct crowd_spec *s, double cycles)
{
	return cycles / ((double)s->clock_hz / 1e6);
}

static void print_shares(const struct crowd_counters *n, uint64_t waits, FILE *to)
{
	const uint64_t counts[] = { n->wait_holder, n->wait_queue, n->wait_self };
	const uint64_t times[] = { n->wait_holder_cycles, n->wait_queue_cycles,
				   n->wait_self_cycles };

	fputs(" ", to);
	for (unsigned i = 0; i < 3; i++)
		fprintf(to, " %5.1f", 100 * crowd_share(counts[i], waits));
	fputs(" ", to);
	for (unsigned i = 0; i < 3; i++)
		fprintf(to, " %5.1f", 100 * crowd_share(times[i], n->wait_cycles));
}

/*
 * Of all vCPUs' time in the window: runnable but without a CPU; and involuntary switches of each
 * per second.
 */
static void print_scheduling(const struct crowd_result *r, FILE *to)
{
	double time = r->duration_s * r->nvcpus, delay = 0, involuntary = 0;

	for (unsigned i = 0; i < r->nvcpus; i++) {
		delay += (double)r->vcpu[i].run_delay_ns / 1e9;
		involuntary += (double)r->vcpu[i].involuntary;
	}
	fprintf(to, "%6.1f", 100 * crowd_share(r->counters.spun_cycles, r->counters.wait_cycles));
	/* The kernel counts a wait when it ends, also of what lay before the window. */
	if (!r->accounted)
		fprintf(to, "%6s", "-");
	else if (delay > time)
		fprintf(to, "%6s", ">100");
	else
		fprintf(to, "%6.1f", 100 * delay / time);
	fprintf(to, "%8.0f", involuntary / time);
}

static void print_wait(double us, bool known, FILE *to)
{
	if (known)
		fprintf(to, "%10.1f", us);
	else
		fprintf(to, "%10s", "-");
}

static void print_waits(const struct crowd_spec *s, const struct crowd_dist *d, FILE *to)
{
	static const double quantiles[] = { 0.5, 0.99, 1 };

	print_wait(us(s, crowd_dist_mean(d)), crowd_dist_n(d), to);
	for (unsigned i = 0; i < 3; i++)
		print_wait(us(s, crowd_dist_quantile(d, quantiles[i])),
			   crowd_dist_has(d, quantiles[i]), to);
}

static void print_row(const struct crowd_row *row, FILE *to)
{
	const struct crowd_spec *s = &row->spec;
	const struct crowd_result *r = &row->sum;
	const struct yields *y = &r->yields;

	fprintf(to, "%-10s%5u%5ux%-2u", s->workload->name, s->ratio, s->guests, s->vcpus);
	if (!row->over.n) {
		fprintf(to, "  %s%s\n", row->host_cannot ? "not possible here: " : "",
			!row->ok	   ? row->error
			: row->interrupted ? "stopped in every run"
					   : "not reached");
		return;
	}
	fprintf(to, "%9.0f", crowd_row_per_s(row));
	print_waits(s, &r->dist[CROWD_WAIT], to);
	print_shares(&r->counters, crowd_dist_n(&r->dist[CROWD_WAIT]), to);
	print_scheduling(r, to);
	if (y->known[YIELD_SPIN_EXITS])
		fprintf(to, "%8.0f", (double)y->n[YIELD_SPIN_EXITS] / r->duration_s);
	else
		fprintf(to, "%8s", "-");
	if (row->interrupted)
		fprintf(to, "  STOPPED for %.1f s", row->stopped_s);
	fprintf(to, "%s%s\n", row->cut ? "  cut short" : "", row->ok ? "" : "  FAILED");
}

/* Who asked for a yield, and whether it was done; what this host does not tell. */
static void print_yields(const struct crowd_bench *b, FILE *to)
{
	const struct yields *y = NULL;
	uint64_t n[YIELD_COUNTS] = { 0 };

	for (unsigned i = 0; i < b->nrows; i++) {
		if (!b->row[i].over.n)
			continue;
		y = &b->row[i].sum.yields;
		for (unsigned k = 0; k < YIELD_COUNTS; k++)
			n[k] += y->n[k];
	}
	if (!y)
		return;
	fputs("\nyields, of all rows\n", to);
	for (unsigned k = 0; k < YIELD_COUNTS; k++) {
		fprintf(to, "  %-22s", yield_names[k]);
		if (y->known[k])
			fprintf(to, "%12" PRIu64 "  (%s)\n", n[k], y->from[k]);
		else
			fprintf(to, "%12s  %s\n", "not known:", y->from[k]);
	}
}

static void print_legend(bool steal, FILE *to)
{
	char hold[160];

	fputs("\n", to);
	snprintf(hold, sizeof(hold),
		 "the lock's holder, or the IPI's target, had lost its CPU meanwhile (known from "
		 "%s)",
		 steal ? "steal time; IPIs: a jump of the clock" : "a jump of the clock");
	legend_put(to, "per s", "handoffs of the lock from one vCPU to another; IPIs acknowledged");
	legend_put(to, "hold", hold);
	legend_put(to, "queue", "one before in the ticket lock's queue had");
	legend_put(to, "self", "only the waiting vCPU itself had");
	legend_put(to, "spun", "share of the waiting that used a CPU");
	legend_put(to, "delay",
		   "share of all vCPUs' time in which they were runnable, but did not run; >100: "
		   "the kernel "
		   "counts a wait when it ends, also what lay before the window");
	legend_put(to, "invol/vCPU/s", "how often each vCPU lost its CPU");
	legend_put(to, "-", "too few waits, or not known here");
}

void crowd_print(const struct crowd_bench *b, FILE *to)
{
	bool steal = false;

	noise_print(&b->noise, to);
	print_head(b, to);
	for (unsigned i = 0; i < b->nrows; i++) {
		print_row(&b->row[i], to);
		steal |= b->row[i].sum.steal_found;
	}
	print_yields(b, to);
	print_legend(steal, to);
}
