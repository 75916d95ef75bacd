// SPDX-License-Identifier: BSD-2-Clause
// One guest's device as a backend sees it.
#include "vhost/port.h"

#include <errno.h>
#include <stdio.h>

#include "lib/log.h"

_Static_assert(PORT_QUEUES *NOTIFY_PORTS *PAIRS_MAX == NOTIFY_TARGETS, "a target for every queue");

struct port_setup port_setup_of(struct virtio_device *dev, const struct gmem *mem,
				const int kick_fd[PORT_QUEUES], int call_fd)
{
	struct port_setup s = {
		.mem = mem, .features = dev->accepted, .frame_max = net_frame_max(dev), .dev = dev
	};

	for (unsigned q = 0; q < PORT_QUEUES; q++) {
		s.queue[q] = (struct queue_setup){ .at = dev->queue[q].at,
						   .base = virtq_first(dev->accepted),
						   .kick_fd = kick_fd[q],
						   .call_fd = call_fd };
		if (!dev->queue[q].ready)
			s.queue[q].at.size = 0;
	}
	return s;
}

int port_init(struct port *p, unsigned index, uint32_t queue_size_max)
{
	int err = 0;

	p->name = (char)('a' + index % NOTIFY_PORTS);
	p->pair = index / NOTIFY_PORTS;
	for (unsigned q = 0; q < PORT_QUEUES; q++) {
		p->target[q] = (struct notify_target){ .call_fd = -1,
						       .index = index * PORT_QUEUES + q,
						       .stamps = &p->stamps };
		p->who[q] = &p->target[q];
	}
	for (unsigned q = 0; q < PORT_QUEUES && !err; q++)
		err = virtq_init(&p->queue[q], queue_size_max);
	return err;
}

void port_share_stamps(struct port *p, struct port *first)
{
	for (unsigned q = 0; q < PORT_QUEUES; q++)
		p->target[q].stamps = &first->stamps;
}

void port_fini(struct port *p)
{
	for (unsigned q = 0; q < PORT_QUEUES; q++)
		virtq_fini(&p->queue[q]);
}

/* Queues that share an eventfd share a target: what is told through it is told once. */
static void set_targets(struct port *p, const struct port_setup *setup)
{
	for (unsigned q = 0; q < PORT_QUEUES; q++) {
		unsigned first = 0;

		while (setup->queue[first].call_fd != setup->queue[q].call_fd)
			first++;
		p->target[q].call_fd = setup->queue[q].call_fd;
		p->who[q] = &p->target[first];
	}
}

/* Of a device's first pair nothing is said: most have no other. */
static const char *pair_text(const struct port *p, char *text, size_t size)
{
	*text = '\0';
	if (p->pair)
		snprintf(text, size, " of pair %u", p->pair);
	return text;
}

void port_note_break(struct port *p, unsigned queue)
{
	struct virtq *q = &p->queue[queue];
	char which[24];

	p->break_reported[queue] = true;
	shared_store(&p->last_break, q->broken);
	shared_store(&p->breaks, p->breaks + 1);
	shared_store(&p->breaks_by[q->broken], p->breaks_by[q->broken] + 1);
	if (p->dev)
		device_need_reset(p->dev);
	/*
	 * A driver that breaks its queues over and over must not fill the log: once for each
	 * reason.
	 */
	if (p->breaks_by[q->broken] > 1)
		return;
	log_warn("device %c: %s queue%s is broken: %s; it stays so until its driver resets the "
		 "device (said once, then counted)",
		 p->name, queue == NET_RX ? "receive" : "transmit",
		 pair_text(p, which, sizeof(which)), virtq_break_text(q->broken));
}

int port_start(struct port *p, const struct port_setup *setup)
{
	p->dev = setup->dev;
	set_targets(p, setup);
	for (unsigned i = 0; i < PORT_QUEUES; i++) {
		const struct queue_setup *q = &setup->queue[i];

		p->break_reported[i] = false;
		if (q->absent)
			continue;
		if (virtq_start(&p->queue[i], setup->mem, &q->at, setup->features, q->base) < 0) {
			port_note_break(p, i);
			return -EINVAL;
		}
	}
	virtq_only_read(&p->queue[NET_TX]);
	p->hdr_bytes = net_hdr_bytes(setup->features);
	p->chain_max = p->hdr_bytes + setup->frame_max;
	p->mergeable = setup->features & 1ull << VIRTIO_NET_F_MRG_RXBUF;
	p->receives = !setup->queue[NET_RX].absent;
	p->active = true;
	return 0;
}

void port_stop(struct port *p, uint32_t base[PORT_QUEUES])
{
	p->active = p->receives = false;
	for (unsigned i = 0; i < PORT_QUEUES; i++) {
		uint32_t at = virtq_stop(&p->queue[i]);

		if (base)
			base[i] = at;
	}
}

bool port_is_quiet(const struct port *p)
{
	for (unsigned q = 0; q < PORT_QUEUES; q++) {
		const struct notify_target *t = &p->target[q];

		if (shared_load(&t->decided) !=
		    shared_load_acquire(&t->delivered) + shared_load(&t->coalesced))
			return false;
	}
	return true;
}
