// SPDX-License-Identifier: BSD-2-Clause
// vhost-user's conversation, the back end's half.
#include "vhost/user.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/virtio_ring.h>
#include <stdio.h>
#include <string.h>

#include "lib/fd.h"
#include "tandem/shared.h"
#include "vhost/user_fd.h"

/* ---- rings ---- */

static bool is_enabled(const struct user *u, const struct user_ring *r)
{
	/*
	 * Who knows of no protocol features has no ENABLE either: its rings are on from the
	 * start.
	 */
	return r->enabled || (u->has_features && !(u->features & USER_F_PROTOCOL_FEATURES));
}

bool user_ring_runs(const struct user *u, unsigned ring)
{
	return ring < USER_RINGS_MAX && u->ring[ring].running;
}

static bool find_layout(const struct user *u, const struct user_ring *r, struct virtq_layout *at)
{
	at->size = r->num;
	return gmem_from_user(&u->mem, r->addr.desc, &at->desc) &&
	       gmem_from_user(&u->mem, r->addr.avail, &at->driver) &&
	       gmem_from_user(&u->mem, r->addr.used, &at->device);
}

/*
 * Where a split ring goes on: all that was taken was completed, so at its used index, whatever
 * base the front end names (DPDK names 0 after a reconnect). A packed ring has no such word: it
 * goes on where the front end says.
 */
static uint32_t base_of(const struct user *u, const struct user_ring *r,
			const struct virtq_layout *at)
{
	const struct vring_used *used = gmem_ptr(&u->mem, at->device, sizeof(*used));

	if (u->features & VIRTQ_PACKED)
		return r->based ? r->base : virtq_first(u->features);
	return used ? shared_load(&used->idx) : r->base;
}

static int start_ring(struct user *u, unsigned i)
{
	struct user_ring *r = &u->ring[i];
	struct virtq_layout at;
	int err;

	if (r->running || !r->kicked || !is_enabled(u, r) || !r->described || !r->num)
		return 0;
	if (!u->mem.nregions) /* it is still to come */
		return 0;
	if (!find_layout(u, r, &at)) {
		u->why = "a ring's address is in no region of the memory table";
		return -EINVAL;
	}
	err = u->ops->start(u->ctx, i, &at, base_of(u, r, &at));
	r->running = !err;
	if (err)
		u->why = "the ring cannot be used as it is described";
	return err;
}

static void stop_ring(struct user *u, unsigned i)
{
	struct user_ring *r = &u->ring[i];

	if (r->running) {
		r->base = u->ops->stop(u->ctx, i);
		r->based = true;
	}
	r->running = false;
}

static int start_all(struct user *u)
{
	int err = 0, one;

	for (unsigned i = 0; i < USER_RINGS_MAX; i++) {
		one = start_ring(u, i);
		err = err ? err : one;
	}
	return err;
}

static void stop_all(struct user *u)
{
	for (unsigned i = 0; i < USER_RINGS_MAX; i++)
		stop_ring(u, i);
}

static struct user_ring *ring_of(struct user *u, uint32_t index)
{
	uint32_t n = u->offer.rings;

	if (index < n && index < USER_RINGS_MAX)
		return &u->ring[index];
	snprintf(u->said, sizeof(u->said),
		 "vring index %" PRIu32 " is not one of 0 to %" PRIu32 " (queue pairs: %" PRIu32
		 ")",
		 index, n - 1, n / 2);
	u->why = u->said;
	return NULL;
}

/* ---- requests: 0, or -errno and u->why ---- */

static int set_features(struct user *u, struct user_message *m)
{
	/* More than was offered comes, too: QEMU passes what its guest and it agreed on. */
	u->features = m->p.u64 & u->offer.features;
	u->has_features = true;
	return start_all(u);
}

static int set_owner(struct user *u, struct user_message *m)
{
	(void)u;
	(void)m;
	return 0;
}

static int set_protocol(struct user *u, struct user_message *m)
{
	u->protocol = m->p.u64 & u->offer.protocol;
	return 0;
}

static struct gmem_slot slot_of(const struct user_region *r, int fd)
{
	return (struct gmem_slot){ r->guest, r->user, r->bytes, r->offset, fd };
}

/*
 * Memory may change while rings run: they stand still for it, and their addresses are looked up
 * anew.
 */
static int set_mem_table(struct user *u, struct user_message *m)
{
	struct gmem_slot slots[USER_TABLE_MAX];
	uint32_t n = m->p.table.n;
	int err, again;

	if (n > USER_TABLE_MAX || n != m->nfds || m->h.size != 8 + n * sizeof(struct user_region)) {
		u->why = "regions, fds and size do not agree";
		return -EINVAL;
	}
	for (uint32_t i = 0; i < n; i++)
		slots[i] = slot_of(&m->p.table.region[i], m->fds[i]);
	stop_all(u);
	err = gmem_replace(&u->mem, slots, n, &u->why);
	again = start_all(u);
	return err ? err : again;
}

/* QEMU 7.2 with several pairs of queues sends each region once for each of them. */
static int add_mem_reg(struct user *u, struct user_message *m)
{
	struct gmem_slot slot = slot_of(&m->p.reg.region, m->nfds ? m->fds[0] : -1);
	int err, again;

	if (gmem_again(&u->mem, &slot))
		return 0;
	stop_all(u);
	err = gmem_add(&u->mem, &slot, &u->why);
	again = start_all(u);
	return err ? err : again;
}

static int rem_mem_reg(struct user *u, struct user_message *m)
{
	struct gmem_slot slot = slot_of(&m->p.reg.region, -1);
	int err, again;

	stop_all(u);
	err = gmem_remove(&u->mem, &slot);
	if (err)
		u->why = "there is no such region";
	again = start_all(u);
	return err ? err : again;
}

/* A ring that runs keeps its size and place: they are void once it has stopped. */
static struct user_ring *still_ring(struct user *u, uint32_t index)
{
	struct user_ring *r = ring_of(u, index);

	if (!r || !r->running)
		return r;
	u->why = "the ring is in use";
	return NULL;
}

static int set_num(struct user *u, struct user_message *m)
{
	struct user_ring *r = still_ring(u, m->p.state.index);

	if (!r)
		return -EINVAL;
	r->num = m->p.state.num;
	return start_ring(u, m->p.state.index);
}

static int set_base(struct user *u, struct user_message *m)
{
	struct user_ring *r = still_ring(u, m->p.state.index);

	if (!r)
		return -EINVAL;
	r->base = m->p.state.num;
	r->based = true;
	return 0;
}

/* While it runs, as after another memory table, the same addresses may come again, or others. */
static int set_addr(struct user *u, struct user_message *m)
{
	struct user_ring *r = ring_of(u, m->p.addr.index);

	if (!r)
		return -EINVAL;
	stop_ring(u, m->p.addr.index);
	r->addr = m->p.addr;
	r->described = true;
	return start_ring(u, m->p.addr.index);
}

static int set_enable(struct user *u, struct user_message *m)
{
	struct user_ring *r = ring_of(u, m->p.state.index);

	if (!r)
		return -EINVAL;
	r->enabled = m->p.state.num;
	if (!is_enabled(u, r))
		stop_ring(u, m->p.state.index);
	return start_ring(u, m->p.state.index);
}

/* May the message's fd, or that it has none, be taken? Nothing is changed yet. */
static int check_fd(struct user *u, const struct user_message *m)
{
	bool none = m->p.u64 & USER_NO_FD;

	if (none != !m->nfds) {
		u->why = "bit 8 and the fd do not agree";
		return -EINVAL;
	}
	u->why = none ? NULL : user_fd_check_eventfd(m->fds[0]);
	return u->why ? -EINVAL : 0;
}

/* The fd that a KICK, CALL or ERR brings replaces the last one; -1: none comes. */
static void take_fd(struct user_message *m, int *to)
{
	fd_close(to);
	if (!m->nfds)
		return;
	*to = m->fds[0];
	m->fds[0] = -1;
}

static int set_kick(struct user *u, struct user_message *m)
{
	unsigned index = m->p.u64 & 0xff;
	struct user_ring *r = ring_of(u, index);

	if (!r || check_fd(u, m))
		return -EINVAL;
	stop_ring(u, index);
	take_fd(m, &r->kick_fd);
	r->kicked = true;
	return start_ring(u, index);
}

/* The old fd is closed only once nobody writes it any more. */
static int set_call(struct user *u, struct user_message *m)
{
	unsigned index = m->p.u64 & 0xff;
	struct user_ring *r = ring_of(u, index);
	int old;

	if (!r || check_fd(u, m))
		return -EINVAL;
	old = r->call_fd;
	r->call_fd = -1;
	take_fd(m, &r->call_fd);
	if (r->running)
		u->ops->call(u->ctx, index, r->call_fd);
	fd_close(&old);
	return 0;
}

static int set_err(struct user *u, struct user_message *m)
{
	struct user_ring *r = ring_of(u, m->p.u64 & 0xff);

	if (!r || check_fd(u, m))
		return -EINVAL;
	take_fd(m, &r->err_fd);
	return 0;
}

static int set_status(struct user *u, struct user_message *m)
{
	u->status = (uint8_t)m->p.u64;
	return 0;
}

/* ---- requests that are answered ---- */

static int get_features(struct user *u, struct user_message *m)
{
	m->p.u64 = u->offer.features;
	return 0;
}

static int get_protocol(struct user *u, struct user_message *m)
{
	m->p.u64 = u->offer.protocol;
	return 0;
}

static int get_queue_num(struct user *u, struct user_message *m)
{
	m->p.u64 = u->offer.queues;
	return 0;
}

static int get_slots(struct user *u, struct user_message *m)
{
	(void)u;
	m->p.u64 = GMEM_REGIONS_MAX;
	return 0;
}

static int get_status(struct user *u, struct user_message *m)
{
	m->p.u64 = u->status;
	return 0;
}

/* Also of a ring that was never described: its base is what it was set to, or 0. */
static int get_base(struct user *u, struct user_message *m)
{
	struct user_ring *r = ring_of(u, m->p.state.index);

	if (!r)
		return -EINVAL;
	stop_ring(u, m->p.state.index);
	r->described = r->kicked = r->enabled = false;
	fd_close(&r->kick_fd);
	m->p.state.num = r->base;
	return 0;
}

static int get_config(struct user *u, struct user_message *m)
{
	struct user_config *c = &m->p.config;

	if (m->h.size < 12 || c->bytes > USER_CONFIG_MAX || m->h.size != 12 + c->bytes ||
	    c->offset > u->offer.config_bytes || c->bytes > u->offer.config_bytes - c->offset) {
		u->why = "outside the configuration";
		return -EINVAL;
	}
	memcpy(c->data, u->offer.config + c->offset, c->bytes);
	return 0;
}

/* ---- the table ---- */

#define ANY UINT32_MAX
#define ALWAYS 0ull
#define MEM_SLOTS USER_PROTOCOL_MEM_SLOTS

static const struct request {
	const char *name;
	uint32_t request;
	uint32_t size; /* of the payload; ANY: the handler looks */
	unsigned fds;  /* at most */
	/* bytes of the answer; 0: none but an acknowledgement; ANY: as long as the question */
	uint32_t reply;
	uint64_t needs; /* the protocol feature that must have been offered */
	int (*handle)(struct user *u, struct user_message *m);
} requests[] = {
	{ "GET_FEATURES", USER_GET_FEATURES, 0, 0, 8, ALWAYS, get_features },
	{ "SET_FEATURES", USER_SET_FEATURES, 8, 0, 0, ALWAYS, set_features },
	{ "SET_OWNER", USER_SET_OWNER, 0, 0, 0, ALWAYS, set_owner },
	{ "RESET_OWNER", USER_RESET_OWNER, 0, 0, 0, ALWAYS, set_owner },
	{ "SET_MEM_TABLE", USER_SET_MEM_TABLE, ANY, USER_TABLE_MAX, 0, ALWAYS, set_mem_table },
	{ "SET_VRING_NUM", USER_SET_VRING_NUM, 8, 0, 0, ALWAYS, set_num },
	{ "SET_VRING_ADDR", USER_SET_VRING_ADDR, 40, 0, 0, ALWAYS, set_addr },
	{ "SET_VRING_BASE", USER_SET_VRING_BASE, 8, 0, 0, ALWAYS, set_base },
	{ "GET_VRING_BASE", USER_GET_VRING_BASE, 8, 0, 8, ALWAYS, get_base },
	{ "SET_VRING_KICK", USER_SET_VRING_KICK, 8, 1, 0, ALWAYS, set_kick },
	{ "SET_VRING_CALL", USER_SET_VRING_CALL, 8, 1, 0, ALWAYS, set_call },
	{ "SET_VRING_ERR", USER_SET_VRING_ERR, 8, 1, 0, ALWAYS, set_err },
	{ "GET_PROTOCOL_FEATURES", USER_GET_PROTOCOL_FEATURES, 0, 0, 8, ALWAYS, get_protocol },
	{ "SET_PROTOCOL_FEATURES", USER_SET_PROTOCOL_FEATURES, 8, 0, 0, ALWAYS, set_protocol },
	{ "GET_QUEUE_NUM", USER_GET_QUEUE_NUM, 0, 0, 8, ALWAYS, get_queue_num },
	{ "SET_VRING_ENABLE", USER_SET_VRING_ENABLE, 8, 0, 0, ALWAYS, set_enable },
	{ "GET_CONFIG", USER_GET_CONFIG, ANY, 0, ANY, USER_PROTOCOL_CONFIG, get_config },
	{ "GET_MAX_MEM_SLOTS", USER_GET_MAX_MEM_SLOTS, 0, 0, 8, MEM_SLOTS, get_slots },
	{ "ADD_MEM_REG", USER_ADD_MEM_REG, 40, 1, 0, MEM_SLOTS, add_mem_reg },
	{ "REM_MEM_REG", USER_REM_MEM_REG, 40, 1, 0, MEM_SLOTS, rem_mem_reg },
	{ "SET_STATUS", USER_SET_STATUS, 8, 0, 0, USER_PROTOCOL_STATUS, set_status },
	{ "GET_STATUS", USER_GET_STATUS, 0, 0, 8, USER_PROTOCOL_STATUS, get_status },
};

static const struct request *find_request(uint32_t number)
{
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		if (requests[i].request == number)
			return &requests[i];
	return NULL;
}

const char *user_request_name(uint32_t number)
{
	const struct request *r = find_request(number);

	return r ? r->name : "unknown";
}

bool user_header_ok(const struct user_header *h)
{
	const struct request *r = find_request(h->request);

	if ((h->flags & USER_VERSION_MASK) != USER_VERSION || h->flags & USER_REPLY)
		return false;
	if (r && r->size != ANY && h->size != r->size)
		return false;
	return h->size <= sizeof(union user_payload);
}

/* 0; or -errno: what is not offered, what its handler refuses. */
static int carry_out(struct user *u, const struct request *r, struct user_message *m)
{
	u->why = "tandem does not know this request";
	if (!r)
		return -ENOSYS;
	u->why = "this request was not offered";
	if (r->needs & ~u->offer.protocol)
		return -ENOSYS;
	u->why = NULL;
	/* Some bring more than they should: nobody's, and closed. */
	while (m->nfds > r->fds)
		fd_close(&m->fds[--m->nfds]);
	return r->handle(u, m);
}

/* A question that is refused: of CONFIG the answer has no bytes; others cannot be answered. */
static int answer(struct user *u, const struct request *r, struct user_message *m,
		  struct user_message *reply, int err)
{
	if (err && r->request != USER_GET_CONFIG)
		return -EPROTO;
	reply->p = m->p;
	reply->h.size = r->reply == ANY ? m->h.size : r->reply;
	if (err)
		reply->h.size = 12;
	if (err)
		reply->p.config.bytes = 0;
	(void)u;
	return 1;
}

/*
 * Acknowledged is whatever asks for it, refused or not; who does not ask and cannot go on is cut
 * off.
 */
static int acknowledge(const struct user *u, const struct user_message *m,
		       struct user_message *reply, int err)
{
	if (!(m->h.flags & USER_NEED_REPLY) || !(u->protocol & USER_PROTOCOL_REPLY_ACK))
		return err ? -EPROTO : 0;
	reply->h.size = 8;
	reply->p.u64 = err ? 1 : 0;
	return 1;
}

static void close_fds(struct user_message *m)
{
	for (unsigned i = 0; i < m->nfds && i < USER_FDS_MAX; i++)
		fd_close(&m->fds[i]);
	m->nfds = 0;
}

int user_handle(struct user *u, struct user_message *m, struct user_message *reply)
{
	const struct request *r = find_request(m->h.request);
	int err;

	*reply = (struct user_message){ .h = { m->h.request, USER_VERSION | USER_REPLY, 0 } };
	u->why = "version, direction or size are not the protocol's";
	if (!user_header_ok(&m->h)) {
		close_fds(m);
		return -EPROTO;
	}
	err = carry_out(u, r, m);
	close_fds(m);
	return r && r->reply ? answer(u, r, m, reply, err) : acknowledge(u, m, reply, err);
}

void user_init(struct user *u, const struct user_offer *offered, const struct user_ops *ops,
	       void *ctx)
{
	*u = (struct user){ .offer = *offered, .ops = ops, .ctx = ctx, .mem = GMEM_NONE };
	for (unsigned i = 0; i < USER_RINGS_MAX; i++)
		u->ring[i].kick_fd = u->ring[i].call_fd = u->ring[i].err_fd = -1;
}

void user_fini(struct user *u)
{
	stop_all(u);
	for (unsigned i = 0; i < USER_RINGS_MAX; i++) {
		fd_close(&u->ring[i].kick_fd);
		fd_close(&u->ring[i].call_fd);
		fd_close(&u->ring[i].err_fd);
	}
	gmem_destroy(&u->mem);
}
