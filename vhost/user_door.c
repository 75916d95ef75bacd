// SPDX-License-Identifier: BSD-2-Clause
// The front door of the backend: one front end a door, one thread a door.
#include "vhost/user_door.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "lib/thread.h"
#include "tandem/shared.h"
#include "vhost/call_guard.h"
#include "vhost/filters.h"
#include "vhost/user_fd.h"
#include "vhost/user_socket.h"

/* What may be a mistake of whoever configured the front end; said once a connection. */
struct puzzle {
	uint64_t connected_ns, attached_ns;
	uint64_t messages, kicks; /* by then */
	bool said;
};

struct user_door {
	struct user_door_config config;
	struct user_offer offer;
	struct virtio_device_kind kind; /* for its configuration space */
	struct user_listener listener;
	int stop; /* eventfd */
	int fd;	  /* the connection; -1: none */
	char name;
	struct thread thread;
	struct call_guard guard;
	struct user user;
	unsigned pairs;
	bool changed; /* rings were attached or detached since frames were steered last */
	bool runs[USER_DOOR_RINGS];
	bool attached[PAIRS_MAX];		   /* each pair is a port of the backend */
	struct queue_setup queue[USER_DOOR_RINGS]; /* base: where it is while it is not attached */
	struct user_door_stats stats;
	struct puzzle puzzle;
};

/* MAC and link are the front end's own matter. */
uint64_t user_door_features(unsigned pairs)
{
	return (pairs > 1 ? NET_MQ : 0) |
	       (net_features() & ~(1ull << VIRTIO_NET_F_STATUS | 1ull << VIRTIO_NET_F_MAC)) |
	       VIRTQ_INDIRECT_DESC | VIRTQ_PACKED | 1ull << VIRTIO_NET_F_MRG_RXBUF;
}

static void note(uint64_t *counter)
{
	shared_store(counter, *counter + 1);
}

/* ---- rings: a port is attached with those that run, and anew when they are others ---- */

static unsigned pair_of(unsigned ring)
{
	return ring / PORT_QUEUES;
}

static unsigned port_of(const struct user_door *d, unsigned pair)
{
	return pair * BACKEND_PORTS + d->config.port;
}

static unsigned running(const struct user_door *d)
{
	unsigned n = 0;

	for (unsigned i = 0; i < USER_DOOR_RINGS; i++)
		n += d->runs[i];
	return n;
}

static bool pair_runs(const struct user_door *d, unsigned pair)
{
	const bool *runs = &d->runs[pair * PORT_QUEUES];

	return runs[NET_RX] || runs[NET_TX];
}

static const struct queue_setup no_queue = { .absent = true, .kick_fd = -1, .call_fd = -1 };

/*
 * Whoever was told of nothing while the rings stood still, or through a call fd that is no more,
 * looks now. A call too many is harmless (2.7.10), one that is lost stops a driver for ever.
 */
static void call_all(const struct user_door *d, unsigned pair)
{
	unsigned first = pair * PORT_QUEUES;

	for (unsigned i = first; i < first + PORT_QUEUES; i++)
		if (d->runs[i] && d->queue[i].call_fd >= 0)
			fd_signal(d->queue[i].call_fd);
}

/* Legacy drivers use indirect descriptors without acknowledging them. */
static uint64_t features_of(const struct user_door *d)
{
	uint64_t features = d->user.features;

	return features & 1ull << VIRTIO_F_VERSION_1 ? features : features | VIRTQ_INDIRECT_DESC;
}

static uint64_t kicks(const struct user_door *d)
{
	return backend_stats(d->config.backend).port[d->config.port].kicks;
}

static void puzzle_attached(struct user_door *d)
{
	d->puzzle.attached_ns = clock_mono_ns();
	d->puzzle.kicks = kicks(d);
}

/* While the pair is not attached, and so nobody writes a call fd. */
static int watch_calls(struct user_door *d, unsigned pair)
{
	unsigned first = pair * PORT_QUEUES;
	int err = 0;

	for (unsigned i = first; i < first + PORT_QUEUES && !err; i++)
		err = call_guard_watch(&d->guard, i, d->runs[i] ? d->queue[i].call_fd : -1);
	return err;
}

static int attach(struct user_door *d, unsigned pair)
{
	struct port_setup setup = { .mem = &d->user.mem,
				    .features = features_of(d),
				    .frame_max = d->config.frame_bytes };
	unsigned first = pair * PORT_QUEUES;
	int err = watch_calls(d, pair);

	shared_store(&d->stats.rings, running(d));
	if (err || !pair_runs(d, pair))
		return err;
	/* The fds of a ring that does not run may be closed, their numbers others' by now. */
	for (unsigned i = 0; i < PORT_QUEUES; i++)
		setup.queue[i] = d->runs[first + i] ? d->queue[first + i] : no_queue;
	puzzle_attached(d);
	err = backend_attach(d->config.backend, port_of(d, pair), &setup);
	d->attached[pair] = !err;
	d->changed = true;
	if (!err)
		call_all(d, pair);
	return err;
}

/*
 * A kick fd is read only while nobody polls it: then no kick can get lost, for whoever attaches the
 * ring again looks at it.
 */
static void note_ring(struct user_door *d, unsigned i)
{
	struct user_door_ring *r = &d->stats.ring[i];

	shared_store(&r->size, d->queue[i].at.size);
	shared_store(&r->base, d->queue[i].base);
	if (d->queue[i].kick_fd >= 0)
		shared_store(&r->kicks, r->kicks + user_fd_take(d->queue[i].kick_fd));
}

static void detach(struct user_door *d, unsigned pair)
{
	unsigned first = pair * PORT_QUEUES;
	uint32_t base[PORT_QUEUES];

	if (!d->attached[pair])
		return;
	backend_detach(d->config.backend, port_of(d, pair), base);
	d->attached[pair] = false;
	d->changed = true;
	for (unsigned i = 0; i < PORT_QUEUES; i++) {
		if (!d->runs[first + i])
			continue;
		d->queue[first + i].base = base[i];
		note_ring(d, first + i);
	}
}

/*
 * Attaches again after something was taken away or given: that cannot fail where it was attached
 * before.
 */
static void attach_again(struct user_door *d, unsigned pair)
{
	if (attach(d, pair))
		log_warn("socket %s: its rings cannot be taken up again", d->config.path);
}

/*
 * Rings beyond those of the first pair may be talked about also by a front end that knows of no
 * others (one of them is crosvm's control queue): they are nobody's then.
 */
static bool is_served(const struct user_door *d, unsigned ring)
{
	bool knows = d->user.protocol & USER_PROTOCOL_MQ;

	return pair_of(ring) < (knows ? d->pairs : 1);
}

static int start_ring(void *ctx, unsigned ring, const struct virtq_layout *at, uint32_t base)
{
	struct user_door *d = ctx;
	const struct user_ring *r = &d->user.ring[ring];
	int err;

	if (!is_served(d, ring))
		return 0;
	detach(d, pair_of(ring));
	d->queue[ring] = (struct queue_setup){
		.at = *at, .base = base, .kick_fd = r->kick_fd, .call_fd = r->call_fd
	};
	d->runs[ring] = true;
	err = attach(d, pair_of(ring));
	if (!err)
		return 0;
	d->runs[ring] = false;
	attach_again(d, pair_of(ring));
	return err;
}

/* Not is_served(): what a front end knows of may change while its rings run. */
static bool is_ours(const struct user_door *d, unsigned ring)
{
	return ring < USER_DOOR_RINGS && d->runs[ring];
}

static uint32_t stop_ring(void *ctx, unsigned ring)
{
	struct user_door *d = ctx;

	if (!is_ours(d, ring))
		return d->user.ring[ring].base;
	detach(d, pair_of(ring));
	d->runs[ring] = false;
	attach_again(d, pair_of(ring));
	return d->queue[ring].base;
}

static void change_call(void *ctx, unsigned ring, int fd)
{
	struct user_door *d = ctx;

	if (!is_ours(d, ring))
		return;
	detach(d, pair_of(ring));
	d->queue[ring].call_fd = fd;
	attach_again(d, pair_of(ring));
}

static const struct user_ops ops = { start_ring, stop_ring, change_call };

/*
 * Once a message is done: rings that stood still for it, as for another memory table, run again,
 * and nothing that waited for them went to other pairs.
 */
static void steer(struct user_door *d)
{
	if (d->changed)
		backend_steer(d->config.backend, d->config.port);
	d->changed = false;
}

/* ---- the conversation ---- */

static void say_refused(struct user_door *d, const struct user_message *m, bool closed)
{
	note(&d->stats.refusals);
	log_warn("socket %s: %s (request %u): %s; %s", d->config.path,
		 user_request_name(m->h.request), m->h.request, d->user.why,
		 closed ? "connection closed" : "refused");
}

/* False: the connection is over. */
static bool converse(struct user_door *d, struct user_message *m)
{
	struct user_message reply;
	int ret;

	note(&d->stats.messages);
	ret = user_handle(&d->user, m, &reply);
	steer(d);
	if (ret < 0 || d->user.why)
		say_refused(d, m, ret < 0);
	shared_store(&d->stats.features, d->user.features);
	return ret == 0 || (ret == 1 && !user_socket_send(d->fd, d->stop, &reply));
}

/* ---- users' mistakes ---- */

#define SILENCE_NS 5000000000ull
#define UNSHARED_NS 2000000000ull
/*
 * A split ring's avail index, and a packed one's first buffer, which no used descriptor overwrites,
 * are 0 until a driver writes them.
 */
static bool is_untouched(const struct user_door *d, const struct virtq_layout *at)
{
	const struct vring_packed_desc *first = gmem_ptr(&d->user.mem, at->desc, sizeof(*first));
	const struct vring_avail *avail = gmem_ptr(&d->user.mem, at->driver, sizeof(*avail));

	if (d->user.features & VIRTQ_PACKED)
		return first && !shared_load(&first->addr);
	return avail && !shared_load(&avail->idx);
}

/* All rings as they are in memory that nobody ever wrote; a first pair there has to be. */
static bool rings_are_untouched(const struct user_door *d)
{
	for (unsigned i = 0; i < USER_DOOR_RINGS; i++)
		if (d->runs[i] && !is_untouched(d, &d->queue[i].at))
			return false;
	return d->runs[NET_RX] && d->runs[NET_TX];
}

static void look_for_unshared_memory(struct user_door *d, uint64_t now)
{
	uint64_t n;

	if (!d->attached[0] || now - d->puzzle.attached_ns < UNSHARED_NS || !rings_are_untouched(d))
		return;
	n = kicks(d) - d->puzzle.kicks;
	/* An eventfd may have been signalled before it came: that is heard once for each ring. */
	if (n <= running(d))
		return;
	d->puzzle.said = true;
	log_warn("socket %s: %" PRIu64 " kicks and the index is still 0: is the guest's memory "
		 "shared (QEMU: share=on)?",
		 d->config.path, n);
}

static void look_for_silence(struct user_door *d, uint64_t now)
{
	if (shared_load(&d->stats.messages) != d->puzzle.messages ||
	    now - d->puzzle.connected_ns < SILENCE_NS)
		return;
	d->puzzle.said = true;
	log_warn("socket %s: connected for %llu s and no message has come: is it a vhost-user "
		 "front end, and does this side have to %s?",
		 d->config.path, SILENCE_NS / 1000000000,
		 d->config.client ? "listen (without --client)" : "connect (--client)");
}

static void look_for_mistakes(struct user_door *d)
{
	uint64_t now = clock_mono_ns();

	if (d->puzzle.said)
		return;
	look_for_silence(d, now);
	look_for_unshared_memory(d, now);
}

#define LOOK_MS 200

/*
 * Has the front end done what ends its connection? Its memory is cut short, and its rings stop
 * before they get any further; or a call eventfd is full.
 */
static bool has_offended(struct user_door *d)
{
	if (call_guard_tripped(&d->guard)) /* said by the guard */
		return true;
	if (gmem_is_whole(&d->user.mem))
		return false;
	log_warn("socket %s: a memory file was cut short while it was mapped; connection closed",
		 d->config.path);
	return true;
}

/* True: a message has begun, or the connection has ended. False: it is to be ended. */
static bool wait_for_message(struct user_door *d)
{
	int ready;

	while ((ready = user_socket_wait(d->fd, d->stop, LOOK_MS)) == 0 && !has_offended(d))
		look_for_mistakes(d);
	if (!ready)
		note(&d->stats.refusals);
	return ready > 0;
}

static void serve(struct user_door *d)
{
	struct user_message m;
	int got = 0;

	user_init(&d->user, &d->offer, &ops, d);
	note(&d->stats.connections);
	call_guard_rearm(&d->guard);
	d->puzzle =
		(struct puzzle){ .connected_ns = clock_mono_ns(), .messages = d->stats.messages };
	shared_store(&d->stats.connected, true);
	while (wait_for_message(d) && (got = user_socket_receive(d->fd, d->stop, &m)) == 1 &&
	       converse(d, &m))
		;
	if (got == -EPROTO)
		log_warn("socket %s: a message was cut short, or is longer than any of the "
			 "protocol; connection closed",
			 d->config.path);
	user_fini(&d->user);
	steer(d);
	shared_store(&d->stats.connected, false);
	fd_close(&d->fd);
}

static int next_front_end(struct user_door *d)
{
	return d->config.client ? user_socket_connect(d->config.path, d->stop)
				: user_socket_accept(&d->listener, d->stop);
}

static void door_thread(void *arg)
{
	struct user_door *d = arg;

	while ((d->fd = next_front_end(d)) >= 0)
		serve(d);
	if (d->fd != -ECANCELED)
		log_errno(d->fd, "socket %s: no more front ends", d->config.path);
	d->fd = -1;
}

/* ---- its life ---- */

static void describe(struct user_door *d)
{
	const struct user_door_config *c = &d->config;
	bool several = c->features & NET_MQ;

	assert(!several || c->pairs > 1);
	d->pairs = several ? c->pairs : 1;
	d->kind = net_device(c->port, c->frame_bytes, VIRTQ_SIZE_MAX);
	net_set_pairs(&d->kind, (uint16_t)d->pairs);
	d->offer = (struct user_offer){
		.features = c->features | USER_F_PROTOCOL_FEATURES,
		.protocol = USER_PROTOCOL_REPLY_ACK | USER_PROTOCOL_CONFIG |
			    USER_PROTOCOL_MEM_SLOTS | USER_PROTOCOL_STATUS |
			    (several ? USER_PROTOCOL_MQ : 0),
		/*
		 * QEMU and DPDK read pairs, front ends in Rust queues: enough for both. DPDK talks
		 * of all rings that it was told to have even if there are no several pairs; they
		 * are nobody's then.
		 */
		.queues = d->pairs * PORT_QUEUES,
		.rings = several ? d->pairs * PORT_QUEUES : USER_RINGS_MAX,
		.config = d->kind.config,
		.config_bytes = d->kind.config_bytes,
	};
}

int user_door_create(struct user_door **out, const struct user_door_config *config)
{
	struct user_door *d = calloc(1, sizeof(*d));
	int err;

	*out = NULL;
	if (!d)
		return log_errno(-ENOMEM, "socket %s", config->path);
	d->config = *config;
	d->name = (char)('a' + config->port);
	d->fd = d->listener.fd = -1;
	call_guard_init(&d->guard, d->config.path);
	describe(d);
	d->stop = fd_eventfd();
	err = d->stop < 0 ? d->stop : 0;
	if (!err && !config->client)
		err = user_listener_open(&d->listener, config->path);
	if (err)
		user_door_destroy(d);
	else
		*out = d;
	return err;
}

int user_door_start(struct user_door *d)
{
	const struct filter_rule *filter = d->config.confine ? door_filter : NULL;
	char name[16] = "tandem-door-a", guard[16] = "tandem-guard-a";
	int err;

	name[strlen(name) - 1] = guard[strlen(guard) - 1] = d->name;
	d->thread.filter = filter;
	err = call_guard_start(&d->guard, guard, filter);
	if (!err)
		err = thread_start(&d->thread, name, NULL, door_thread, d);
	return err ? log_errno(err, "socket %s: no thread", d->config.path) : 0;
}

void user_door_stop(struct user_door *d)
{
	if (!d)
		return;
	if (d->stop >= 0)
		fd_signal(d->stop);
	thread_join(&d->thread);
	/* Until now the door may have waited for a backend that waited for a call eventfd. */
	call_guard_stop(&d->guard);
}

void user_door_destroy(struct user_door *d)
{
	if (!d)
		return;
	user_door_stop(d);
	user_listener_close(&d->listener);
	fd_close(&d->stop);
	free(d);
}

struct user_door_stats user_door_stats(const struct user_door *d)
{
	struct user_door_stats s = { .connections = shared_load(&d->stats.connections),
				     .messages = shared_load(&d->stats.messages),
				     .refusals = shared_load(&d->stats.refusals),
				     .features = shared_load(&d->stats.features),
				     .rings = shared_load(&d->stats.rings),
				     .connected = shared_load(&d->stats.connected) };

	for (unsigned i = 0; i < USER_DOOR_RINGS; i++)
		s.ring[i] = (struct user_door_ring){
			.size = shared_load(&d->stats.ring[i].size),
			.base = shared_load(&d->stats.ring[i].base),
			.kicks = shared_load(&d->stats.ring[i].kicks),
		};
	return s;
}
