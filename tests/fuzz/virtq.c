// SPDX-License-Identifier: BSD-2-Clause
// Fuzz target: the device half of a virtqueue. Input: size and addresses, then steps of both sides.
#include <errno.h>

#include "tests/common/fakedriver.h"
#include "tests/fuzz/fuzz.h"
#include "virtio/virtq.h"

#define RAM 0x40000000ull
#define RAM_BYTES 0x4000u
#define SIZE_MAX_LOG2 8u

/* The queue, and what is known of it from outside. */
struct world {
	struct input *in;
	uint8_t *shadow;
	struct gmem mem;
	struct virtq q;
	struct virtq_room room;
	struct virtq_seg segs[1 << SIZE_MAX_LOG2];
	struct virtq_chain last; /* the chain popped last */
	bool has_last;		 /* and it is in hand */
	struct virtq_layout at;
	bool event_idx;
	bool in_hand[1 << SIZE_MAX_LOG2]; /* heads popped and not yet pushed */
	uint16_t used, visible, called;
};

/* ---- the driver's side ---- */

static void raw_write(struct world *w)
{
	uint32_t at = take16(w->in) % RAM_BYTES, n = 1 + take8(w->in) % 16;

	for (; n && at < RAM_BYTES; n--)
		w->mem.host[at++] = take8(w->in);
}

static void write_desc(struct world *w)
{
	uint32_t i = take8(w->in) % (w->q.size ? w->q.size : 1);
	struct vring_desc *d = gmem_ptr(&w->mem, gpa(w->at.desc.v + 16 * i), 16);
	struct vring_desc v = { .addr = RAM + (uint64_t)(int64_t)(int16_t)take16(w->in) };

	v.len = take16(w->in);
	v.flags = take8(w->in);
	v.next = take8(w->in);
	if (v.flags & 0x80) /* seldom: huge */
		v.len <<= 16;
	v.flags &= VRING_DESC_F_NEXT | VRING_DESC_F_WRITE | VRING_DESC_F_INDIRECT;
	if (d)
		memcpy(d, &v, sizeof(v));
}

/* The avail ring: [0] flags, [1] idx, [2 ...] entries, then used_event. NULL: not in memory. */
static uint16_t *avail_word(struct world *w, uint32_t i)
{
	return gmem_ptr(&w->mem, gpa(w->at.driver.v + 2 * i), 2);
}

static void put(uint16_t *to, uint16_t v)
{
	if (to)
		memcpy(to, &v, sizeof(v));
}

static uint16_t get(const uint16_t *from)
{
	uint16_t v = 0;

	if (from)
		memcpy(&v, from, sizeof(v));
	return v;
}

static void offer(struct world *w)
{
	uint16_t idx = get(avail_word(w, 1)), head = take8(w->in);

	if (w->q.size)
		put(avail_word(w, 2 + (idx & (w->q.size - 1))), head);
	put(avail_word(w, 1), (uint16_t)(idx + 1));
}

/* ---- the device's side ---- */

static bool is_used_ring(const struct world *w, uint32_t at)
{
	uint64_t a = RAM + at;

	return a >= w->at.device.v && a < w->at.device.v + 6 + 8ull * w->q.size;
}

/* Nothing but the used ring has changed since remember(). */
static void compare(const struct world *w)
{
	if (memcmp(w->shadow, w->mem.host, RAM_BYTES) == 0)
		return;
	CHECK(w->q.size);
	for (uint32_t i = 0; i < RAM_BYTES; i++)
		CHECK(w->shadow[i] == w->mem.host[i] || is_used_ring(w, i));
}

static void remember(struct world *w)
{
	memcpy(w->shadow, w->mem.host, RAM_BYTES);
}

static void check_chain(struct world *w, const struct virtq_chain *c)
{
	uint64_t bytes = 0;

	CHECK(c->nsegs >= 1 && c->nsegs <= w->q.size && c->readable <= c->nsegs);
	CHECK(c->head < w->q.size && !w->in_hand[c->head]);
	for (unsigned i = 0; i < c->nsegs; i++) {
		CHECK(c->segs[i].p >= w->mem.host && c->segs[i].len);
		CHECK(c->segs[i].len <= (uint64_t)(w->mem.host + RAM_BYTES - c->segs[i].p));
		bytes += c->segs[i].len;
	}
	CHECK(bytes == c->bytes && bytes <= UINT32_MAX);
}

static void pop(struct world *w)
{
	enum virtq_break before = w->q.broken;
	struct virtq_chain chain;
	int got = virtq_pop(&w->q, w->room, &chain);

	CHECK(got == 1 || got == 0 || got == -EPROTO);
	CHECK((got == -EPROTO) == (w->q.broken != VIRTQ_OK));
	CHECK(!before || w->q.broken == before); /* sticky */
	CHECK(w->q.broken < VIRTQ_BREAKS && virtq_break_text(w->q.broken));
	if (got != 1)
		return;
	check_chain(w, &chain);
	w->in_hand[chain.head] = true;
	w->last = chain;
	w->has_last = true;
}

static void push(struct world *w)
{
	uint16_t head = take8(w->in);

	if (!w->in_hand[head])
		return;
	w->in_hand[head] = false;
	w->has_last &= w->last.head != head;
	virtq_push_used(&w->q, &(struct virtq_chain){ .head = head }, take16(w->in));
	w->used++;
}

static void unpop(struct world *w)
{
	if (!w->has_last)
		return;
	virtq_unpop(&w->q, &w->last, 1);
	CHECK(w->q.broken || virtq_pending(&w->q) >= 1);
	w->in_hand[w->last.head] = false;
	w->has_last = false;
}

/* The specification's words, slowly: is `event` among the entries from old on, before new? */
static bool passes(uint16_t event, uint16_t new, uint16_t old)
{
	for (; old != new; old++)
		if (old == event)
			return true;
	return false;
}

static void publish(struct world *w)
{
	uint16_t old = w->called;
	bool want, got;

	if (!w->q.size)
		return;
	virtq_publish(&w->q);
	w->visible = w->used;
	CHECK(get(gmem_ptr(&w->mem, gpa(w->at.device.v + 2), 2)) == w->visible ||
	      w->used == w->q.used_visible);
	if (w->event_idx)
		want = passes(get(avail_word(w, 2 + w->q.size)), w->visible, old);
	else
		want = old != w->visible && !(get(avail_word(w, 0)) & VRING_AVAIL_F_NO_INTERRUPT);
	got = virtq_wants_call(&w->q);
	CHECK(got == (want && !w->q.broken));
	if (!w->q.broken)
		w->called = w->visible;
}

static void enable_kick(struct world *w)
{
	bool was_broken = w->q.broken, again = virtq_enable_kick(&w->q);

	CHECK(!again || (!was_broken && w->q.size && virtq_pending(&w->q)));
	CHECK(virtq_pending(&w->q) <= w->q.size);
}

static void start(struct world *w)
{
	int err = virtq_start(&w->q, &w->mem, &w->at, w->event_idx ? VIRTQ_EVENT_IDX : 0, 0);

	memset(w->in_hand, 0, sizeof(w->in_hand));
	w->has_last = false;
	w->used = w->visible = w->called = 0;
	CHECK(err == 0 || err == -EINVAL);
	CHECK((err != 0) == (w->q.broken != VIRTQ_OK) && (err != 0) == (w->q.size == 0));
}

static void step(struct world *w)
{
	uint8_t what = take8(w->in);

	switch (what & 15) {
	case 0:
		raw_write(w);
		return;
	case 1:
	case 2:
		write_desc(w);
		return;
	case 3:
	case 4:
		offer(w);
		return;
	case 5:
		put(avail_word(w, 1), take16(w->in));
		return;
	case 6:
		put(avail_word(w, w->q.size + 2), take16(w->in));
		return;
	case 7:
		put(avail_word(w, 0), what >> 4);
		return;
	}
	remember(w);
	switch (what & 15) {
	case 8:
	case 9:
		pop(w);
		break;
	case 10:
		push(w);
		break;
	case 11:
		publish(w);
		break;
	case 12:
		enable_kick(w);
		break;
	case 13:
		virtq_disable_kick(&w->q);
		break;
	case 14:
		if (what >> 4 == 0)
			virtq_fail(&w->q, VIRTQ_BAD_DIRECTION);
		else
			unpop(w);
		break;
	default:
		start(w);
	}
	compare(w);
}

/* Bits 0-3: size (9 and more: any); 4: event indices; 5-7: where the rings are is in the input. */
static void choose_layout(struct world *w)
{
	uint8_t b = take8(w->in);
	uint32_t n = (b & 15) > SIZE_MAX_LOG2 ? take16(w->in) : 1u << (b & 15);
	bool good = n && n <= 1u << SIZE_MAX_LOG2 && !(n & (n - 1));

	w->event_idx = b & 16;
	w->at = fake_layout(RAM, good ? n : 1);
	w->at.size = n;
	if (b & 32)
		w->at.desc = gpa(RAM + (uint64_t)(int64_t)(int32_t)take32(w->in));
	if (b & 64)
		w->at.driver = gpa(RAM + (uint64_t)(int64_t)(int32_t)take32(w->in));
	if (b & 128)
		w->at.device = gpa(RAM + (uint64_t)(int64_t)(int32_t)take32(w->in));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	struct world *w = calloc(1, sizeof(*w));

	CHECK(w);
	w->in = &in;
	w->shadow = malloc(RAM_BYTES);
	/* A block of its own: AddressSanitizer sees the first byte outside. */
	w->mem = (struct gmem){
		.base = RAM, .bytes = RAM_BYTES, .host = calloc(1, RAM_BYTES), .fd = -1
	};
	CHECK(w->shadow && w->mem.host);
	CHECK(virtq_init(&w->q, 1u << SIZE_MAX_LOG2) == 0);
	w->room = (struct virtq_room){ w->segs, 1u << SIZE_MAX_LOG2 };
	choose_layout(w);
	start(w);
	while (more(&in))
		step(w);
	virtq_fini(&w->q);
	free(w->mem.host);
	free(w->shadow);
	free(w);
	return 0;
}
