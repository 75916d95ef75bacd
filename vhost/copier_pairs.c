// SPDX-License-Identifier: BSD-2-Clause
// tandem's own backend where devices have several pairs of queues.
#include "vhost/copier_pairs.h"

void copier_aim(struct copier *c, unsigned to)
{
	steer_aim(&c->steer[1 - to], &c->port[to], BACKEND_PORTS);
}

/* Both directions' flows at this place: they have no receive queue in common. */
static bool run_in_kernel(struct copier *c, unsigned place)
{
	struct flow *both[BACKEND_PORTS];
	bool more;

	if (!c->producer->sqpoll)
		c->kernel.cpu = (unsigned)sched_getcpu();
	for (unsigned i = 0; i < BACKEND_PORTS; i++)
		both[i] = steer_next(&c->steer[i], place);
	more = producer_turn(&c->kernel, &c->loop, both, BACKEND_PORTS, c->notifier);
	for (unsigned i = 0; i < BACKEND_PORTS; i++)
		steer_ran(&c->steer[i], place);
	return more;
}

static bool run_here(struct copier *c, unsigned place)
{
	bool more = false;

	for (unsigned i = 0; i < BACKEND_PORTS; i++) {
		struct flow *f = steer_next(&c->steer[i], place);

		if (!f->held)
			more |= flow_run(f, c->notifier, c->budget);
		steer_ran(&c->steer[i], place);
	}
	return more;
}

bool copier_turn_pairs(struct copier *c)
{
	unsigned pairs = c->nports / BACKEND_PORTS;
	bool more = false;

	for (unsigned i = 0; i < BACKEND_PORTS; i++)
		steer_begin(&c->steer[i]);
	for (unsigned place = 0; place < pairs; place++)
		more |= c->producer->in_kernel ? run_in_kernel(c, place) : run_here(c, place);
	return more;
}
