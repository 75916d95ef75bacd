// SPDX-License-Identifier: BSD-2-Clause
// The real guest driver against the real backend, over sizes, producers, strategies: nothing lost.
#include "tests/pair/fixture.h"
#include "vhost/strategies.h"

#include <stdio.h>
#include <stdlib.h>

#define RUN_MS 60u
#define ENOUGH_TO_WRAP 140000u /* both 16-bit indices, twice */
#define WRAPS_ONCE 66000u

struct row {
	const char *producer; /* NULL: user */
	uint32_t batch;	      /* of a producer in the kernel */
	uint32_t frame, ring, window;
	uint32_t budget;    /* 0: 64 */
	uint32_t busy_poll; /* us */
	uint32_t flags;
	uint64_t frames; /* run until so many have arrived; 0: for RUN_MS */
	bool stream, rr;
	uint64_t changes; /* of the usual features */
	const char *pci;  /* over a PCI bus, interrupted this way; NULL: over mmio */
};

static const struct row rows[] = {
	/* frame sizes: the smallest, odd, usual, jumbo, the largest */
	{ .frame = 60, .ring = 256, .window = 256, .stream = true, .rr = true },
	{ .frame = 61, .ring = 256, .window = 256, .stream = true, .rr = true },
	{ .frame = 1500, .ring = 256, .window = 256, .stream = true, .rr = true },
	{ .frame = 9014, .ring = 256, .window = 256, .stream = true, .rr = true },
	{ .frame = 65535, .ring = 64, .window = 64, .stream = true, .rr = true },
	{ .frame = 65536, .ring = 64, .window = 64, .stream = true, .rr = true },
	/* every byte checked */
	{ .frame = 61,
	  .ring = 64,
	  .window = 64,
	  .flags = TANDEM_VERIFY_FULL,
	  .stream = true,
	  .rr = true },
	{ .frame = 65535,
	  .ring = 64,
	  .window = 64,
	  .flags = TANDEM_VERIFY_FULL,
	  .stream = true,
	  .rr = true },
	{ .frame = 65536,
	  .ring = 64,
	  .window = 64,
	  .flags = TANDEM_VERIFY_FULL,
	  .stream = true,
	  .rr = true },
	/* ring sizes: the smallest and the largest */
	{ .frame = 1500, .ring = 1, .window = 1, .stream = true, .rr = true },
	{ .frame = 1500, .ring = 2, .window = 2, .stream = true, .rr = true },
	{ .frame = 1500, .ring = 4, .window = 4, .stream = true, .rr = true },
	{ .frame = 60, .ring = 32768, .window = 32768, .stream = true, .rr = true },
	/* windows between one frame and the ring */
	{ .frame = 1500, .ring = 64, .window = 1, .stream = true },
	{ .frame = 1500, .ring = 64, .window = 2, .stream = true },
	{ .frame = 1500, .ring = 64, .window = 3, .stream = true },
	{ .frame = 1500, .ring = 64, .window = 17, .stream = true },
	{ .frame = 1500, .ring = 64, .window = 63, .stream = true },
	{ .frame = 60, .ring = 32768, .window = 1, .stream = true },
	/* the backend's ways */
	{ .frame = 1500, .ring = 64, .window = 64, .budget = 1, .stream = true, .rr = true },
	{ .frame = 60, .ring = 2, .window = 2, .budget = 1, .stream = true },
	{ .frame = 1500, .ring = 64, .window = 64, .busy_poll = 50, .stream = true, .rr = true },
	{ .frame = 1500,
	  .ring = 1,
	  .window = 1,
	  .busy_poll = 1000,
	  .budget = 1,
	  .stream = true,
	  .rr = true },
	/* the other transport: MSI-X, INTx */
	{ .frame = 1500, .ring = 256, .window = 256, .stream = true, .rr = true, .pci = "msi" },
	{ .frame = 61, .ring = 2, .window = 2, .stream = true, .rr = true, .pci = "ioapic" },
	{ "sqpoll", 64, .frame = 1500, .ring = 64, .window = 64, .stream = true, .pci = "msi" },
	/* other rings: event indices off, packed; laps of all lengths */
	{ .frame = 1500,
	  .ring = 64,
	  .window = 64,
	  .changes = TEST_EVENT_IDX,
	  .stream = true,
	  .rr = true },
	{ .frame = 60,
	  .ring = 1,
	  .window = 1,
	  .changes = TEST_EVENT_IDX,
	  .stream = true,
	  .rr = true },
	{ .frame = 61,
	  .ring = 2,
	  .window = 2,
	  .budget = 1,
	  .changes = TEST_EVENT_IDX,
	  .stream = true,
	  .rr = true },
	{ .frame = 60, .ring = 1, .window = 1, .changes = TEST_PACKED, .stream = true, .rr = true },
	{ .frame = 61, .ring = 2, .window = 2, .changes = TEST_PACKED, .stream = true, .rr = true },
	{ .frame = 1500,
	  .ring = 64,
	  .window = 64,
	  .budget = 1,
	  .changes = TEST_PACKED,
	  .stream = true,
	  .rr = true },
	{ .frame = 1500,
	  .ring = 64,
	  .window = 17,
	  .busy_poll = 50,
	  .changes = TEST_PACKED,
	  .stream = true },
	{ .frame = 65536,
	  .ring = 64,
	  .window = 64,
	  .flags = TANDEM_VERIFY_FULL,
	  .changes = TEST_PACKED,
	  .stream = true,
	  .rr = true },
	{ .frame = 60,
	  .ring = 32768,
	  .window = 32768,
	  .frames = ENOUGH_TO_WRAP,
	  .changes = TEST_PACKED,
	  .stream = true,
	  .rr = true },
	{ .frame = 60,
	  .ring = 16,
	  .window = 16,
	  .frames = ENOUGH_TO_WRAP,
	  .changes = TEST_PACKED,
	  .stream = true },
	{ .frame = 1500,
	  .ring = 64,
	  .window = 64,
	  .changes = TEST_PACKED | TEST_EVENT_IDX,
	  .stream = true,
	  .rr = true },
	{ .frame = 61,
	  .ring = 256,
	  .window = 256,
	  .changes = TEST_PACKED,
	  .stream = true,
	  .rr = true,
	  .pci = "msi" },
	{ "batch", 64, .frame = 61, .ring = 256, .window = 256, .changes = TEST_PACKED,
	  .flags = TANDEM_VERIFY_FULL, .stream = true, .rr = true },
	{ "sqpoll", 64, .frame = 1500, .ring = 64, .window = 64, .changes = TEST_PACKED,
	  .stream = true, .rr = true },
	{ "sqpoll", 1, .frame = 1500, .ring = 1, .window = 1,
	  .changes = TEST_PACKED | TEST_EVENT_IDX, .stream = true, .rr = true },
	/* indices wrap */
	{ .frame = 60, .ring = 16, .window = 16, .frames = ENOUGH_TO_WRAP, .stream = true },
	{ .frame = 60, .ring = 32768, .window = 32768, .frames = ENOUGH_TO_WRAP, .stream = true },
	/* producers that copy and notify in the kernel */
	{ "batch", 64, .frame = 61, .ring = 256, .window = 256, .flags = TANDEM_VERIFY_FULL,
	  .stream = true, .rr = true },
	{ "batch", 64, .frame = 65536, .ring = 64, .window = 64, .stream = true },
	{ "batch", 8, .frame = 65535, .ring = 64, .window = 64, .flags = TANDEM_VERIFY_FULL,
	  .stream = true },
	{ "batch", 1, .frame = 1500, .ring = 1, .window = 1, .stream = true, .rr = true },
	{ "batch", 1024, .frame = 60, .ring = 16, .window = 16, .frames = ENOUGH_TO_WRAP,
	  .stream = true },
	{ "sqpoll", 64, .frame = 61, .ring = 256, .window = 256, .flags = TANDEM_VERIFY_FULL,
	  .stream = true, .rr = true },
	{ "sqpoll", 64, .frame = 65536, .ring = 64, .window = 64, .stream = true },
	{ "sqpoll", 8, .frame = 65535, .ring = 64, .window = 64, .flags = TANDEM_VERIFY_FULL,
	  .stream = true },
	{ "sqpoll", 1, .frame = 1500, .ring = 1, .window = 1, .stream = true, .rr = true },
};

struct trial {
	char name[160];
	struct pair_config config;
	uint64_t frames;
};

static struct pair *pair;

static int tear_down(void **state)
{
	(void)state;
	pair_destroy(pair);
	pair = NULL;
	return 0;
}

static void every_frame_is_accounted_for(void **state)
{
	const struct trial *t = *state;

	pair = make_pair(&t->config);
	start_pair(pair);
	if (t->frames)
		assert_true(wait_frames(pair, t->frames));
	else
		sleep_ms(RUN_MS);
	assert_true(wait_frames(pair, 1));
	drain_pair(pair);
	pair_stop(pair);
	assert_complete(pair, &t->config);
	assert_int_equal(backend_stats(pair_backend(pair)).producer.failures, 0);
}

/* A backend that polls asks for no kicks but the first of each queue; what the guest counts is what it did. */
static void kicks_are_counted_when_they_are_made(void **state)
{
	struct pair_config c = test_config(&accel_thread, notify_strategies[0], TANDEM_RR_PING);

	(void)state;
	c.busy_poll_us = 1000000;
	pair = make_pair(&c);
	start_pair(pair);
	assert_true(wait_frames(pair, 1000));
	drain_pair(pair);
	pair_stop(pair);
	for (unsigned i = 0; i < SIDES; i++)
		assert_uint_in_range(pair_report(pair, i)->kicks, 1, 50);
}

/* A shortened run of tests (TANDEM_TEST_SCALE) still wraps once with one of the strategies. */
static uint64_t frames_of(const struct row *row, unsigned strategy)
{
	bool chosen = (row - rows) % 3 == strategy;

	return row->frames ? suite_scaled(row->frames, chosen ? WRAPS_ONCE : 0) : 0;
}

static const char *kind_name(const struct row *row)
{
	size_t k = 0;

	while (ring_kinds[k].changes != row->changes)
		k++;
	return ring_kinds[k].name;
}

static void add_trial(struct suite *s, struct trial *t, const struct row *row, unsigned strategy,
		      uint32_t workload)
{
	const struct notify_ops *notify = notify_strategies[strategy];

	t->config = test_config(&accel_thread, notify, workload);
	t->config.frame_bytes = row->frame;
	t->config.ring_size = row->ring;
	t->config.window = row->window;
	t->config.budget = row->budget ? row->budget : 64;
	t->config.busy_poll_us = row->busy_poll;
	t->config.flags = row->flags;
	t->config.producer = row->producer ? producer_find(row->producer) : NULL;
	t->config.batch = row->batch;
	t->config.pci = row->pci;
	t->config.features_changed = row->changes;
	t->config.irq = row->pci ? vm_irq_find(row->pci) : NULL;
	t->frames = frames_of(row, strategy);
	snprintf(t->name, sizeof(t->name),
		 "%s_of_%u_bytes_ring_%u_window_%u_budget_%u%s%s%s%s%s%s%s%s_%s_is_complete",
		 workload == TANDEM_STREAM_SEND ? "stream" : "rr", row->frame, row->ring,
		 row->window, t->config.budget, row->busy_poll ? "_busy_polled" : "",
		 row->flags & TANDEM_VERIFY_FULL ? "_verified" : "",
		 t->frames >= WRAPS_ONCE ? "_wrapping" : "", row->producer ? "_by_" : "",
		 row->producer ? row->producer : "", row->pci ? "_pci_" : "",
		 row->pci ? row->pci : "", kind_name(row), notify->name);
	suite_add(s, t->name, every_frame_is_accounted_for, t);
}

int main(void)
{
	static struct suite s = { .teardown = tear_down };
	static struct trial trials[SUITE_MAX];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		for (unsigned k = 0; notify_strategies[k] && (!rows[i].pci || vm_has_pci()); k++) {
			if (rows[i].stream && suite_takes(i, k, 3))
				add_trial(&s, &trials[n++], &rows[i], k, TANDEM_STREAM_SEND);
			if (rows[i].rr && suite_takes(i, k, 3))
				add_trial(&s, &trials[n++], &rows[i], k, TANDEM_RR_PING);
		}
	suite_add(&s, "kicks_are_counted_when_they_are_made", kicks_are_counted_when_they_are_made,
		  NULL);
	return suite_run(&s, "pair: traffic");
}
