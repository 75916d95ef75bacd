// SPDX-License-Identifier: BSD-2-Clause
// Open loop: the schedule of arrivals, and latency from the intended time.
#include "bench/run/load.h"

#include <math.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/sane.h"
#include "tandem/shared.h"
#include "tandem/frame.h"

#define PHASE_HZ 100u /* the slowest tick there is */

/* Frames that one look of a guest can take: more is not a guest of ours. */
#define FRAMES_PER_MARK 65536u

/* And all looks since the last drain: at the highest rate, some seconds' worth. */
#define FRAMES_PER_DRAIN (1u << 22)

/* Behind by less than this is how a queue breathes. */
#define OVERLOAD_FRAMES 32u
#define OVERLOAD_SHARE 0.01

static const char *const names[ARRIVALS_KINDS] = { "poisson", "uniform", "fixed" };

const char *arrivals_name(enum arrivals a)
{
	return names[a];
}

bool arrivals_find(const char *name, enum arrivals *a)
{
	for (unsigned i = 0; i < ARRIVALS_KINDS; i++) {
		if (strcmp(names[i], name) != 0)
			continue;
		*a = i;
		return true;
	}
	return false;
}

/* ---- the schedule ---- */

/* A Weyl sequence, mixed by Stafford's 13th variant: any seed will do. */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

/* Above 0, not above 1. */
static double next_share(uint64_t *state)
{
	return ((double)(next_random(state) >> 11) + 1) / 9007199254740992.0;
}

/* In units of the mean. */
static double next_gap(enum arrivals a, uint64_t *state)
{
	switch (a) {
	case ARRIVALS_POISSON:
		return -log(next_share(state));
	case ARRIVALS_UNIFORM:
		return 2 * next_share(state);
	default:
		return 1;
	}
}

/* Twice through the same random numbers: first for their sum, so that the mean comes out exact. */
void load_fill(struct tandem_load *page, const struct load_spec *spec, uint64_t clock_hz)
{
	double period = (double)TANDEM_ARRIVALS * (double)clock_hz / spec->rate, sum = 0, at = 0;
	uint64_t state = spec->seed, first;

	memset(page, 0, sizeof(*page));
	page->phase = (uint64_t)(next_share(&state) * (double)clock_hz / PHASE_HZ);
	page->period = (uint64_t)llround(period);
	first = state;
	for (unsigned i = 0; i < TANDEM_ARRIVALS; i++)
		sum += next_gap(spec->arrivals, &state);
	state = first;
	for (unsigned i = 0; i < TANDEM_ARRIVALS; i++) {
		page->offset[i] = (uint64_t)(at / sum * period);
		at += next_gap(spec->arrivals, &state);
	}
}

uint64_t load_intended(const struct tandem_load *page, uint64_t seq)
{
	return shared_load(&page->start) + seq / TANDEM_ARRIVALS * page->period +
	       page->offset[seq % TANDEM_ARRIVALS];
}

uint64_t load_due(const struct tandem_load *page, uint64_t t)
{
	/* The guest may change any of these meanwhile. */
	uint64_t start = shared_load(&page->start), period = shared_load(&page->period), round;
	uint32_t low = 0, high = TANDEM_ARRIVALS;

	if (!start || t <= start || !period)
		return 0;
	round = (t - start) / period;
	t = (t - start) % period;
	while (low < high) {
		uint32_t middle = (low + high) / 2;

		if (page->offset[middle] < t)
			low = middle + 1;
		else
			high = middle;
	}
	return round * TANDEM_ARRIVALS + low;
}

/* ---- the marks ---- */

void load_open(struct load_reader *r, const struct tandem_load *schedule,
	       const struct tandem_load *marks, uint64_t clock_hz)
{
	*r = (struct load_reader){ .schedule = schedule,
				   .marks = marks,
				   .period = schedule->period,
				   .ns_per_cycle = 1e9 / (double)clock_hz };
}

static void add(const struct load_reader *r, struct hist *h, uint64_t from, uint64_t to)
{
	hist_add(h, clock_ns_between(from, to, r->ns_per_cycle));
}

/*
 * One mark accounts for all frames since the one before, `left` at most. Returns how many it can't.
 */
static uint64_t take_mark(struct load_reader *r, const struct tandem_mark *m, uint64_t from,
			  uint64_t to, struct hist *out, uint64_t *left)
{
	uint64_t t = shared_load(&m->t), seq = shared_load(&m->seq), missing = 0;

	if (seq <= r->seq || seq > FRAME_SEQ_MASK)
		return 0;
	if (seq - r->seq > FRAMES_PER_MARK || seq - r->seq > *left) {
		missing = seq - r->seq;
		r->seq = seq;
	}
	*left -= seq - r->seq;
	for (; r->seq < seq; r->seq++) {
		uint64_t intended = load_intended(r->schedule, r->seq);

		if (out && intended >= from && intended < to)
			add(r, out, intended, t);
	}
	return missing;
}

uint64_t load_drain(struct load_reader *r, uint64_t from, uint64_t to, struct hist *out)
{
	uint64_t head = shared_load_acquire(&r->marks->head), missing = 0, left = FRAMES_PER_DRAIN;
	const struct tandem_mark *m;

	/* What the guest may be overwriting is skipped: those frames' times are not known. */
	if (head - r->next > TANDEM_MARKS - TANDEM_MARKS / 8) {
		r->next = head;
		m = &r->marks->marks[(head - 1) & (TANDEM_MARKS - 1)];
		missing = shared_load(&m->seq) - r->seq;
		r->seq += missing;
		return missing;
	}
	for (; r->next != head; r->next++) {
		m = &r->marks->marks[r->next & (TANDEM_MARKS - 1)];
		missing += take_mark(r, m, from, to, out, &left);
	}
	return missing;
}

/* ---- the result ---- */

static uint64_t behind(uint64_t due, uint64_t accepted)
{
	return due > accepted ? due - accepted : 0;
}

/*
 * The guest can rewrite the schedule: frames due in the window are no more than the host's own
 * allows.
 */
static uint64_t bounded(const struct load_reader *r, uint64_t from, uint64_t to, uint64_t frames)
{
	uint64_t most = ((to - from) / (r->period ? r->period : 1) + 2) * TANDEM_ARRIVALS;

	return frames < most ? frames : most;
}

void load_finish(const struct load_reader *r, uint64_t from, uint64_t to, uint64_t sent,
		 const uint64_t accepted[2], struct load_result *out)
{
	uint64_t due[2] = { load_due(r->schedule, from), load_due(r->schedule, to) };
	uint64_t before = behind(due[0], accepted[0]), after;

	due[1] = due[0] + bounded(r, from, to, due[1] > due[0] ? due[1] - due[0] : 0);
	after = behind(due[1], accepted[1]);
	out->offered = due[1] - due[0];
	out->served = accepted[1] - accepted[0];
	/*
	 * They would have waited even longer than this. To leave them out would be to omit the
	 * worst.
	 */
	for (uint64_t seq = sent > due[0] ? sent : due[0]; seq < due[1]; seq++, out->unsent++)
		add(r, &out->latency, load_intended(r->schedule, seq), to);
	out->overload = after > before + OVERLOAD_FRAMES &&
			(double)(after - before) > OVERLOAD_SHARE * (double)out->offered;
}

void load_merge(struct load_result *to, const struct load_result *from)
{
	hist_merge(&to->latency, &from->latency);
	hist_merge(&to->sending, &from->sending);
	to->offered += from->offered;
	to->served += from->served;
	to->unsent += from->unsent;
	to->unmarked += from->unmarked;
	to->overload |= from->overload;
	if (!to->seed)
		to->seed = from->seed;
}

bool load_is_sane(const struct load_result *r)
{
	return hist_is_sane(&r->latency) && hist_is_sane(&r->sending) && sane_flag(&r->overload);
}
