// SPDX-License-Identifier: BSD-2-Clause
// A pair as the tests make it: no ticks that could hide a lost wake-up; every frame accounted for.
#ifndef TESTS_PAIR_FIXTURE_H
#define TESTS_PAIR_FIXTURE_H

#include "tests/common/suite.h"

#include <string.h>
#include <time.h>

#include "lib/clock.h"
#include "pair/features.h"
#include "pair/pair.h"
#include "tandem/shared.h"

#define PATIENCE_MS suite_patience(10000) /* what takes longer never ends */

/* Longer than any run, in the lab too, so that neither a tick nor a retransmission makes up for what got lost. */
#define NEVER_TICK_US 500000000u
#define NEVER_RTO_US 500000000u

#define TEST_EVENT_IDX (1ull << VIRTIO_RING_F_EVENT_IDX)
#define TEST_PACKED (1ull << VIRTIO_F_RING_PACKED)

/* The rings that the bundled guest has code for: what each changes of the usual features. */
static const struct ring_kind {
	const char *name; /* of tests */
	uint64_t changes;
} ring_kinds[] = {
	{ "", 0 },
	{ "_over_flags", TEST_EVENT_IDX },
	{ "_over_packed_rings", TEST_PACKED },
	{ "_over_packed_rings_and_flags", TEST_PACKED | TEST_EVENT_IDX },
};

static inline void sleep_ms(unsigned ms)
{
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000l };

	nanosleep(&t, NULL);
}

/* Measured once per program: 20 ms each time would add up. Called before any thread is made. */
static inline uint64_t test_clock_hz(void)
{
	static uint64_t hz;

	if (!hz)
		hz = clock_open().hz;
	return hz;
}

static inline struct pair_config test_config(const struct accel_ops *accel,
					     const struct notify_ops *notify, uint32_t workload_a)
{
	struct pair_config c = {
		.accel = accel,
		.notify = notify,
		.kvm_fd = -1,
		.workload = { workload_a, workload_a + 1 },
		.batch = 64,
		.halt_poll_ns = -1,
		.frame_bytes = 1500,
		.ring_size = 64,
		.window = 32,
		.rto_us = NEVER_RTO_US,
		.budget = 64,
		.clock_hz = test_clock_hz(),
	};

	for (unsigned r = 0; r < ROLES; r++)
		sched_getaffinity(0, sizeof(c.cpus[r]), &c.cpus[r]);
	return c;
}

/* The boot page: guest memory, at a fixed distance from the report. */
static inline struct tandem_boot *test_boot_page(const struct pair *p, unsigned side)
{
	uintptr_t report = (uintptr_t)pair_report(p, side);

	return (struct tandem_boot *)(report - TANDEM_REPORT_OFFSET + TANDEM_BOOT_OFFSET);
}

/* Made, without ticks, not started. */
static inline struct pair *make_pair(const struct pair_config *c)
{
	struct pair *p = NULL;

	assert_int_equal(pair_create(&p, c), 0);
	for (unsigned i = 0; i < SIDES; i++)
		if (pair_has(p, i))
			test_boot_page(p, i)->tick_us = NEVER_TICK_US;
	return p;
}

/* Waits for a state; false when it takes for ever, or when the guest fails instead. */
static inline bool wait_state(const struct pair *p, unsigned side, enum pair_state want)
{
	for (unsigned ms = 0; ms < PATIENCE_MS; ms++) {
		enum pair_state is = pair_state(p, side);

		if (is == want || is == PAIR_FAILED)
			return is == want;
		sleep_ms(1);
	}
	return false;
}

static inline void start_pair(struct pair *p)
{
	assert_int_equal(pair_start(p), 0);
	for (unsigned i = 0; i < SIDES; i++)
		assert_true(!pair_has(p, i) || wait_state(p, i, PAIR_RUNNING));
}

static inline uint64_t frames_accepted(const struct pair *p)
{
	return shared_load(&pair_report(p, SIDE_B)->rx_frames);
}

/* Waits until B has accepted n frames; false when nothing more comes for too long. */
static inline bool wait_frames(const struct pair *p, uint64_t n)
{
	uint64_t last = 0, now = frames_accepted(p);

	for (unsigned ms = 0; ms < PATIENCE_MS && now < n; ms = now == last ? ms + 1 : 0) {
		last = now;
		sleep_ms(1);
		now = frames_accepted(p);
	}
	return now >= n;
}

/* Whether it sleeps on something that was lost, or is slow: do its counters stand still? */
static inline void print_stuck(const struct pair *p, unsigned waited_for)
{
	for (unsigned look = 0; look < 2; look++, sleep_ms(1000))
		for (unsigned i = 0; i < SIDES; i++) {
			const struct tandem_report *r = pair_report(p, i);
			struct backend_stats w = backend_stats(pair_backend(p));

			print_message(
				"# waited for %c; %c: state %d, next %llu, acknowledged %llu, tx %llu, rx %llu, "
				"interrupts %llu, delivered %llu, ticks %llu, kicks %llu\n",
				'a' + waited_for, 'a' + i, (int)pair_state(p, i),
				(unsigned long long)shared_load(&r->next_seq),
				(unsigned long long)shared_load(&r->acked_seq),
				(unsigned long long)shared_load(&r->tx_frames),
				(unsigned long long)shared_load(&r->rx_frames),
				(unsigned long long)shared_load(&r->interrupts),
				(unsigned long long)w.port[i].delivered,
				(unsigned long long)shared_load(&r->ticks),
				(unsigned long long)shared_load(&r->kicks));
		}
}

/* A first: what it has sent has all arrived then. */
static inline void drain_pair(struct pair *p)
{
	for (unsigned i = 0; i < SIDES; i++) {
		bool done;

		pair_ask_to_end(p, i);
		done = wait_state(p, i, PAIR_DONE);
		if (!done)
			print_stuck(p, i);
		assert_true(done);
	}
}

/* decided == delivered + coalesced; no call without a used buffer, no interrupt without a call. */
static inline void assert_notifications_conserved(const struct pair *p)
{
	struct backend_stats w = backend_stats(pair_backend(p));
	uint64_t moved = w.flow[0].frames + w.flow[1].frames;

	for (unsigned i = 0; i < SIDES; i++) {
		assert_int_equal(w.port[i].decided, w.port[i].delivered + w.port[i].coalesced);
		assert_true(w.port[i].decided <= moved);
		/* One more: pair_ask_to_end() has no other way to wake a guest. */
		assert_true(pair_report(p, i)->interrupts <= w.port[i].delivered + 1);
	}
}

static inline void assert_nothing_went_wrong(const struct pair *p)
{
	struct backend_stats w = backend_stats(pair_backend(p));

	for (unsigned i = 0; i < SIDES; i++) {
		const struct tandem_report *r = pair_report(p, i);

		assert_int_equal(r->rx_corrupt, 0);
		assert_int_equal(r->rx_out_of_order, 0);
		assert_int_equal(r->rx_duplicates, 0);
		assert_int_equal(r->retransmits, 0);
		assert_int_equal(r->ticks, 0); /* no run lasts so long */
		assert_int_equal(w.flow[i].dropped + w.flow[i].too_small, 0);
		assert_int_equal(w.port[i].breaks, 0);
	}
}

static inline uint64_t ages_counted(const struct tandem_report *r)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < CYCLES_BUCKETS; i++)
		n += r->age[i];
	return n;
}

/* Every frame has been given an age, and one. */
static inline void assert_ages(const struct pair *p, bool rr)
{
	const struct tandem_report *a = pair_report(p, SIDE_A), *b = pair_report(p, SIDE_B);

	assert_int_equal(ages_counted(b), b->rx_frames);
	assert_int_equal(ages_counted(a), rr ? a->acked_seq : 0);
}

static inline void assert_stream_complete(const struct pair *p, uint32_t frame_bytes)
{
	const struct tandem_report *a = pair_report(p, SIDE_A), *b = pair_report(p, SIDE_B);
	struct backend_stats w = backend_stats(pair_backend(p));

	assert_int_equal(b->rx_frames, a->next_seq);
	assert_int_equal(a->acked_seq, a->next_seq);
	assert_int_equal(a->tx_frames, a->next_seq);
	assert_int_equal(a->acks_rx, b->acks_tx);
	assert_int_equal(w.flow[0].frames, a->tx_frames);
	assert_int_equal(w.flow[0].bytes, a->tx_frames * frame_bytes);
	assert_int_equal(w.flow[1].frames, b->acks_tx);
}

static inline void assert_rr_complete(const struct pair *p, uint32_t frame_bytes)
{
	const struct tandem_report *a = pair_report(p, SIDE_A), *b = pair_report(p, SIDE_B);
	struct backend_stats w = backend_stats(pair_backend(p));

	assert_int_equal(b->rx_frames, a->next_seq);
	assert_int_equal(a->acked_seq, a->next_seq);
	for (unsigned i = 0; i < SIDES; i++) {
		assert_int_equal(pair_report(p, i)->tx_frames, a->next_seq);
		assert_int_equal(w.flow[i].frames, a->next_seq);
		assert_int_equal(w.flow[i].bytes, a->next_seq * frame_bytes);
	}
}

/* A pair that was drained and stopped: nothing lost, nothing invented. */
static inline void assert_complete(const struct pair *p, const struct pair_config *c)
{
	assert_nothing_went_wrong(p);
	assert_ages(p, c->workload[SIDE_A] == TANDEM_RR_PING);
	if (c->workload[SIDE_A] == TANDEM_STREAM_SEND)
		assert_stream_complete(p, c->frame_bytes);
	else
		assert_rr_complete(p, c->frame_bytes);
	assert_notifications_conserved(p);
}

#endif
