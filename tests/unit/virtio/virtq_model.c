// SPDX-License-Identifier: BSD-2-Clause
// The device half of a split virtqueue against a plain model, and a driver that changes its mind.
#include "tests/common/lonequeue.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>

#include "lib/clock.h"
#include "tandem/shared.h"

/* ------------------------------------------------------------------ a driver of two minds */

struct flipper {
	bool stop;
	uint64_t seed;
	uint16_t popped; /* by the device since it started */
};

/*
 * Ahead of the device by what the ring holds, to and fro; seldom anywhere. Not ever further: where both
 * threads share a CPU the device would find nothing but wild indices.
 */
static void move_avail_idx(const struct flipper *f, uint32_t r)
{
	uint16_t near = (uint16_t)(shared_load(&f->popped) + (r >> 12 & 7));

	fake_set_avail_idx(&fx.driver, r & 0xfff ? near : (uint16_t)(r >> 4));
}

static void *flip(void *arg)
{
	struct flipper *f = arg;

	while (!shared_load(&f->stop)) {
		uint32_t r = suite_random(&f->seed);

		fake_set_desc(&fx.driver, r & 7, random_desc(&f->seed, 8));
		if (r & 0x100)
			fake_set_avail_entry(&fx.driver, (uint16_t)(r >> 12), r >> 16 & 7);
		if (!(r & 0xe00))
			move_avail_idx(f, suite_random(&f->seed));
	}
	return NULL;
}

static void assert_chain_inside(const struct virtq_chain *chain)
{
	uint64_t bytes = 0;

	assert_true(chain->nsegs >= 1 && chain->nsegs <= 8);
	assert_true(chain->readable <= chain->nsegs);
	assert_true(chain->head < 8);
	for (unsigned i = 0; i < chain->nsegs; i++) {
		const struct virtq_seg *s = &chain->segs[i];

		assert_true(s->p >= fx.mem.host && s->len);
		assert_true(s->len <= (uint64_t)(fx.mem.host + RAM_BYTES - s->p));
		bytes += s->len;
	}
	assert_int_equal(bytes, chain->bytes);
}

static void test_flipping_driver(void **state)
{
	struct flipper f = { .seed = 7 };
	struct virtq_layout at = fake_layout(RAM, 8);
	struct virtq_chain chain;
	uint64_t good = 0, bad = 0, end = clock_mono_ns() + 4000000000ull;
	pthread_t thread;

	(void)state;
	start_queue(8, true);
	assert_int_equal(pthread_create(&thread, NULL, flip, &f), 0);
	for (uint64_t i = 0; (good < 500 || bad < 100) && clock_mono_ns() < end; i++) {
		int got = virtq_pop(&fx.q, fx.room, &chain);

		if (got == 1) {
			good++;
			shared_store(&f.popped, fx.q.avail_next);
			assert_chain_inside(&chain);
			virtq_push_used(&fx.q, &chain, 0);
			virtq_publish(&fx.q);
			virtq_wants_call(&fx.q);
		} else if (got < 0) {
			bad++;
			shared_store(&f.popped, 0);
			fake_set_avail_idx(&fx.driver, 0);
			assert_int_equal(start_at(&at, i & 1), 0);
		}
	}
	shared_store(&f.stop, true);
	pthread_join(thread, NULL);
	assert_true(good && bad);
}

/* ------------------------------------------------------------------ against a model */

/* The device half once more: slow, plain, and written from the specification alone. */
struct model {
	uint32_t size;
	bool broken, event_idx;
	uint16_t next, used, visible, called;
	bool busy[64];
	bool offered[64]; /* by the driver, and not yet used; the good driver's knowledge */
	struct vring_used_elem ring[64];
};

struct model_chain {
	uint32_t head, n, readable;
	uint64_t bytes;
	struct vring_desc desc[64];
};

#define REASON(r) (1u << (r))

static uint32_t model_desc(const struct model *m, struct model_chain *c, struct vring_desc d)
{
	uint32_t why = 0;

	if (d.flags & INDIRECT)
		why |= REASON(VIRTQ_INDIRECT);
	if (!d.len)
		why |= REASON(VIRTQ_ZERO_LENGTH);
	if (!(d.flags & WRITE) && c->readable < c->n)
		why |= REASON(VIRTQ_BAD_ORDER);
	if ((unsigned __int128)d.addr + d.len > RAM_END || d.addr < RAM)
		why |= REASON(VIRTQ_BAD_BUFFER);
	c->bytes += d.len;
	if (c->bytes >> 32)
		why |= REASON(VIRTQ_TOO_LONG);
	if (d.flags & NEXT && d.next >= m->size)
		why |= REASON(VIRTQ_BAD_NEXT);
	if (d.flags & NEXT && c->n + 1 >= m->size)
		why |= REASON(VIRTQ_LOOP);
	c->readable += !(d.flags & WRITE);
	c->desc[c->n++] = d;
	return why;
}

/* The set of reasons that the next pop may give; 0: none. *got: what it has to return. */
static uint32_t model_pop(struct model *m, struct model_chain *c, int *got)
{
	const struct vring_desc *desc = gmem_ptr(&fx.mem, fx.driver.at.desc, 16 * m->size);
	const struct vring_avail *avail = gmem_ptr(&fx.mem, fx.driver.at.driver, 4 + 2 * m->size);
	uint32_t why = 0, at;

	*got = m->broken ? -EPROTO : 0;
	if (m->broken || avail->idx == m->next)
		return 0;
	*got = -EPROTO;
	if ((uint16_t)(avail->idx - m->next) > m->size)
		return REASON(VIRTQ_BAD_AVAIL_INDEX);
	*c = (struct model_chain){ .head = avail->ring[m->next % m->size] };
	if (c->head >= m->size)
		return REASON(VIRTQ_BAD_HEAD);
	if (m->busy[c->head])
		return REASON(VIRTQ_HEAD_IN_FLIGHT);
	for (at = c->head; !why; at = desc[at].next) {
		why = model_desc(m, c, desc[at]);
		if (!why && !(desc[at].flags & NEXT))
			break;
	}
	if (why)
		return why;
	*got = 1;
	m->busy[c->head] = true;
	m->next++;
	return 0;
}

static void assert_same_chain(const struct virtq_chain *chain, const struct model_chain *c)
{
	assert_int_equal(chain->head, c->head);
	assert_int_equal(chain->nsegs, c->n);
	assert_int_equal(chain->readable, c->readable);
	assert_int_equal(chain->bytes, c->bytes);
	for (uint32_t i = 0; i < c->n; i++) {
		assert_ptr_equal(chain->segs[i].p, fx.mem.host + (c->desc[i].addr - RAM));
		assert_int_equal(chain->segs[i].len, c->desc[i].len);
	}
}

static void step_pop(struct model *m)
{
	struct virtq_chain chain;
	struct model_chain c = { 0 };
	int want, got;
	uint32_t why = model_pop(m, &c, &want);

	got = virtq_pop(&fx.q, fx.room, &chain);
	assert_int_equal(got, want);
	if (why) {
		assert_true(REASON(fx.q.broken) & why);
		m->broken = true;
	}
	if (got == 1)
		assert_same_chain(&chain, &c);
}

static void step_push(struct model *m, uint64_t *seed)
{
	uint32_t head = suite_random(seed) % m->size, len = suite_random(seed);

	if (m->broken || !m->busy[head])
		return;
	m->busy[head] = false;
	m->offered[head] = false;
	m->ring[m->used++ % m->size] = (struct vring_used_elem){ head, len };
	push_head((uint16_t)head, len);
}

static void step_ask(struct model *m)
{
	const struct vring_avail *avail = gmem_ptr(&fx.mem, fx.driver.at.driver, 6 + 2 * m->size);
	bool want = m->event_idx ? model_need_event(avail->ring[m->size], m->visible, m->called)
				 : m->called != m->visible && !(avail->flags & 1);

	assert_int_equal(virtq_wants_call(&fx.q), want && !m->broken);
	if (!m->broken)
		m->called = m->visible;
}

static void step_enable(struct model *m)
{
	uint16_t before = fake_avail_event(&fx.driver);
	const struct vring_avail *avail = gmem_ptr(&fx.mem, fx.driver.at.driver, 6 + 2 * m->size);
	uint16_t ahead = (uint16_t)(avail->idx - m->next);
	bool again = virtq_enable_kick(&fx.q);

	assert_int_equal(fake_avail_event(&fx.driver),
			 m->event_idx && !m->broken ? m->next : before);
	assert_int_equal(again, !m->broken && ahead && ahead <= m->size);
	m->broken |= ahead > m->size;
}

/* Is it this time? Once in `n` times. */
static bool once_in(uint32_t n, uint64_t *seed)
{
	return suite_random(seed) % n == 0;
}

/* A chain of one or two good descriptors at `head`, or anything at all. */
static void random_chain(struct model *m, uint32_t head, uint64_t *seed)
{
	uint32_t r = suite_random(seed), second = (head + 1) % m->size;
	uint16_t flags = r & WRITE;

	if (once_in(64, seed)) {
		fake_set_desc(&fx.driver, head, random_desc(seed, m->size));
		return;
	}
	if (r & 1 && m->size > 1 && !m->offered[second]) {
		m->offered[second] = true; /* for ever, as a head; it goes on serving as a second */
		fake_set_desc(&fx.driver, second,
			      (struct vring_desc){ DATA, 1 + (r >> 20), WRITE, 0 });
		flags |= NEXT;
	}
	fake_set_desc(&fx.driver, head,
		      (struct vring_desc){ DATA + (r >> 16), 1 + (r >> 20), flags,
					   (uint16_t)second });
}

/* Mostly good, sometimes a wild descriptor, seldom a head twice, a full ring or a wild index. */
static void step_driver(struct model *m, uint64_t *seed)
{
	const struct vring_avail *avail = gmem_ptr(&fx.mem, fx.driver.at.driver, 6 + 2 * m->size);
	uint32_t head = suite_random(seed) % m->size;
	uint16_t idx = avail->idx;

	fake_set_used_event(&fx.driver, (uint16_t)(m->used + suite_random(seed) % 16 - 8));
	fake_set_avail_flags(&fx.driver, suite_random(seed) & 1);
	if (m->offered[head] && !once_in(300, seed))
		return;
	if ((uint16_t)(idx - m->next) >= m->size && !once_in(300, seed))
		return;
	if (once_in(1000, seed))
		idx = (uint16_t)suite_random(seed);
	if (!m->offered[head])
		random_chain(m, head, seed);
	m->offered[head] = true;
	if (once_in(500, seed))
		head = m->size + suite_random(seed) % 2;
	fake_set_avail_entry(&fx.driver, idx, (uint16_t)head);
	fake_set_avail_idx(&fx.driver, (uint16_t)(idx + 1));
}

static void assert_same_used(const struct model *m)
{
	assert_int_equal(fake_used_idx(&fx.driver), m->visible);
	for (uint32_t i = 0; i < m->size; i++) {
		struct vring_used_elem e = fake_used_entry(&fx.driver, (uint16_t)i);

		assert_int_equal(e.id, m->ring[i].id);
		assert_int_equal(e.len, m->ring[i].len);
	}
}

static void restart(struct model *m, uint32_t size, bool event_idx)
{
	struct virtq_layout at = fake_layout(RAM, size);

	fake_fini(&fx.driver);
	fake_init(&fx.driver, &fx.mem, &at, event_idx);
	assert_int_equal(start_at(&at, event_idx), 0);
	*m = (struct model){ .size = size, .event_idx = event_idx };
}

/* One step of one of the two sides. */
static void step(struct model *m, uint64_t *seed)
{
	switch (suite_random(seed) % 8) {
	case 0:
	case 1:
	case 2:
		step_driver(m, seed);
		break;
	case 3:
	case 4:
		step_pop(m);
		break;
	case 5:
		step_push(m, seed);
		break;
	case 6:
		m->visible = m->used;
		virtq_publish(&fx.q);
		step_ask(m);
		break;
	default:
		step_enable(m);
		break;
	}
}

static void test_differential(void **state)
{
	uint64_t seed = 0x9e3779b97f4a7c15ull * (1 + *(const uint32_t *)*state);
	uint32_t breaks = 0;
	struct model m;

	assert_int_equal(virtq_init(&fx.q, 64), 0);
	for (int run = 0; run < 300; run++) {
		restart(&m, 1u << suite_random(&seed) % 7, suite_random(&seed) & 1);
		for (int i = 0; i < 300; i++) {
			step(&m, &seed);
			/* The model reads the index at every pop; let the queue do the same. */
			fx.q.avail_seen = fx.q.avail_next;
			assert_int_equal(fx.q.broken != VIRTQ_OK, m.broken);
			assert_same_used(&m);
		}
		breaks += m.broken;
	}
	assert_true(breaks > 10 && breaks < 290); /* the driver is neither too good nor too bad */
}

int main(void)
{
	static const uint32_t seeds[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	static char names[ARRAY_SIZE(seeds)][64];
	static struct suite s = { .setup = lone_set_up, .teardown = lone_tear_down };

	for (size_t i = 0; i < ARRAY_SIZE(seeds); i++) {
		snprintf(names[i], sizeof(names[i]), "agrees with the model, seed %u", seeds[i]);
		suite_add(&s, names[i], test_differential, &seeds[i]);
	}
	suite_add(&s, "rings flipped by another thread yield only buffers inside memory",
		  test_flipping_driver, NULL);
	return suite_run(&s, "virtq_model");
}
