// SPDX-License-Identifier: BSD-2-Clause
// The table of `bench tcp`: a line for each combination.
#include "bench/tcp/print.h"

#include <math.h>
#include <string.h>

#include "bench/host/host_print.h"
#include "bench/tcp/tcp.h"

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

void tcp_print(const struct tcp_bench *b, FILE *to)
{
	noise_print(&b->noise, to);
	fprintf(to, "\n%u x %.1f s of each phase\n", b->rounds.runs,
		b->row[0].spec.work.duration_ms / 1e3);
	fprintf(to, "%-21s%7s%8s%8s%9s%9s%5s%6s%7s\n", "cell", "Gb/s", "trips/s", "RTT p50",
		"trip p50", "trip p99", "retx", "dsack", "irq/s");
	for (unsigned i = 0; i < b->nrows; i++)
		print_row(&b->row[i], to);
	fputs("`tandem help COLUMN` explains a column; times in us. --json has the rest.\n", to);
}
