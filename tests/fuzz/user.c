// SPDX-License-Identifier: BSD-2-Clause
// Fuzz target: vhost-user's conversation. Input: messages, good ones in any order and wrong ones of every kind.
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/fd.h"
#include "tests/fuzz/fuzz.h"
#include "vhost/user.h"

#define PAIRS 3u
#define RAM_BYTES 0x8000u
#define GUEST_AT 0x40000000ull
#define USER_AT 0x7f0000000000ull

/* Whoever would move the frames: trusts the conversation with the order of events and with layouts in memory. */
struct world {
	struct input in;
	struct user u;
	struct user_message reply;
	bool running[USER_RINGS_MAX];
	int file;
};

static int on_start(void *ctx, unsigned ring, const struct virtq_layout *at, uint32_t base)
{
	struct world *w = ctx;

	(void)base;
	CHECK(ring < PAIRS * 2 && !w->running[ring] && at->size);
	CHECK(gmem_ptr(&w->u.mem, at->desc, 1) && gmem_ptr(&w->u.mem, at->driver, 1) &&
	      gmem_ptr(&w->u.mem, at->device, 1));
	if (take8(&w->in) == 0xff)
		return -EINVAL;
	w->running[ring] = true;
	return 0;
}

static uint32_t on_stop(void *ctx, unsigned ring)
{
	struct world *w = ctx;

	CHECK(w->running[ring]);
	w->running[ring] = false;
	return take16(&w->in);
}

static void on_call(void *ctx, unsigned ring, int fd)
{
	(void)fd;
	CHECK(((struct world *)ctx)->running[ring]);
}

static const struct user_ops ops = { on_start, on_stop, on_call };

static const uint8_t config[12] = { 2 };

/* Fds of the kinds that come: memory, an eventfd, none. */
static void add_fds(struct world *w, struct user_message *m, unsigned n, bool memory)
{
	for (m->nfds = 0; m->nfds < n; m->nfds++)
		m->fds[m->nfds] = memory ? dup(w->file) : fd_eventfd();
}

static struct user_region region(uint8_t b)
{
	return (struct user_region){ GUEST_AT + (b & 3) * RAM_BYTES, RAM_BYTES >> (b >> 2 & 3),
				     USER_AT + (b & 3) * RAM_BYTES, (b >> 4) * 64u };
}

/* A message as front ends send them, for the rings of all pairs, and for two that there are not. */
static void good(struct world *w, struct user_message *m, uint8_t what, uint8_t b)
{
	uint32_t ring = b & 7;

	m->h.size = 8;
	m->p.state = (struct user_vring_state){ ring, b >> 3 };
	m->h.request = USER_GET_VRING_BASE;
	switch (what) {
	case 0:
		m->h.request = USER_SET_VRING_NUM;
		break;
	case 1:
		m->h.request = USER_SET_VRING_ADDR;
		m->h.size = 40;
		m->p.addr = (struct user_vring_addr){
			ring, 0, USER_AT + b * 64, USER_AT + b * 32, USER_AT + b * 16, 0
		};
		break;
	case 2:
		m->h.request = b & 128 ? USER_SET_VRING_KICK : USER_SET_VRING_CALL;
		m->p.u64 = ring | (b & 64 ? USER_NO_FD : 0);
		add_fds(w, m, b & 64 ? 0 : 1, false);
		break;
	case 3:
		m->h.request = USER_SET_VRING_ENABLE;
		break;
	case 4:
		m->h.request = USER_SET_MEM_TABLE;
		m->h.size = 40;
		m->p.table = (struct user_mem_table){ .n = 1, .region = { region(b) } };
		add_fds(w, m, 1, true);
		break;
	case 5:
		m->h.request = b & 128 ? USER_REM_MEM_REG : USER_ADD_MEM_REG;
		m->h.size = 40;
		m->p.reg = (struct user_mem_reg){ 0, region(b & 127) };
		add_fds(w, m, b & 128 ? 0 : 1, true);
		break;
	case 6:
		m->h.request = b & 1 ? USER_SET_FEATURES : USER_SET_PROTOCOL_FEATURES;
		m->p.u64 = b & 2 ? UINT64_MAX : (uint64_t)b << 28;
		break;
	}
}

/* Anything: numbers, sizes and bytes as the input has them. */
static void any(struct world *w, struct user_message *m)
{
	m->h.request = take8(&w->in) & 63;
	m->h.flags = take8(&w->in) & 15;
	m->h.size = take8(&w->in);
	if (m->h.size == 255)
		m->h.size = take32(&w->in);
	for (uint32_t i = 0; i < m->h.size && i < sizeof(m->p); i++)
		m->p.bytes[i] = take8(&w->in);
	add_fds(w, m, take8(&w->in) % (USER_FDS_MAX + 1), take8(&w->in) & 1);
}

static void check(const struct world *w, int got)
{
	CHECK(got == 0 || got == 1 || got == -EPROTO);
	CHECK(got != -EPROTO || w->u.why);
	CHECK(got != 1 || (w->reply.h.flags == 5 && w->reply.h.size <= sizeof(w->reply.p)));
	for (unsigned i = 0; i < USER_RINGS_MAX; i++)
		CHECK(w->running[i] == user_ring_runs(&w->u, i));
}

static void step(struct world *w)
{
	uint8_t what = take8(&w->in);
	struct user_message m = { .h = { 0, USER_VERSION | (what & 64 ? USER_NEED_REPLY : 0), 0 } };

	if (what & 128)
		any(w, &m);
	else
		good(w, &m, what & 7, take8(&w->in));
	check(w, user_handle(&w->u, &m, &w->reply));
	CHECK(!m.nfds);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct user_offer offer = { UINT64_MAX, UINT64_MAX, PAIRS * 2,
				    PAIRS * 2,	config,	    sizeof(config) };
	struct world *w = calloc(1, sizeof(*w));

	CHECK(w);
	w->in = (struct input){ data, size };
	w->file = memfd_create("fuzz-user", MFD_CLOEXEC);
	CHECK(w->file >= 0 && ftruncate(w->file, RAM_BYTES) == 0);
	user_init(&w->u, &offer, &ops, w);
	while (more(&w->in))
		step(w);
	user_fini(&w->u);
	for (unsigned i = 0; i < USER_RINGS_MAX; i++)
		CHECK(!w->running[i]);
	close(w->file);
	free(w);
	return 0;
}
