// SPDX-License-Identifier: BSD-2-Clause
// What is collected while two front ends of other programs are served.
#include "bench/run/session.h"

#include "lib/clock.h"

/* Further behind the head than this, an entry may be overwritten while it is read. */
#define BEHIND_MAX (STAMPS_SIZE - STAMPS_SIZE / 8)

void session_begin(struct session *s, uint64_t clock_hz)
{
	uint64_t now = clock_mono_ns();

	*s = (struct session){ .ns_per_cycle = 1e9 / (double)clock_hz,
			       .begun_ns = now,
			       .looked_ns = now };
}

static struct stamp read_stamp(const struct stamps *stamps, uint64_t id)
{
	const struct stamp *e = &stamps->ring[id & (STAMPS_SIZE - 1)];
	uint64_t t2 = shared_load_acquire(&e->t2);

	return (struct stamp){ .t0 = shared_load(&e->t0), .t1 = shared_load(&e->t1), .t2 = t2 };
}

/* False: it has yet to be delivered. */
static bool take(struct session_side *s, const struct stamp *e, double ns_per_cycle)
{
	if (e->t1 == STAMP_COALESCED)
		return true;
	if (!e->t2)
		return false;
	hist_add(&s->worker, clock_ns_between(e->t0, e->t1, ns_per_cycle));
	hist_add(&s->write, clock_ns_between(e->t1, e->t2, ns_per_cycle));
	return true;
}

void session_drain(struct session_side *s, const struct stamps *stamps, double ns_per_cycle,
		   bool last)
{
	uint64_t head = shared_load_acquire(&stamps->head);

	if (head - s->next > BEHIND_MAX) {
		s->lost += head - s->next - BEHIND_MAX;
		s->next = head - BEHIND_MAX;
	}
	for (; s->next != head; s->next++) {
		struct stamp e = read_stamp(stamps, s->next);

		if (take(s, &e, ns_per_cycle))
			continue;
		if (!last)
			return;
		s->lost++;
	}
}

static bool both_run(const struct doors *d)
{
	return doors_side(d, SIDE_A).rings && doors_side(d, SIDE_B).rings;
}

static void drain_all(struct session *s, const struct doors *d, bool last)
{
	for (unsigned side = 0; side < SIDES; side++)
		session_drain(&s->side[side], backend_stamps(doors_backend(d), side),
			      s->ns_per_cycle, last);
}

void session_look(struct session *s, const struct doors *d)
{
	uint64_t now = clock_mono_ns();

	if (both_run(d))
		s->attached_ns += now - s->looked_ns;
	s->looked_ns = now;
	drain_all(s, d, false);
}

void session_end(struct session *s, const struct doors *d)
{
	drain_all(s, d, true);
}
