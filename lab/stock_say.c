// SPDX-License-Identifier: BSD-2-Clause
// What a stock Linux guest says of `bench tcp`.
#include "lab/stock_say.h"

#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "lab/file.h"
#include "lab/stock_counts.h"
#include "lib/clock.h"

static char *read_text(const char *path)
{
	char *text = NULL;

	return lab_file_read(path, &text, NULL) ? NULL : text;
}

static struct stock_moment moment_now(void)
{
	char *text = read_text("/proc/interrupts");
	struct stock_moment m = { clock_mono_ns(), text ? stock_count_interrupts(text) : 0 };

	free(text);
	return m;
}

static void say_mark(const struct stock_say *s, const char *what, enum said_phase phase)
{
	if (s->side != SIDE_A)
		return;
	printf(SAID_PREFIX "%s %s\n", what, said_phase_name(phase));
	fflush(stdout);
}

void stock_say_begin(struct stock_say *s, enum said_phase phase)
{
	say_mark(s, "begin", phase);
	s->from = moment_now();
}

void stock_say_end(struct stock_say *s, enum said_phase phase)
{
	struct stock_moment to = moment_now();
	bool stream = phase == SAID_STREAM;

	s->value[stream ? SAID_STREAM_NS : SAID_RR_NS] = to.ns - s->from.ns;
	s->value[stream ? SAID_STREAM_INTERRUPTS : SAID_RR_INTERRUPTS] =
		to.interrupts - s->from.interrupts;
	say_mark(s, "end", phase);
}

static uint64_t quantile(const struct hist *h, double q)
{
	return (uint64_t)hist_quantile(h, q);
}

void stock_say_rtt(struct stock_say *s, const struct hist *h)
{
	s->value[SAID_RTT_SAMPLES] = h->n;
	s->value[SAID_RTT_P50_US] = quantile(h, 0.5) / 1000;
	s->value[SAID_RTT_P99_US] = quantile(h, 0.99) / 1000;
	s->value[SAID_RTT_MAX_US] = h->max_ns / 1000;
}

void stock_say_trips(struct stock_say *s, const struct hist *h)
{
	s->value[SAID_RR_TRIPS] = h->n;
	s->value[SAID_TRIP_P50_NS] = quantile(h, 0.5);
	s->value[SAID_TRIP_P99_NS] = quantile(h, 0.99);
	s->value[SAID_TRIP_MAX_NS] = h->max_ns;
}

struct tcp_info stock_say_info(int fd)
{
	struct tcp_info info = { 0 };
	socklen_t n = sizeof(info);

	getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &n);
	return info;
}

void stock_say_connection(struct stock_say *s, int fd)
{
	struct tcp_info info = stock_say_info(fd);
	uint64_t *min = &s->value[SAID_RTT_MIN_US];

	s->value[SAID_RETRANSMITS] += info.tcpi_total_retrans;
	s->value[SAID_DSACK_DUPS] += info.tcpi_dsack_dups;
	if (!*min || info.tcpi_min_rtt < *min)
		*min = info.tcpi_min_rtt;
}

/* Nobody but us has used this kernel's TCP. */
void stock_say_kernel(struct stock_say *s)
{
	static const struct {
		enum said_figure to;
		const char *path, *group, *name;
	} counters[] = {
		{ SAID_NET_RETRANS_SEGS, "/proc/net/snmp", "Tcp", "RetransSegs" },
		{ SAID_NET_TIMEOUTS, "/proc/net/netstat", "TcpExt", "TCPTimeouts" },
		{ SAID_NET_SPURIOUS_RTOS, "/proc/net/netstat", "TcpExt", "TCPSpuriousRTOs" },
		{ SAID_NET_FAST_RETRANS, "/proc/net/netstat", "TcpExt", "TCPFastRetrans" },
		{ SAID_NET_LOSS_PROBES, "/proc/net/netstat", "TcpExt", "TCPLossProbes" },
		{ SAID_NET_DSACK_SENT, "/proc/net/netstat", "TcpExt", "TCPDSACKOldSent" },
		{ SAID_NET_DSACK_RECEIVED, "/proc/net/netstat", "TcpExt", "TCPDSACKRecv" },
		{ SAID_NET_OUT_OF_ORDER, "/proc/net/netstat", "TcpExt", "TCPOFOQueue" },
	};

	for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++) {
		char *text = read_text(counters[i].path);

		s->value[counters[i].to] =
			text ? stock_count_net(text, counters[i].group, counters[i].name) : 0;
		free(text);
	}
}

void stock_say_all(const struct stock_say *s)
{
	for (unsigned f = 0; f < SAID_FIGURES; f++)
		if (said_by((enum said_figure)f, s->side))
			printf(SAID_PREFIX "%s %" PRIu64 "\n", said_name((enum said_figure)f),
			       s->value[f]);
	fflush(stdout);
}
