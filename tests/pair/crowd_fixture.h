// SPDX-License-Identifier: BSD-2-Clause
// A crowd as the tests make it, and what must add up when it has ended.
#ifndef TESTS_PAIR_CROWD_FIXTURE_H
#define TESTS_PAIR_CROWD_FIXTURE_H

#include "tests/pair/fixture.h"

#include <stdio.h>

#include "pair/crowd.h"

struct crowd_trial {
	char name[80];
	enum crowd_kind kind;
	unsigned guests, vcpus;
	uint32_t flags;
	unsigned ms;
};

static const char *const crowd_kind_names[] = {
	"", "ticket", "tas", "unicast", "broadcast", "async"
};

static inline struct crowd_setup crowd_test_setup(const struct accel_ops *accel, int kvm_fd,
						  const struct crowd_trial *t)
{
	struct crowd_setup s = {
		.accel = accel,
		.kvm_fd = kvm_fd,
		.guests = t->guests,
		.config = {
			.kind = t->kind,
			.cpus = t->vcpus,
			.flags = t->flags,
			.section_cycles = 2000,
			.think_cycles = 2000,
			.jump_cycles = test_clock_hz() / 2000,
		},
		.halt_poll_ns = -1,
		.clock_hz = test_clock_hz(),
	};

	sched_getaffinity(0, sizeof(s.cpus), &s.cpus);
	return s;
}

/*
 * Crowds of the test that runs: what a failed assertion jumps over would go on in all tests after it. The suite's
 * teardown ends what the test has not.
 */
#define CROWDS_MAX 4u
static struct crowd *live_crowds[CROWDS_MAX];

static inline struct crowd *make_crowd(const struct crowd_setup *s)
{
	unsigned i = 0;

	while (live_crowds[i])
		assert_true(++i < CROWDS_MAX);
	assert_int_equal(crowd_create(&live_crowds[i], s), 0);
	return live_crowds[i];
}

static inline void end_crowd(struct crowd *c)
{
	for (unsigned i = 0; i < CROWDS_MAX; i++)
		if (live_crowds[i] == c)
			live_crowds[i] = NULL;
	crowd_destroy(c);
}

static inline int end_live_crowds(void **state)
{
	(void)state;
	for (unsigned i = 0; i < CROWDS_MAX; i++)
		end_crowd(live_crowds[i]);
	return 0;
}

static inline bool wait_crowd(const struct crowd *c, unsigned guests, enum pair_state want)
{
	for (unsigned ms = 0; ms < PATIENCE_MS; ms++) {
		unsigned there = 0;

		for (unsigned g = 0; g < guests; g++) {
			if (crowd_state(c, g) == PAIR_FAILED && want != PAIR_FAILED) {
				char why[200];

				crowd_failure(c, g, why, sizeof(why));
				print_message("# guest %u: %s\n", g, why);
				return false;
			}
			there += crowd_state(c, g) == want;
		}
		if (there == guests)
			return true;
		sleep_ms(1);
	}
	return false;
}

static inline uint64_t crowd_hist_n(const struct crowd_cpu *cpu, enum crowd_hist which)
{
	uint64_t n = 0;

	for (unsigned b = 0; b < CYCLES_BUCKETS; b++)
		n += cpu->hist[which][b];
	return n;
}

/* A lock: each turn was one CPU's. */
static inline void assert_lock_adds_up(const struct crowd_page *p, const struct crowd_trial *t)
{
	uint64_t operations = 0;

	for (unsigned i = 0; i < t->vcpus; i++) {
		const struct crowd_cpu *cpu = &p->cpu[i];

		operations += cpu->counters.operations;
		assert_int_equal(crowd_hist_n(cpu, CROWD_WAIT), cpu->counters.operations);
		assert_int_equal(crowd_hist_n(cpu, CROWD_HOLD), cpu->counters.operations);
		assert_int_equal(crowd_hist_n(cpu, CROWD_WAIT_PREEMPTED),
				 cpu->counters.wait_holder);
		assert_true(cpu->counters.spun_cycles <= cpu->counters.wait_cycles);
	}
	if (t->kind == CROWD_TICKET) {
		assert_int_equal((uint32_t)operations, p->lock.next);
		assert_int_equal(p->lock.owner, p->lock.next);
	} else {
		assert_int_equal(p->lock.next, 0);
	}
	assert_true(operations > 0);
}

/* IPIs: what was asked was served once, and the answer was seen. */
static inline void assert_ipis_add_up(const struct crowd_page *p, const struct crowd_trial *t)
{
	uint64_t acks = 0, handled = 0, interrupts = 0, merged = 0;

	for (unsigned i = 0; i < t->vcpus; i++) {
		const struct crowd_counters *n = &p->cpu[i].counters;

		acks += n->acks;
		handled += n->handled;
		interrupts += n->interrupts;
		merged += n->merged;
		assert_int_equal(p->cpu[i].pending, 0);
	}
	assert_true(acks > 0);
	assert_int_equal(acks, handled);
	assert_true(interrupts <= acks - merged);
	assert_true(interrupts > 0);
}

static inline void assert_crowd_adds_up(const struct crowd *c, const struct crowd_trial *t)
{
	for (unsigned g = 0; g < t->guests; g++) {
		const struct crowd_page *p = crowd_report(c, g);

		assert_int_equal(p->arrived, t->vcpus);
		assert_int_equal(p->left, t->vcpus);
		if (t->kind < CROWD_UNICAST)
			assert_lock_adds_up(p, t);
		else
			assert_ipis_add_up(p, t);
	}
}

/* Made, run, asked to end, counted. */
static inline void run_crowd(const struct crowd_setup *s, const struct crowd_trial *t)
{
	struct crowd *c = make_crowd(s);

	assert_int_equal(crowd_start(c), 0);
	assert_true(wait_crowd(c, t->guests, PAIR_RUNNING));
	for (unsigned i = 0; i < t->vcpus; i++)
		assert_true(crowd_tid(c, 0, i) > 0);
	sleep_ms(t->ms);
	crowd_ask_to_end(c);
	assert_true(wait_crowd(c, t->guests, PAIR_DONE));
	crowd_stop(c);
	assert_crowd_adds_up(c, t);
	end_crowd(c);
}

static inline void name_crowd_trial(struct crowd_trial *t)
{
	snprintf(t->name, sizeof(t->name), "%s_of_%u_guests_of_%u%s%s", crowd_kind_names[t->kind],
		 t->guests, t->vcpus, t->flags & CROWD_IDLE ? "_idle" : "",
		 t->flags & CROWD_YIELD ? "_yield" : "");
}

#endif
