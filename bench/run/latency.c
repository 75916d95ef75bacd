// SPDX-License-Identifier: BSD-2-Clause
// Puts the host's and the guest's halves of each notification's stamps together.
#include "bench/run/latency.h"

#include <math.h>

#include "lib/clock.h"
#include "lib/sane.h"
#include "tandem/shared.h"

const char *stage_name(enum stage s)
{
	static const char *const names[STAGES] = { "worker", "write", "handler", "workload" };

	return names[s];
}

void latency_open(struct latency_reader *r, const struct stamps *host,
		  const struct tandem_report *guest, uint64_t clock_hz)
{
	*r = (struct latency_reader){
		.host = host, .guest = guest, .ns_per_cycle = 1e9 / (double)clock_hz, .last_ns = -1
	};
}

static struct stamp read_host(const struct stamps *s, uint64_t id)
{
	const struct stamp *e = &s->ring[id & (STAMPS_SIZE - 1)];
	uint64_t t2 = shared_load_acquire(&e->t2);

	return (struct stamp){
		.t0 = shared_load(&e->t0),
		.t1 = shared_load(&e->t1),
		.t2 = t2,
		.rx_idx = shared_load(&e->rx_idx),
	};
}

static struct tandem_stamp read_guest(const struct tandem_report *r, uint64_t id)
{
	const struct tandem_stamp *e = &r->stamps[id & (TANDEM_STAMPS - 1)];

	return (struct tandem_stamp){
		.t3 = shared_load(&e->t3),
		.t4 = shared_load(&e->t4),
		.rx_idx = shared_load(&e->rx_idx),
	};
}

/* Skips what a writer `size` entries ahead may be overwriting. Returns how many were skipped. */
static uint64_t skip_overwritten(uint64_t *next, uint64_t head, uint64_t size)
{
	uint64_t lost;

	if (head - *next <= size - size / 8)
		return 0;
	lost = head - *next;
	*next = head;
	return lost;
}

static void add(const struct latency_reader *r, struct hist *h, uint64_t from, uint64_t to)
{
	hist_add(h, clock_ns_between(from, to, r->ns_per_cycle));
}

static void add_jitter(struct latency_reader *r, struct latency *out, const struct stamp *h,
		       const struct tandem_stamp *g)
{
	int64_t ns = (int64_t)clock_ns_between(h->t0, g->t3, r->ns_per_cycle);

	if (r->last_ns >= 0) {
		out->jitter_sum_ns += (double)(ns > r->last_ns ? ns - r->last_ns : r->last_ns - ns);
		out->jitter_n++;
	}
	r->last_ns = ns;
}

double latency_jitter_ns(const struct latency *l)
{
	return l->jitter_n ? l->jitter_sum_ns / (double)l->jitter_n : NAN;
}

static void add_sample(struct latency_reader *r, struct latency *out, const struct stamp *h,
		       const struct tandem_stamp *g)
{
	add_jitter(r, out, h, g);
	add(r, &out->notify, h->t0, g->t3);
	slow_add(&out->slow, &(struct slow){ h->t0, h->t1, h->t2, g->t3 });
	add(r, &out->stage[STAGE_WORKER], h->t0, h->t1);
	add(r, &out->stage[STAGE_WRITE], h->t1, h->t2);
	add(r, &out->stage[STAGE_HANDLER], h->t2, g->t3);
	/* 0: the guest had taken the frames while it was awake, before this was even decided. */
	if (g->t4)
		add(r, &out->stage[STAGE_WORKLOAD], g->t3, g->t4);
}

/*
 * Was this notification's cause with the guest by the time it looked? Indices are 16 bits and wrap.
 */
static bool covered(const struct stamp *h, const struct tandem_stamp *g)
{
	uint64_t seen = g->t4 ? g->t4 : g->t3;

	return (int16_t)(uint16_t)(g->rx_idx - h->rx_idx) >= 0 && h->t0 <= seen;
}

/*
 * One look of the guest settles all notifications it covers. The first of them that was written
 * before the handler ran is the one whose interrupt it was.
 */
static void settle(struct latency_reader *r, struct latency *out, const struct tandem_stamp *g,
		   uint64_t host_head)
{
	bool sampled = false;

	for (; r->host_next < host_head; r->host_next++) {
		struct stamp h = read_host(r->host, r->host_next);

		if (!covered(&h, g))
			break;
		if (!out)
			continue;
		if (h.t1 == STAMP_COALESCED) {
			out->coalesced++;
		} else if (sampled) {
			out->merged++;
		} else if (!h.t2 || !g->t3 || g->t3 < h.t2) {
			out->found++;
		} else {
			add_sample(r, out, &h, g);
			sampled = true;
		}
	}
	if (out && g->t3 && !g->t4 && !sampled)
		out->spurious++;
}

/* A backend that does not stamp leaves the guest's own stage, from handler to workload. */
static void settle_alone(const struct latency_reader *r, struct latency *out,
			 const struct tandem_stamp *g)
{
	if (g->t3 && g->t4)
		add(r, &out->stage[STAGE_WORKLOAD], g->t3, g->t4);
	else if (g->t3)
		out->spurious++;
}

static void drain_alone(struct latency_reader *r, struct latency *out, uint64_t guest_head)
{
	skip_overwritten(&r->guest_next, guest_head, TANDEM_STAMPS);
	for (; r->guest_next != guest_head; r->guest_next++) {
		struct tandem_stamp g = read_guest(r->guest, r->guest_next);

		if (out)
			settle_alone(r, out, &g);
	}
}

static void drain_both(struct latency_reader *r, struct latency *out, uint64_t guest_head)
{
	uint64_t host_head = shared_load_acquire(&r->host->head), lost;

	/* A guest may write any head it likes: what it can't have filled is skipped, not walked. */
	lost = skip_overwritten(&r->guest_next, guest_head, TANDEM_STAMPS);
	if (lost) {
		uint64_t open = host_head - r->host_next;

		r->host_next = host_head;
		if (out)
			out->lost += open;
		return;
	}
	lost = skip_overwritten(&r->host_next, host_head, STAMPS_SIZE);
	if (out)
		out->lost += lost;
	for (; r->guest_next != guest_head; r->guest_next++) {
		struct tandem_stamp g = read_guest(r->guest, r->guest_next);

		settle(r, out, &g, host_head);
	}
}

void latency_drain(struct latency_reader *r, struct latency *out)
{
	uint64_t guest_head = shared_load_acquire(&r->guest->stamp_head);

	if (r->host)
		drain_both(r, out, guest_head);
	else
		drain_alone(r, out, guest_head);
}

void latency_merge(struct latency *to, const struct latency *from)
{
	hist_merge(&to->notify, &from->notify);
	for (unsigned i = 0; i < STAGES; i++)
		hist_merge(&to->stage[i], &from->stage[i]);
	to->merged += from->merged;
	to->found += from->found;
	to->coalesced += from->coalesced;
	to->lost += from->lost;
	to->spurious += from->spurious;
	to->jitter_sum_ns += from->jitter_sum_ns;
	to->jitter_n += from->jitter_n;
}

bool latency_is_sane(const struct latency *l)
{
	for (unsigned i = 0; i < STAGES; i++)
		if (!hist_is_sane(&l->stage[i]))
			return false;
	return hist_is_sane(&l->notify) && sane_amount(l->jitter_sum_ns) &&
	       slow_list_is_sane(&l->slow);
}
