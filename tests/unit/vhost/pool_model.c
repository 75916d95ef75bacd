// SPDX-License-Identifier: BSD-2-Clause
// Every order of events of a small pool: the real idle list under a model of the threads around it.
#include "tests/common/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vhost/pool_idle.h"

/*
 * What vhost/pool.c does under the lock is one step here, and each signal that is sent or taken is one
 * more. From each state every step that is possible is taken, until no new state comes up.
 */
#define WORKERS_MAX 3
#define PRODUCERS_MAX 3
#define ITEMS_MAX 6
#define KEY_BYTES 64
#define TABLE_SIZE (1u << 20)

enum mistake {
	NONE,
	CULL_KICKED, /* a worker that was kicked and has not run is still the cull's to take */
	CLEAR_LATE,  /* a worker takes its signal after it has looked for work, not before */
};

struct size {
	const char *name;
	unsigned workers, enough, producers, items; /* items: of each producer */
	unsigned culls, fills;
	bool locked; /* wake-ups are sent under the lock */
	enum mistake mistake;
};

enum worker_at { W_NOT, W_SLEEP, W_WOKEN, W_CHAIN, W_RUN, W_AFTER, W_CLEAR };

struct state {
	struct pool_idle idle;
	struct pool_slot slot[WORKERS_MAX];
	struct pool_item item[ITEMS_MAX];
	uint8_t ran[ITEMS_MAX];
	uint8_t at[WORKERS_MAX]; /* enum worker_at */
	bool signal[WORKERS_MAX];
	int8_t holds[WORKERS_MAX]; /* the item it runs, -1: none */
	int8_t chain[WORKERS_MAX]; /* whom it has yet to wake */
	uint8_t queued[PRODUCERS_MAX];
	int8_t wake[PRODUCERS_MAX]; /* whom it has yet to wake */
	int8_t cull_wake;
	uint8_t culls, fills;
};

/* `now` stays where it is, so that the pointers in it are good in every copy. */
static struct state now;

struct search {
	const struct size *size;
	struct state *stack;
	size_t depth, room;
	uint8_t (*table)[KEY_BYTES];
	size_t states, ends;
	const char *wrong;
};

/* ---- steps ---- */

static void send(const struct search *x, int8_t *later, int worker)
{
	*later = -1;
	if (worker >= 0 && x->size->locked)
		now.signal[worker] = true;
	else
		*later = (int8_t)worker;
}

static bool send_later(int8_t *later)
{
	if (*later < 0)
		return false;
	now.signal[*later] = true;
	*later = -1;
	return true;
}

static bool step_producer(struct search *x, unsigned p)
{
	unsigned item = p * x->size->items + now.queued[p];

	if (send_later(&now.wake[p]))
		return true;
	if (now.queued[p] == x->size->items)
		return false;
	now.queued[p]++;
	send(x, &now.wake[p], pool_idle_queue(&now.idle, &now.item[item]));
	return true;
}

/* The end of a worker's critical section: an item to run, or rest. */
static void take_or_rest(struct search *x, int w)
{
	struct pool_item *item = pool_idle_take(&now.idle);

	if (!item) {
		pool_idle_rest(&now.idle, w, 0);
		now.at[w] = x->size->mistake == CLEAR_LATE ? W_CLEAR : W_SLEEP;
		return;
	}
	now.holds[w] = (int8_t)(item - now.item);
	send(x, &now.chain[w], pool_idle_chain(&now.idle));
	now.at[w] = now.chain[w] >= 0 ? W_CHAIN : W_RUN;
}

static void wake_up(struct search *x, int w)
{
	switch (pool_idle_woken(&now.idle, w)) {
	case POOL_SLEEP_ON:
		now.at[w] = W_SLEEP;
		break;
	case POOL_DIE:
		now.at[w] = W_NOT;
		break;
	case POOL_WORK:
		take_or_rest(x, w);
	}
}

static bool step_worker(struct search *x, int w)
{
	switch ((enum worker_at)now.at[w]) {
	case W_NOT:
		return false;
	case W_SLEEP:
		if (!now.signal[w])
			return false;
		now.signal[w] = x->size->mistake == CLEAR_LATE;
		now.at[w] = W_WOKEN;
		return true;
	case W_WOKEN:
		wake_up(x, w);
		return true;
	case W_CHAIN:
		send_later(&now.chain[w]);
		now.at[w] = W_RUN;
		return true;
	case W_RUN:
		now.ran[now.holds[w]]++;
		now.holds[w] = -1;
		now.at[w] = W_AFTER;
		return true;
	case W_AFTER:
		take_or_rest(x, w);
		return true;
	case W_CLEAR:
		now.signal[w] = false;
		now.at[w] = W_SLEEP;
		return true;
	}
	return false;
}

/* What the kernel's cull could do before the series: the worker is woken, but only to die. */
static int cull_kicked(void)
{
	for (int w = 0; w < now.idle.nslots && now.idle.alive > 1; w++) {
		if (now.slot[w].state != POOL_KICKED)
			continue;
		now.slot[w].state = POOL_DYING;
		now.idle.kicked--;
		now.idle.alive--;
		return w;
	}
	return POOL_NOBODY;
}

static bool step_cull(struct search *x)
{
	int w;

	if (send_later(&now.cull_wake))
		return true;
	if (now.culls == x->size->culls)
		return false;
	w = x->size->mistake == CULL_KICKED ? cull_kicked() : pool_idle_cull(&now.idle, 1, 1);
	if (w < 0)
		return false;
	now.culls++;
	now.cull_wake = (int8_t)w;
	return true;
}

static bool step_fill(struct search *x)
{
	for (int w = 0; w < now.idle.nslots && now.fills < x->size->fills; w++) {
		if (now.at[w] != W_NOT || now.slot[w].state != POOL_GONE || now.cull_wake == w)
			continue;
		now.fills++;
		pool_idle_add(&now.idle, w);
		now.at[w] = W_AFTER;
		return true;
	}
	return false;
}

/* Step number n of the state in `now`; false: it is not possible in it. */
static bool step(struct search *x, unsigned n)
{
	if (n < x->size->producers)
		return step_producer(x, n);
	n -= x->size->producers;
	if (n < x->size->workers)
		return step_worker(x, (int)n);
	return n == x->size->workers ? step_cull(x) : step_fill(x);
}

/* ---- what must hold ---- */

static bool signal_on_its_way(const struct search *x, int w)
{
	bool yes = now.signal[w] || now.at[w] == W_WOKEN || now.cull_wake == w;

	for (unsigned i = 0; i < x->size->producers; i++)
		yes |= now.wake[i] == w;
	for (unsigned i = 0; i < x->size->workers; i++)
		yes |= now.chain[i] == w;
	return yes;
}

static void check(struct search *x)
{
	bool taken_care_of = !now.idle.head;
	unsigned kicked = 0, running = 0;

	for (int w = 0; w < now.idle.nslots; w++) {
		uint8_t s = now.slot[w].state;

		kicked += s == POOL_KICKED;
		running += s == POOL_RUNNING;
		taken_care_of |= s == POOL_KICKED || s == POOL_RUNNING;
		if ((s == POOL_KICKED || s == POOL_DYING) && !signal_on_its_way(x, w))
			x->wrong = "a worker that was kicked or culled is never woken";
	}
	if (!taken_care_of)
		x->wrong = "an item waits, and nobody is on the way to it";
	if (kicked != now.idle.kicked || running != now.idle.running || !now.idle.alive)
		x->wrong = "the counts are wrong";
	for (unsigned i = 0; i < ITEMS_MAX; i++)
		if (now.ran[i] > 1)
			x->wrong = "an item ran twice";
}

static void check_end(struct search *x)
{
	x->ends++;
	for (unsigned i = 0; i < x->size->producers * x->size->items; i++)
		if (now.ran[i] != 1)
			x->wrong = "it is all over, and an item has not run: stranded";
}

/* ---- the search ---- */

/* All that makes states differ, without padding and pointers. Byte 0 is never 0. */
static void make_key(uint8_t *key)
{
	size_t n = 0;

	memset(key, 0, KEY_BYTES);
	key[n++] = (uint8_t)(1 + now.idle.nitems);
	for (const struct pool_item *i = now.idle.head; i; i = i->next)
		key[n++] = (uint8_t)(i - now.item);
	for (int w = now.idle.top; w >= 0; w = now.slot[w].below)
		key[n++] = (uint8_t)(w + 16);
	for (unsigned w = 0; w < WORKERS_MAX; w++) {
		key[n++] = (uint8_t)(now.slot[w].state << 4 | now.at[w]);
		key[n++] = (uint8_t)(now.signal[w] << 7 | (now.holds[w] & 15));
		key[n++] = (uint8_t)now.chain[w];
	}
	for (unsigned p = 0; p < PRODUCERS_MAX; p++) {
		key[n++] = now.queued[p];
		key[n++] = (uint8_t)now.wake[p];
	}
	for (unsigned i = 0; i < ITEMS_MAX; i++)
		key[n++] = now.ran[i];
	key[n++] = (uint8_t)(now.culls << 4 | now.fills);
	key[n++] = (uint8_t)now.cull_wake;
	assert_true(n <= KEY_BYTES);
}

/* FNV-1a, 64 bits. */
static uint64_t hash(const uint8_t *key)
{
	uint64_t h = 0xcbf29ce484222325ull;

	for (unsigned i = 0; i < KEY_BYTES; i++)
		h = (h ^ key[i]) * 0x100000001b3ull;
	return h ^ h >> 29;
}

static bool is_new(struct search *x)
{
	uint8_t key[KEY_BYTES];
	size_t i;

	make_key(key);
	for (i = hash(key) % TABLE_SIZE; x->table[i][0]; i = (i + 1) % TABLE_SIZE)
		if (memcmp(x->table[i], key, KEY_BYTES) == 0)
			return false;
	memcpy(x->table[i], key, KEY_BYTES);
	assert_true(++x->states < TABLE_SIZE / 2);
	return true;
}

static void push(struct search *x)
{
	if (x->depth == x->room) {
		x->room = x->room ? 2 * x->room : 1024;
		x->stack = realloc(x->stack, x->room * sizeof(*x->stack));
		assert_non_null(x->stack);
	}
	x->stack[x->depth++] = now;
}

static void begin(struct search *x)
{
	memset(&now, 0, sizeof(now));
	memset(now.holds, -1, sizeof(now.holds));
	memset(now.chain, -1, sizeof(now.chain));
	memset(now.wake, -1, sizeof(now.wake));
	now.cull_wake = -1;
	pool_idle_init(&now.idle, now.slot, x->size->workers, x->size->enough);
	for (unsigned w = 0; w < x->size->workers; w++) {
		pool_idle_add(&now.idle, (int)w);
		now.at[w] = W_AFTER;
	}
}

static void explore(struct search *x)
{
	unsigned steps = x->size->producers + x->size->workers + 2;

	begin(x);
	is_new(x);
	push(x);
	while (x->depth && !x->wrong) {
		struct state from = x->stack[--x->depth];
		bool any = false;

		for (unsigned n = 0; n < steps && !x->wrong; n++) {
			now = from;
			if (!step(x, n))
				continue;
			any = true;
			if (!is_new(x))
				continue;
			check(x);
			push(x);
		}
		now = from;
		if (!any)
			check_end(x);
	}
}

static void test_all_orders(void **state)
{
	struct search x = { .size = *state };

	x.table = calloc(TABLE_SIZE, KEY_BYTES);
	assert_non_null(x.table);
	explore(&x);
	printf("# %s: %zu states, %zu ends%s%s\n", x.size->name, x.states, x.ends,
	       x.wrong ? "; " : "", x.wrong ? x.wrong : "");
	free(x.table);
	free(x.stack);
	if (x.size->mistake) {
		assert_non_null(x.wrong);
		return;
	}
	if (x.wrong)
		fail_msg("%s", x.wrong);
	assert_true(x.ends > 0);
}

/* ---- the rules, one by one ---- */

static struct pool_item items[8];

/* All of `n` workers idle; the last one went idle last. */
static void make_idle(struct pool_idle *l, struct pool_slot *slots, unsigned n)
{
	pool_idle_init(l, slots, n, n);
	for (int w = 0; w < (int)n; w++) {
		pool_idle_add(l, w);
		pool_idle_rest(l, w, (uint64_t)w * 10);
	}
}

static void test_last_idle_is_first(void **state)
{
	struct pool_slot slots[3];
	struct pool_idle l;

	(void)state;
	make_idle(&l, slots, 3);
	for (int want = 2; want >= 0; want--) {
		assert_int_equal(pool_idle_queue(&l, &items[want]), want);
		assert_int_equal(pool_idle_woken(&l, want), POOL_WORK);
		assert_ptr_equal(pool_idle_take(&l), &items[want]);
	}
	assert_int_equal(pool_idle_queue(&l, &items[3]), POOL_NOBODY); /* all run, and will look */
}

static void test_wakeups_coalesce(void **state)
{
	struct pool_slot slots[3];
	struct pool_idle l;

	(void)state;
	make_idle(&l, slots, 3);
	assert_int_equal(pool_idle_queue(&l, &items[0]), 2);
	for (unsigned i = 1; i < 4; i++)
		assert_int_equal(pool_idle_queue(&l, &items[i]), POOL_NOBODY);
	assert_int_equal(pool_idle_woken(&l, 2), POOL_WORK);
	assert_ptr_equal(pool_idle_take(&l), &items[0]);
	/* More wait than one should do: the next idle one is woken, once. */
	assert_int_equal(pool_idle_chain(&l), 1);
	assert_ptr_equal(pool_idle_take(&l), &items[1]);
	assert_int_equal(pool_idle_chain(&l), POOL_NOBODY);
}

/* Two CPUs, three workers: a third that is woken while two run would only wait for one of them. */
static void test_enough_run(void **state)
{
	struct pool_slot slots[3];
	struct pool_idle l;

	(void)state;
	make_idle(&l, slots, 3);
	l.enough = 2;
	for (int want = 2; want >= 1; want--) {
		assert_int_equal(pool_idle_queue(&l, &items[want]), want);
		assert_int_equal(pool_idle_woken(&l, want), POOL_WORK);
		assert_ptr_equal(pool_idle_take(&l), &items[want]);
	}
	for (unsigned i = 3; i < 6; i++)
		assert_int_equal(pool_idle_queue(&l, &items[i]), POOL_NOBODY);
	assert_int_equal(pool_idle_chain(&l), POOL_NOBODY);
	for (unsigned i = 3; i < 6; i++)
		assert_ptr_equal(pool_idle_take(&l), &items[i]);
	pool_idle_rest(&l, 1, 0);
	assert_int_equal(pool_idle_queue(&l, &items[0]), 1);
}

static void test_cull_takes_longest_idle(void **state)
{
	struct pool_slot slots[4];
	struct pool_idle l;

	(void)state;
	make_idle(&l, slots, 4);
	assert_int_equal(pool_idle_cull(&l, 0, 1), POOL_NOBODY); /* none idle for so long */
	assert_int_equal(pool_idle_cull(&l, 11, 1), 0);
	assert_int_equal(pool_idle_cull(&l, 11, 1), 1);
	assert_int_equal(pool_idle_cull(&l, 11, 1), POOL_NOBODY);
	assert_int_equal(pool_idle_cull(&l, 1000, 2), POOL_NOBODY); /* two are to be kept */
	assert_int_equal(pool_idle_cull(&l, 1000, 1), 2);
	assert_int_equal(pool_idle_cull(&l, 1000, 1), POOL_NOBODY);
	assert_int_equal(pool_idle_woken(&l, 0), POOL_DIE);
}

/* The race that the kernel's series names: kicked, not started, and the cull comes. */
static void test_cull_spares_the_kicked(void **state)
{
	struct pool_slot slots[2];
	struct pool_idle l;

	(void)state;
	make_idle(&l, slots, 2);
	assert_int_equal(pool_idle_queue(&l, &items[0]), 1);
	assert_int_equal(pool_idle_cull(&l, 1000, 1), 0);
	assert_int_equal(pool_idle_cull(&l, 1000, 1), POOL_NOBODY);
	assert_int_equal(pool_idle_woken(&l, 1), POOL_WORK);
	assert_ptr_equal(pool_idle_take(&l), &items[0]);
}

static const struct size sizes[] = {
	{ "one worker, two producers, woken off the lock", 1, 1, 2, 3, 0, 0, false, NONE },
	{ "two workers, two producers, off the lock", 2, 2, 2, 3, 0, 0, false, NONE },
	{ "two workers, two producers, under the lock", 2, 2, 2, 3, 0, 0, true, NONE },
	{ "three workers, three producers, off the lock", 3, 3, 3, 2, 0, 0, false, NONE },
	{ "a cull in between, off the lock", 2, 2, 2, 2, 2, 0, false, NONE },
	{ "a cull in between, under the lock", 2, 2, 2, 2, 2, 0, true, NONE },
	{ "culls and new workers, off the lock", 2, 2, 2, 2, 2, 2, false, NONE },
	{ "culls and new workers, under the lock", 2, 2, 2, 2, 2, 2, true, NONE },
	{ "three workers, culls and new ones, off the lock", 3, 3, 2, 3, 2, 1, false, NONE },
	{ "three of each, culls and new ones, under the lock", 3, 3, 3, 1, 2, 1, true, NONE },
	{ "two workers, one CPU, off the lock", 2, 1, 2, 3, 0, 0, false, NONE },
	{ "three workers, two CPUs, culls, off the lock", 3, 2, 3, 2, 1, 0, false, NONE },
	{ "three workers, one CPU, culls, under the lock", 3, 1, 2, 3, 2, 1, true, NONE },
	{ "mistake: a kicked worker is culled, off the lock", 2, 2, 2, 2, 1, 0, false,
	  CULL_KICKED },
	{ "mistake: a kicked worker is culled, under the lock", 2, 2, 1, 1, 1, 0, true,
	  CULL_KICKED },
	{ "mistake: a signal is taken after the look", 2, 2, 2, 2, 0, 0, false, CLEAR_LATE },
};

int main(void)
{
	static struct suite s;

	suite_add(&s, "who went idle last is woken first", test_last_idle_is_first, NULL);
	suite_add(&s, "a kicked worker takes the next items, too", test_wakeups_coalesce, NULL);
	suite_add(&s, "no more are woken than there are CPUs", test_enough_run, NULL);
	suite_add(&s, "the cull begins with who idled longest", test_cull_takes_longest_idle, NULL);
	suite_add(&s, "the cull spares who was kicked", test_cull_spares_the_kicked, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
		suite_add(&s, sizes[i].name, test_all_orders, &sizes[i]);
	return suite_run(&s, "pool_model");
}
