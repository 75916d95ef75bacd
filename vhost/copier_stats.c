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

/* Of the pair that had one last, as far as that is known. */
static void sample_breaks(struct backend_stats *s, const struct port *p, unsigned device)
{
	s->port[device].breaks += shared_load(&p->breaks);
	if (shared_load(&p->breaks))
		s->port[device].last_break = shared_load(&p->last_break);
	for (unsigned k = 0; k < VIRTQ_BREAKS; k++)
		s->port[device].breaks_by[k] += shared_load(&p->breaks_by[k]);
}

static void sample_port(struct backend_stats *s, const struct copier *c, unsigned i)
{
	const struct port *p = &c->port[i];
	unsigned device = i % BACKEND_PORTS;

	for (unsigned q = 0; q < PORT_QUEUES; q++) {
		s->port[device].decided += shared_load(&p->target[q].decided);
		s->port[device].delivered += shared_load(&p->target[q].delivered);
		s->port[device].coalesced += shared_load(&p->target[q].coalesced);
		s->port[device].kicks += shared_load(&c->loop.heard[i * PORT_QUEUES + q]);
	}
	sample_breaks(s, p, device);
}

static void add_flow(struct flow_stats *sum, const struct flow_stats *f)
{
	sum->frames += f->frames;
	sum->bytes += f->bytes;
	sum->dropped += f->dropped;
	sum->too_small += f->too_small;
	sum->starved += f->starved;
}

static void sample_pair(struct backend_stats *s, const struct copier *c, unsigned i)
{
	unsigned device = i % BACKEND_PORTS, pair = i / BACKEND_PORTS;
	struct flow_stats f = sample_flow(&c->flow[i].stats);

	add_flow(&s->flow[device], &f);
	s->pair[device][pair].frames = f.frames;
	s->pair[device][pair].bytes = f.bytes;
	for (unsigned q = 0; q < PORT_QUEUES; q++)
		s->pair[device][pair].queue[q] = sample_queue(&c->port[i].count[q]);
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

	for (unsigned i = 0; i < c->nports; i++) {
		sample_port(&s, c, i);
		sample_pair(&s, c, i);
	}
	return s;
}
