// SPDX-License-Identifier: BSD-2-Clause
// What the guests of `bench tcp` say on their consoles: a line for each figure, and the marks of
// the measured windows. Guests are not trusted.
#ifndef BENCH_TCP_SAID_H
#define BENCH_TCP_SAID_H

#include <stdbool.h>
#include <stdint.h>

#include "pair/pair.h"

/* Every line begins so; behind it a figure's name and value, or a mark. */
#define SAID_PREFIX "tandem.tcp "
#define SAID_TEXT 120u
/* Of any figure: JSON's numbers are exact up to here. */
#define SAID_VALUE_MAX (1ull << 53)

enum said_phase { SAID_STREAM, SAID_RR, SAID_PHASES };

const char *said_phase_name(enum said_phase phase);

/* Of the measured windows, and from `sent` on of all that the guest has done. */
enum said_figure {
	SAID_STREAM_NS,
	SAID_STREAM_BYTES, /* that guest b's TCP has acknowledged */
	SAID_STREAM_INTERRUPTS,
	SAID_RTT_SAMPLES,
	SAID_RTT_MIN_US,
	SAID_RTT_P50_US,
	SAID_RTT_P99_US,
	SAID_RTT_MAX_US,
	SAID_RR_NS,
	SAID_RR_TRIPS,
	SAID_RR_INTERRUPTS,
	SAID_TRIP_P50_NS,
	SAID_TRIP_P99_NS,
	SAID_TRIP_MAX_NS,
	SAID_SENT,     /* bytes of the stream, warm-up included */
	SAID_RECEIVED, /* the same at the other end */
	SAID_CORRUPT,  /* pieces of the stream, or answers, that were not what was sent */
	/* of struct tcp_info, added up over connections */
	SAID_RETRANSMITS,
	SAID_DSACK_DUPS,
	SAID_OUT_OF_ORDER,
	/* of the whole guest, from /proc/net/snmp and /proc/net/netstat */
	SAID_NET_RETRANS_SEGS,
	SAID_NET_TIMEOUTS,
	SAID_NET_SPURIOUS_RTOS,
	SAID_NET_FAST_RETRANS,
	SAID_NET_LOSS_PROBES,
	SAID_NET_DSACK_SENT,
	SAID_NET_DSACK_RECEIVED,
	SAID_NET_OUT_OF_ORDER,
	SAID_FIGURES
};

/* NULL: there is no such figure. */
const char *said_name(enum said_figure f);

/* Does this guest say it? Either says each only once. */
bool said_by(enum said_figure f, unsigned side);

/* What both guests have said so far; all zeros at first. */
struct said {
	uint64_t value[SIDES][SAID_FIGURES];
	bool there[SIDES][SAID_FIGURES];
	unsigned marks;	       /* of guest a: begin and end of each phase, in this order */
	char wrong[SAID_TEXT]; /* of the first line that no honest guest prints; "": none */
};

enum said_what {
	SAID_NOTHING, /* a line of somebody else's */
	SAID_VALUE,
	SAID_BEGIN, /* of *phase */
	SAID_END,
	SAID_NONSENSE, /* said->wrong says which */
};

/* A line of that guest's console. */
enum said_what said_take(struct said *s, unsigned side, const char *line, enum said_phase *phase);

/* Has each guest said all of it? */
bool said_all(const struct said *s);

/* What the host knows itself, of the guests' whole life. */
struct said_bounds {
	uint64_t asked_ns; /* guest a was told to measure for so long */
	uint64_t lived_ns;
	bool counted;		/* the backend moves frames itself, and counts them */
	uint64_t frames, bytes; /* from a to b */
};

/*
 * Once all is said: can it be true? Else, in `why`, which part contradicts another, or what the
 * host knows; that data was lost is such a part.
 */
bool said_agrees(const struct said *s, const struct said_bounds *b, char why[SAID_TEXT]);

#endif
