// SPDX-License-Identifier: BSD-2-Clause
// One device half of a virtqueue in a guest memory of its own, with its driver.
#include "tests/common/lonequeue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/common/seed.h"

struct lonequeue fx;

int lone_set_up(void **state)
{
	(void)state;
	memset(&fx, 0, sizeof(fx));
	assert_int_equal(gmem_create(&fx.mem, "test-virtq", gpa(RAM), RAM_BYTES), 0);
	fx.before = malloc(RAM_BYTES);
	fx.room = (struct virtq_room){ calloc(VIRTQ_SIZE_MAX, sizeof(struct virtq_seg)),
				       VIRTQ_SIZE_MAX };
	assert_non_null(fx.before);
	return 0;
}

int lone_tear_down(void **state)
{
	(void)state;
	seed_virtq(&fx.driver, DATA);
	virtq_fini(&fx.q);
	fake_fini(&fx.driver);
	gmem_destroy(&fx.mem);
	free(fx.before);
	free(fx.room.segs);
	return 0;
}

int start_at(const struct virtq_layout *at, bool event_idx)
{
	return virtq_start(&fx.q, &fx.mem, at, event_idx ? VIRTQ_EVENT_IDX : 0, 0);
}

void push_head(uint32_t head, uint32_t written)
{
	struct virtq_chain chain = { .head = (uint16_t)head };

	virtq_push_used(&fx.q, &chain, written);
}

void start_queue(uint32_t size, bool event_idx)
{
	struct virtq_layout at = fake_layout(RAM, size);

	assert_int_equal(virtq_init(&fx.q, size), 0);
	fake_init(&fx.driver, &fx.mem, &at, event_idx);
	assert_int_equal(start_at(&at, event_idx), 0);
}

void remember_memory(void)
{
	memcpy(fx.before, fx.mem.host, RAM_BYTES);
}

void assert_memory_unchanged(void)
{
	assert_memory_equal(fx.before, fx.mem.host, RAM_BYTES);
}

const struct vring_desc good_desc = { DATA, 64, 0, 0 };

void offer_good(struct fake_queue *d, uint16_t head)
{
	fake_set_desc(d, head, good_desc);
	fake_offer(d, head);
	fake_publish(d);
}

int pop_all(void)
{
	struct virtq_chain chain;
	int pops = 0, got;

	while ((got = virtq_pop(&fx.q, fx.room, &chain)) == 1) {
		assert_true(chain.nsegs >= 1 && chain.nsegs <= fx.q.size);
		assert_true(chain.readable <= chain.nsegs);
		assert_true(++pops <= 65536);
	}
	assert_int_equal(got, fx.q.broken ? -EPROTO : 0);
	return pops;
}

void assert_dead(enum virtq_break why)
{
	struct virtq_chain chain;

	assert_int_equal(fx.q.broken, why);
	assert_int_equal(virtq_pop(&fx.q, fx.room, &chain), -EPROTO);
	assert_int_equal(virtq_pending(&fx.q), 0);
	assert_false(virtq_wants_call(&fx.q));
	assert_false(virtq_enable_kick(&fx.q));
	virtq_disable_kick(&fx.q);
	assert_int_equal(fx.q.broken, why);
}

struct vring_desc random_desc(uint64_t *seed, uint32_t size)
{
	static const uint64_t bases[] = { DATA,		  RAM,	       RAM_END - 8, RAM - 8,
					  UINT64_MAX - 8, DATA + 4096, DATA + 64,   0 };
	uint32_t r = suite_random(seed), s = suite_random(seed);
	struct vring_desc d = { bases[r % 8 & (r & 0x1000 ? 7 : 0)], 1 + (s & 63), 0, 0 };

	if ((r >> 16 & 31) == 0)
		d.len = 0;
	if ((r >> 21 & 31) == 0)
		d.len = s;
	if (r >> 26 & 1)
		d.flags |= NEXT;
	if ((r >> 27 & 3) == 0)
		d.flags |= WRITE;
	if ((s >> 8 & 63) == 0)
		d.flags |= INDIRECT;
	d.next = (uint16_t)((s >> 14 & 31) == 0 ? s >> 16 : (s >> 16) % size);
	return d;
}

bool model_need_event(uint16_t event, uint16_t new, uint16_t old)
{
	for (uint16_t i = old; i != new; i++)
		if (i == event)
			return true;
	return false;
}
