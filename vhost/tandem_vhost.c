// SPDX-License-Identifier: BSD-2-Clause
// The backend as a library: libtandem-vhost.a.
#include "vhost/tandem_vhost.h"

#include <errno.h>

#include "lib/cpulist.h"
#include "lib/filter.h"
#include "lib/log.h"
#include "tandem/frame.h"
#include "vhost/doors.h"
#include "vhost/polling.h"
#include "vhost/producers.h"
#include "vhost/strategies.h"

#define FRAMES_AT_ONCE 64u
#define SQ_IDLE_MS 10u
#define BUSY_POLL_MAX_US 1000000u

_Static_assert(TANDEM_VHOST_SIDES == BACKEND_PORTS, "a side is a port");

/* What the caller of the library holds is a pair of doors. */
static struct doors *doors_of(struct tandem_vhost *v)
{
	return (struct doors *)v;
}

static int fill_backend(struct backend_config *b, const struct tandem_vhost_config *c)
{
	*b = (struct backend_config){
		.notify = notify_find(c->notify ? c->notify : "direct"),
		.producer = producer_find(c->producer ? c->producer : "user"),
		.batch = FRAMES_AT_ONCE,
		.budget = FRAMES_AT_ONCE,
		.frame_max = FRAME_MAX,
		.sq_idle_ms = SQ_IDLE_MS,
		.busy_poll_us = c->busy_poll_auto ? POLLING_LEARNED_MAX_US : c->busy_poll_us,
		.busy_poll_learns = c->busy_poll_auto,
		.pairs = c->queue_pairs,
		.queue_size_max = VIRTQ_SIZE_MAX,
	};
	cpulist_allowed(&b->backend_cpus);
	cpulist_allowed(&b->notifier_cpus);
	if (!b->notify)
		return log_errno(-EINVAL, "notify %s: direct, deferred or unbound", c->notify);
	if (!b->producer || b->producer->not_ours)
		return log_errno(-EINVAL, "producer %s: user, batch or sqpoll", c->producer);
	if (c->queue_pairs > PAIRS_MAX)
		return log_errno(-EINVAL, "queue_pairs %u: at most %u", c->queue_pairs, PAIRS_MAX);
	if (c->busy_poll_us > BUSY_POLL_MAX_US)
		return log_errno(-EINVAL, "busy_poll_us %u: at most %u", c->busy_poll_us,
				 BUSY_POLL_MAX_US);
	if (c->busy_poll_us && c->busy_poll_auto)
		return log_errno(-EINVAL, "busy_poll_us %u: not with busy_poll_auto",
				 c->busy_poll_us);
	return 0;
}

int tandem_vhost_create(struct tandem_vhost **out, const struct tandem_vhost_config *config)
{
	struct doors_config c = { .client = config->client,
				  .features = user_door_features(config->queue_pairs) &
					      ~config->features_off };
	struct doors *d = NULL;
	int err = fill_backend(&c.backend, config);

	*out = NULL;
	for (unsigned i = 0; i < BACKEND_PORTS && !err; i++) {
		c.path[i] = config->socket[i];
		if (!c.path[i] || !*c.path[i])
			err = log_errno(-EINVAL, "socket %c: no path", 'a' + i);
	}
	if (!err)
		err = doors_create(&d, &c);
	*out = (struct tandem_vhost *)d;
	return err;
}

int tandem_vhost_start(struct tandem_vhost *v)
{
	return doors_start(doors_of(v));
}

struct tandem_vhost_side tandem_vhost_side(const struct tandem_vhost *v, unsigned side)
{
	const struct doors *d = (const struct doors *)v;
	struct tandem_vhost_side s = { 0 };
	struct backend_stats b;
	struct user_door_stats door;

	if (side >= BACKEND_PORTS)
		return s;
	b = backend_stats(doors_backend(d));
	door = doors_side(d, side);
	return (struct tandem_vhost_side){
		.frames = b.flow[side].frames,
		.bytes = b.flow[side].bytes,
		.dropped = b.flow[side].dropped + b.flow[side].too_small,
		.notifications = b.port[side].delivered,
		.connections = door.connections,
		.refusals = door.refusals,
		.features = door.features,
		.rings = door.rings,
	};
}

void tandem_vhost_destroy(struct tandem_vhost *v)
{
	doors_destroy(doors_of(v));
}

int tandem_vhost_outlive_cuts(void)
{
	int err = filter_catch();

	return err ? err : filter_outlive_cuts();
}
