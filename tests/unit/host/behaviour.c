// SPDX-License-Identifier: BSD-2-Clause
// What the behavioural probe's figures are read as.
#include "tests/common/suite.h"

#include <string.h>

#include "bench/host/behaviour.h"
#include "lib/clock.h"

/* Batches of 2 ms; of every 100 waits `early` take `waited_us`, the others last as long as the batch. */
struct shape {
	unsigned waited_us, early;
};

struct row {
	const char *name;
	struct shape nops, pipes;
	const char *mode;
	unsigned disturbed; /* of every 100 batches, so many shared the CPU with other work */
};

static const struct row rows[] = {
	{ "woken at once: full", { 3, 100 }, { 4, 100 }, "full", 0 },
	{ "woken at once, but for some: full", { 3, 95 }, { 4, 93 }, "full", 0 },
	{ "the slice's end in every batch: lazy", { 700, 100 }, { 700, 100 }, "lazy", 0 },
	{ "a tick in every second batch: lazy", { 1000, 50 }, { 1000, 50 }, "lazy", 0 },
	{ "a tick in every fifth batch, HZ 100: lazy", { 1000, 20 }, { 1000, 20 }, "lazy", 0 },
	{ "no-ops to the end, pipes give way at once: voluntary",
	  { 0, 0 },
	  { 5, 100 },
	  "voluntary",
	  0 },
	{ "all to the end: none", { 0, 0 }, { 0, 0 }, "none", 0 },
	{ "all to the end, but for noise: none", { 500, 4 }, { 300, 6 }, "none", 0 },
	{ "pipes give way, and not at once: unclear", { 0, 0 }, { 900, 60 }, "unclear", 0 },
	{ "a little other work: lazy", { 700, 100 }, { 700, 100 }, "lazy", 8 },
	{ "other work on the CPU: unclear", { 700, 100 }, { 700, 100 }, "unclear", 20 },
	{ "other work, however early the waits: unclear", { 3, 100 }, { 4, 100 }, "unclear", 20 },
};

static void fill(struct probe_batch *b, struct shape s, unsigned disturbed)
{
	for (unsigned i = 0; i < PROBE_BATCHES; i++) {
		bool early = i * 100 < s.early * PROBE_BATCHES;

		b[i].batch_ns = 2000000;
		b[i].wall_ns = i * 100 < disturbed * PROBE_BATCHES ? 6000000 : 2010000;
		b[i].waited_ns = early ? s.waited_us * 1000u : 2001000;
	}
}

static void test_mode(void **state)
{
	const struct row *row = *state;
	struct probe_result r;

	fill(r.nops, row->nops, row->disturbed);
	fill(r.pipes, row->pipes, row->disturbed);
	assert_string_equal(behaviour_of(&r).mode, row->mode);
}

static void test_agrees(void **state)
{
	struct behaviour b = { .mode = "full" };

	(void)state;
	assert_true(behaviour_agrees(&b, "full"));
	assert_true(behaviour_agrees(&b, "rt"));
	assert_false(behaviour_agrees(&b, "lazy"));
	b.mode = "none";
	assert_false(behaviour_agrees(&b, "voluntary"));
	assert_false(behaviour_agrees(&b, "rt"));
}

/* On a real ring: every batch is done and timed, whatever the host's mode. */
static void test_probe(void **state)
{
	static struct probe_result r;
	struct clock c = clock_open();
	int err = probe_run(&r, c.hz);

	(void)state;
	if (err) {
		print_message("no io_uring here: %s\n", strerror(-err));
		skip();
	}
	for (unsigned i = 0; i < PROBE_BATCHES; i++) {
		assert_true(r.nops[i].batch_ns > 0 && r.nops[i].waited_ns > 0);
		assert_true(r.pipes[i].batch_ns > 0 && r.pipes[i].waited_ns > 0);
	}
}

int main(void)
{
	static struct suite s;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		suite_add(&s, rows[i].name, test_mode, &rows[i]);
	suite_add(&s, "agreement with what is declared", test_agrees, NULL);
	suite_add(&s, "the probe itself", test_probe, NULL);
	return suite_run(&s, "behaviour");
}
