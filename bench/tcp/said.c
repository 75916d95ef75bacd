// SPDX-License-Identifier: BSD-2-Clause
// What the guests of `bench tcp` say, checked.
#include "bench/tcp/said.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BY_A (1u << SIDE_A)
#define BY_B (1u << SIDE_B)
#define DAY_NS 86400000000000u
#define COUNT_MAX SAID_VALUE_MAX

static const struct {
	const char *name;
	unsigned sides;
	uint64_t max;
} kinds[SAID_FIGURES] = {
	[SAID_STREAM_NS] = { "stream_ns", BY_A | BY_B, DAY_NS },
	[SAID_STREAM_BYTES] = { "stream_bytes", BY_A, COUNT_MAX },
	[SAID_STREAM_INTERRUPTS] = { "stream_interrupts", BY_A | BY_B, COUNT_MAX },
	[SAID_RTT_SAMPLES] = { "rtt_samples", BY_A, COUNT_MAX },
	[SAID_RTT_MIN_US] = { "rtt_min_us", BY_A, UINT32_MAX },
	[SAID_RTT_P50_US] = { "rtt_p50_us", BY_A, UINT32_MAX },
	[SAID_RTT_P99_US] = { "rtt_p99_us", BY_A, UINT32_MAX },
	[SAID_RTT_MAX_US] = { "rtt_max_us", BY_A, UINT32_MAX },
	[SAID_RR_NS] = { "rr_ns", BY_A | BY_B, DAY_NS },
	[SAID_RR_TRIPS] = { "rr_trips", BY_A, COUNT_MAX },
	[SAID_RR_INTERRUPTS] = { "rr_interrupts", BY_A | BY_B, COUNT_MAX },
	[SAID_TRIP_P50_NS] = { "trip_p50_ns", BY_A, DAY_NS },
	[SAID_TRIP_P99_NS] = { "trip_p99_ns", BY_A, DAY_NS },
	[SAID_TRIP_MAX_NS] = { "trip_max_ns", BY_A, DAY_NS },
	[SAID_SENT] = { "sent", BY_A, COUNT_MAX },
	[SAID_RECEIVED] = { "received", BY_B, COUNT_MAX },
	[SAID_CORRUPT] = { "corrupt", BY_A | BY_B, COUNT_MAX },
	[SAID_RETRANSMITS] = { "retransmits", BY_A, COUNT_MAX },
	[SAID_DSACK_DUPS] = { "dsack_dups", BY_A, COUNT_MAX },
	[SAID_OUT_OF_ORDER] = { "out_of_order", BY_B, COUNT_MAX },
	[SAID_NET_RETRANS_SEGS] = { "net_retrans_segs", BY_A | BY_B, COUNT_MAX },
	[SAID_NET_TIMEOUTS] = { "net_timeouts", BY_A | BY_B, COUNT_MAX },
	[SAID_NET_SPURIOUS_RTOS] = { "net_spurious_rtos", BY_A | BY_B, COUNT_MAX },
	[SAID_NET_FAST_RETRANS] = { "net_fast_retrans", BY_A | BY_B, COUNT_MAX },
	[SAID_NET_LOSS_PROBES] = { "net_loss_probes", BY_A | BY_B, COUNT_MAX },
	[SAID_NET_DSACK_SENT] = { "net_dsack_sent", BY_A | BY_B, COUNT_MAX },
	[SAID_NET_DSACK_RECEIVED] = { "net_dsack_received", BY_A | BY_B, COUNT_MAX },
	[SAID_NET_OUT_OF_ORDER] = { "net_out_of_order", BY_A | BY_B, COUNT_MAX },
};

const char *said_phase_name(enum said_phase phase)
{
	return phase == SAID_STREAM ? "stream" : "rr";
}

const char *said_name(enum said_figure f)
{
	return (unsigned)f < SAID_FIGURES ? kinds[f].name : NULL;
}

bool said_by(enum said_figure f, unsigned side)
{
	return kinds[f].sides >> side & 1;
}

static enum said_what refuse(struct said *s, const char *what)
{
	if (!s->wrong[0])
		snprintf(s->wrong, sizeof(s->wrong), "%.80s", what);
	return SAID_NONSENSE;
}

/* Guest a's marks come in the one order that there is. */
static enum said_what take_mark(struct said *s, unsigned side, const char *text, bool begin,
				enum said_phase *phase)
{
	const enum said_phase next = (enum said_phase)(s->marks / 2);

	if (side != SIDE_A || next >= SAID_PHASES || begin != (s->marks % 2 == 0) ||
	    strcmp(text, said_phase_name(next)) != 0)
		return refuse(s, text);
	*phase = next;
	s->marks++;
	return begin ? SAID_BEGIN : SAID_END;
}

/* Digits and nothing else, of which there are not too many. */
static bool read_value(const char *text, uint64_t max, uint64_t *v)
{
	if (!isdigit((unsigned char)*text) || strspn(text, "0123456789") != strlen(text) ||
	    strlen(text) > 19)
		return false;
	*v = strtoull(text, NULL, 10);
	return *v <= max;
}

static enum said_figure figure_of(const char *text, size_t len)
{
	unsigned f = 0;

	while (f < SAID_FIGURES &&
	       (strlen(kinds[f].name) != len || strncmp(kinds[f].name, text, len) != 0))
		f++;
	return (enum said_figure)f;
}

static enum said_what take_value(struct said *s, unsigned side, const char *text)
{
	size_t len = strcspn(text, " ");
	enum said_figure f = figure_of(text, len);
	uint64_t v;

	if (f == SAID_FIGURES || !text[len] || !said_by(f, side) || s->there[side][f] ||
	    !read_value(text + len + 1, kinds[f].max, &v))
		return refuse(s, text);
	s->value[side][f] = v;
	s->there[side][f] = true;
	return SAID_VALUE;
}

/* The rest of a text behind its beginning; NULL: it begins with something else. */
static const char *behind(const char *text, const char *beginning)
{
	size_t n = strlen(beginning);

	return strncmp(text, beginning, n) == 0 ? text + n : NULL;
}

enum said_what said_take(struct said *s, unsigned side, const char *line, enum said_phase *phase)
{
	const char *text = behind(line, SAID_PREFIX), *mark;

	if (!text)
		return SAID_NOTHING;
	if ((mark = behind(text, "begin ")))
		return take_mark(s, side, mark, true, phase);
	if ((mark = behind(text, "end ")))
		return take_mark(s, side, mark, false, phase);
	return take_value(s, side, text);
}

bool said_all(const struct said *s)
{
	for (unsigned side = 0; side < SIDES; side++)
		for (unsigned f = 0; f < SAID_FIGURES; f++)
			if (said_by((enum said_figure)f, side) && !s->there[side][f])
				return false;
	return s->marks == 2 * SAID_PHASES;
}

static bool deny(char why[SAID_TEXT], const char *what, uint64_t a, uint64_t b)
{
	snprintf(why, SAID_TEXT, "%s (%" PRIu64 ", %" PRIu64 ")", what, a, b);
	return false;
}

static bool in_order(const uint64_t *v, enum said_figure low, enum said_figure middle,
		     enum said_figure high)
{
	return v[low] <= v[middle] && v[middle] <= v[high];
}

static bool windows_agree(const struct said *s, const struct said_bounds *b, char why[SAID_TEXT])
{
	static const enum said_figure windows[] = { SAID_STREAM_NS, SAID_RR_NS };

	for (unsigned i = 0; i < SAID_PHASES; i++) {
		uint64_t at_a = s->value[SIDE_A][windows[i]], at_b = s->value[SIDE_B][windows[i]];

		if (at_a < b->asked_ns || at_a > b->lived_ns)
			return deny(why, "guest a did not measure for as long as asked, ns", at_a,
				    b->asked_ns);
		if (!at_b || at_b > b->lived_ns)
			return deny(why, "guest b measured for longer than it lived, ns", at_b,
				    b->lived_ns);
	}
	return true;
}

static bool times_agree(const struct said *s, char why[SAID_TEXT])
{
	const uint64_t *a = s->value[SIDE_A];

	if (!in_order(a, SAID_RTT_P50_US, SAID_RTT_P99_US, SAID_RTT_MAX_US))
		return deny(why, "guest a's RTT is not in order, us", a[SAID_RTT_P50_US],
			    a[SAID_RTT_P99_US]);
	if (!in_order(a, SAID_TRIP_P50_NS, SAID_TRIP_P99_NS, SAID_TRIP_MAX_NS))
		return deny(why, "guest a's round trips are not in order, ns", a[SAID_TRIP_P50_NS],
			    a[SAID_TRIP_P99_NS]);
	return true;
}

/* More than the backend has carried did not arrive; frames carry more than the stream's bytes. */
static bool amounts_agree(const struct said *s, const struct said_bounds *b, char why[SAID_TEXT])
{
	const uint64_t *a = s->value[SIDE_A];

	if (a[SAID_STREAM_BYTES] > a[SAID_SENT])
		return deny(why, "guest a has more bytes acknowledged than sent",
			    a[SAID_STREAM_BYTES], a[SAID_SENT]);
	if (!b->counted)
		return true;
	if (a[SAID_SENT] > b->bytes)
		return deny(why, "guest a sent more bytes than the backend moved", a[SAID_SENT],
			    b->bytes);
	if (a[SAID_RR_TRIPS] > b->frames)
		return deny(why, "guest a made more round trips than the backend moved frames",
			    a[SAID_RR_TRIPS], b->frames);
	return true;
}

static bool data_is_whole(const struct said *s, char why[SAID_TEXT])
{
	const uint64_t *a = s->value[SIDE_A], *b = s->value[SIDE_B];

	if (a[SAID_SENT] != b[SAID_RECEIVED])
		return deny(why, "data was lost: bytes sent and received differ", a[SAID_SENT],
			    b[SAID_RECEIVED]);
	if (a[SAID_CORRUPT] || b[SAID_CORRUPT])
		return deny(why, "data was corrupted: answers, pieces of the stream",
			    a[SAID_CORRUPT], b[SAID_CORRUPT]);
	return true;
}

bool said_agrees(const struct said *s, const struct said_bounds *b, char why[SAID_TEXT])
{
	return windows_agree(s, b, why) && times_agree(s, why) && amounts_agree(s, b, why) &&
	       data_is_whole(s, why);
}
