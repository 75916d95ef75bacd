// SPDX-License-Identifier: BSD-2-Clause
// A sample of what tandem's own backend counts.
#include "vhost/copier_stats.h"

static struct flow_stats sample_flow(const struct flow_stats *s)
{
	return (struct flow_stats){
		.frames = shared_load(&s->frames),
		.bytes = shared_load(&s->bytes),
		.dropped = shared_load(&s->dropped),
		.too_small = shared_load(&s->too_small),
		.starved = shared_load(&s->starved),
	};
}

static struct queue_stats sample_queue(const struct queue_stats *s)
{
	return (struct queue_stats){
		.published = shared_load(&s->published),
		.wanted = shared_load(&s->wanted),
		.asked = shared_load(&s->asked),
	};
}

static struct producer_stats sample_producer(const struct producer_stats *s)
{
	return (struct producer_stats){
		.batches = shared_load(&s->batches),
		.jobs = shared_load(&s->jobs),
		.signals = shared_load(&s->signals),
		.failures = shared_load(&s->failures),
	};
}

static void sample_port(struct backend_stats *s, const struct port *p, unsigned i)
{
	for (unsigned q = 0; q < PORT_QUEUES; q++) {
		s->port[i].decided += shared_load(&p->target[q].decided);
		s->port[i].delivered += shared_load(&p->target[q].delivered);
		s->port[i].coalesced += shared_load(&p->target[q].coalesced);
	}
	s->port[i].breaks = shared_load(&p->breaks);
	s->port[i].last_break = shared_load(&p->last_break);
	for (unsigned k = 0; k < VIRTQ_BREAKS; k++)
		s->port[i].breaks_by[k] = shared_load(&p->breaks_by[k]);
}

struct backend_stats copier_stats(const struct backend *b)
{
	const struct copier *c = (const struct copier *)b;
	struct backend_stats s = {
		.turns = shared_load(&c->turns),
		.sleeps = shared_load(&c->sleeps),
		.wakes = shared_load(&c->wakes),
		.producer = sample_producer(&c->kernel.stats),
	};

	for (unsigned i = 0; i < BACKEND_PORTS; i++) {
		s.flow[i] = sample_flow(&c->flow[i].stats);
		sample_port(&s, &c->port[i], i);
		s.port[i].queue[NET_TX] = sample_queue(&c->flow[i].queue[NET_TX]);
		s.port[i].queue[NET_RX] = sample_queue(&c->flow[1 - i].queue[NET_RX]);
		for (unsigned q = 0; q < PORT_QUEUES; q++)
			s.port[i].kicks += shared_load(&c->loop.heard[i * PORT_QUEUES + q]);
	}
	return s;
}
