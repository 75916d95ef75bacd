// SPDX-License-Identifier: BSD-2-Clause
// The table of `bench tcp`: a line for each combination.
#include "bench/tcp/print.h"

#include <math.h>
#include <string.h>

#include "bench/host/host_print.h"
#include "bench/tcp/tcp.h"

/* How long it will take: its guests' clocks are real, but booting and the rest are the host's. */
static void print_expected(const struct tcp_bench *b, FILE *to)
{
	unsigned rounds = b->rounds.plan.warmup + b->rounds.runs;
	double seconds = tcp_all_seconds(b);

	fprintf(to, "expected %.*f %s: %u cell%s", seconds < 100 ? 0 : 1,
		seconds < 100 ? seconds : seconds / 60, seconds < 100 ? "s" : "min", b->nrows,
		b->nrows == 1 ? "" : "s");
	if (rounds > 1)
		fprintf(to, ", %u times", rounds);
	fprintf(to, ", of %.1f s; longer on a slow or emulated host\n",
		tcp_seconds(&b->row[0].spec));
}

void tcp_print_conditions(const struct tcp_bench *b, FILE *to)
{
	const struct tcp_spec *s = &b->row[0].spec;

	host_print(&b->host, to);
	fprintf(to, "guests   %s\n", s->stock.kernel_name);
	fprintf(to, "         %u vCPU%s and %llu MiB each, virtio-net on PCI, an MTU of 1500\n",
		s->stock.vcpus, s->stock.vcpus == 1 ? "" : "s",
		(unsigned long long)(s->stock.ram_bytes >> 20));
	fprintf(to,
		"tcp      %u connection%s, written %u bytes at a time; then round trips of a "
		"byte\n",
		s->work.streams, s->work.streams == 1 ? "" : "s", s->work.size);
	print_expected(b, to);
}

static void print_number(double v, int width, int digits, FILE *to)
{
	if (isnan(v))
		fprintf(to, "%*s", width, "-");
	else
		fprintf(to, "%*.*f", width, digits, v);
}

/* Of a label, what is not the same in all rows. */
static const char *name_of(const struct tcp_row *row)
{
	const char *blank = strchr(row->over.label, ' ');

	return blank ? blank + 1 : row->over.label;
}

static const char *why_not(const struct tcp_row *row)
{
	return !row->ok ? row->error : row->interrupted ? "stopped in every run" : "not reached";
}

static void print_row(const struct tcp_row *row, FILE *to)
{
	const struct tcp_result *r = &row->sum;
	double gbps = tcp_median(row, "gbps");

	fprintf(to, "%-21s", name_of(row));
	if (!row->over.n) {
		fprintf(to, "  %s%s\n", row->host_cannot ? "not possible here: " : "",
			why_not(row));
		return;
	}
	print_number(gbps, 7, gbps < 0.1 ? 4 : 2, to);
	print_number(tcp_median(row, "round_trips_per_s"), 8, 0, to);
	print_number(tcp_median(row, "rtt_p50_us"), 8, 0, to);
	print_number(tcp_median(row, "trip_p50_us"), 9, 1, to);
	print_number(tcp_median(row, "trip_p99_us"), 9, 1, to);
	print_number((double)r->said.value[SIDE_A][SAID_RETRANSMITS], 5, 0, to);
	print_number((double)r->said.value[SIDE_A][SAID_DSACK_DUPS], 6, 0, to);
	print_number(tcp_median(row, "interrupts_per_s"), 7, 0, to);
	fprintf(to, "%s%s\n", row->cut ? "  cut short" : "", row->ok ? "" : "  FAILED");
}

static void print_table(const struct tcp_bench *b, FILE *to)
{
	fprintf(to, "%-21s%7s%8s%8s%9s%9s%5s%6s%7s\n", "cell", "Gb/s", "trips/s", "RTT p50",
		"trip p50", "trip p99", "retx", "dsack", "irq/s");
	for (unsigned i = 0; i < b->nrows; i++)
		print_row(&b->row[i], to);
}

/* "lazy", "lazy 2x". */
static void print_mode(const struct tcp_bench *b, const struct cell_spec *s, FILE *to)
{
	char text[32];

	snprintf(text, sizeof(text), "%s%s%s", s->preempt ? s->preempt : b->host.preempt,
		 s->slice ? " " : "", s->slice ? s->slice : "");
	fprintf(to, "%-11s", text);
}

static void print_seed_row(const struct tcp_bench *b, const struct tcp_row *row, FILE *to)
{
	const struct cell_spec *s = &row->spec.cell;
	double gbps = tcp_median(row, "gbps");

	print_mode(b, s, to);
	fprintf(to, "%-29s%-10s%-7s", tcp_deliverer(s), s->producer->name,
		accel_irq_name(s->accel, s->irq));
	if (!row->over.n) {
		fprintf(to, " %s%s\n", row->host_cannot ? "not possible here: " : "", why_not(row));
		return;
	}
	print_number(gbps, 6, gbps < 0.1 ? 4 : 2, to);
	print_number(tcp_waited_ms(row), 10, 3, to);
	print_number((double)row->sum.said.value[SIDE_A][SAID_RETRANSMITS], 6, 0, to);
	fprintf(to, "%s%s\n", row->cut ? "  cut short" : "", row->ok ? "" : "  FAILED");
}

/* The columns of the table that this project began with, and what TCP made of it. */
static void print_seed(const struct tcp_bench *b, FILE *to)
{
	fprintf(to, "%-11s%-29s%-10s%-7s%6s%10s%6s\n", "preempt", "pool", "producer", "irq", "Gb/s",
		"worker ms", "retx");
	for (unsigned i = 0; i < b->nrows; i++)
		print_seed_row(b, &b->row[i], to);
}

void tcp_print(const struct tcp_bench *b, FILE *to)
{
	noise_print(&b->noise, to);
	fprintf(to, "\n%u x %.1f s of each phase\n", b->rounds.runs,
		b->row[0].spec.work.duration_ms / 1e3);
	if (b->seed)
		print_seed(b, to);
	else
		print_table(b, to);
	fprintf(to, "`tandem help COLUMN` explains a column; times in %s. --json has the rest.\n",
		b->seed ? "ms" : "us");
}
