// SPDX-License-Identifier: BSD-2-Clause
// A hostile guest, its healthy peer, and a healthy pair beside them: one trial, for any accel.
#ifndef TESTS_HOSTILE_TRIAL_H
#define TESTS_HOSTILE_TRIAL_H

#include "tests/pair/fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tandem/frame.h"
#include "tests/hostile/acts.h"
#include "virtio/net.h"

#define ACTS_PATIENCE_MS suite_patience(60000)

static const struct hostile_expect {
	const char *name;
	unsigned times;
	int want;
} hostile_expect[] = {
#define ACT(name, times, want) { #name, times, want },
	HOSTILE_ACT_LIST(ACT)
#undef ACT
};

struct hostile_trial {
	const struct accel_ops *accel;
	const struct notify_ops *notify;
	const char *producer;
	const void *image; /* accel kvm */
	uint64_t image_bytes;
	int kvm_fd;
	uint32_t flags;
	bool pci;
	bool repeats; /* another row, under further conditions */
};

struct hostile_pairs {
	struct pair *sick, *healthy;
	struct pair_config healthy_config;
};

/* Whether A is as bad as B. */
static inline bool both_hostile(const struct hostile_trial *t)
{
	return t->flags & HOSTILE_PEER;
}

/* A pings, and again every few milliseconds; B is the hostile one. */
static inline struct pair_config hostile_config(const struct hostile_trial *t)
{
	struct pair_config c = test_config(t->accel, t->notify, TANDEM_RR_PING);

	c.kvm_fd = t->kvm_fd;
	c.producer = t->producer ? producer_find(t->producer) : NULL;
	c.ring_size = 64;
	c.window = 1;
	c.batch = 8;
	c.frame_bytes = 600;
	c.rto_us = 2000;
	c.flags = t->flags;
	c.pci = t->pci;
	for (unsigned i = both_hostile(t) ? SIDE_A : SIDE_B; i < SIDES; i++) {
		c.guest_image[i] = t->image;
		c.guest_image_bytes[i] = t->image_bytes;
	}
	return c;
}

/* ---- a canary over what neither guest nor device has any use for ---- */

#define HOSTILE_CANARY 0xc7

static inline uint8_t *ram_of(const struct pair *p, unsigned side)
{
	return (uint8_t *)(uintptr_t)pair_report(p, side) - TANDEM_REPORT_OFFSET;
}

struct hostile_unused {
	uint64_t from, to;
};

static inline void find_unused(const struct pair *p, unsigned side, struct hostile_unused unused[2])
{
	const struct tandem_boot *b = test_boot_page(p, side);
	uint64_t queues = 2 * frame_queue_bytes(b->ring_size, b->frame_bytes);

	unused[0] = (struct hostile_unused){ TANDEM_LOAD_OFFSET, TANDEM_IMAGE_OFFSET };
	unused[1] = (struct hostile_unused){ TANDEM_HEAP_OFFSET + queues, b->ram_bytes };
}

static inline void set_canaries(const struct pair *p)
{
	struct hostile_unused u[2];

	for (unsigned i = 0; i < SIDES; i++) {
		find_unused(p, i, u);
		for (unsigned k = 0; k < 2; k++)
			memset(ram_of(p, i) + u[k].from, HOSTILE_CANARY, u[k].to - u[k].from);
	}
}

/* In one comparison: byte by byte it is seconds on an emulated CPU. */
static inline bool is_all(const uint8_t *at, uint8_t value, uint64_t bytes)
{
	return at[0] == value && memcmp(at, at + 1, bytes - 1) == 0;
}

static inline void assert_canaries(const struct pair *p)
{
	struct hostile_unused u[2];

	for (unsigned i = 0; i < SIDES; i++) {
		find_unused(p, i, u);
		for (unsigned k = 0; k < 2; k++)
			assert_true(is_all(ram_of(p, i) + u[k].from, HOSTILE_CANARY,
					   u[k].to - u[k].from));
	}
}

/* ---- a trial ---- */

static inline void hostile_begin(struct hostile_pairs *p, const struct hostile_trial *t)
{
	struct pair_config c = hostile_config(t);

	p->healthy_config = test_config(t->accel, t->notify, TANDEM_STREAM_SEND);
	p->healthy_config.kvm_fd = t->kvm_fd;
	p->healthy_config.producer = c.producer;
	p->healthy = make_pair(&p->healthy_config);
	start_pair(p->healthy);
	p->sick = make_pair(&c);
	test_boot_page(p->sick, SIDE_A)->tick_us = 2000;
	if (both_hostile(t)) {
		test_boot_page(p->sick, SIDE_A)->flags |= t->flags;
		test_boot_page(p->sick, SIDE_B)->tick_us = 2000;
	}
	set_canaries(p->sick);
	assert_int_equal(pair_start(p->sick), 0);
	for (unsigned i = 0; i < SIDES; i++)
		assert_true(t->flags & HOSTILE_OFF || wait_state(p->sick, i, PAIR_RUNNING));
}

static inline uint64_t acts_done(const struct hostile_pairs *p, unsigned side)
{
	return shared_load_acquire(&pair_report(p->sick, side)->retransmits);
}

/*
 * 5.1.6.4: whatever a driver writes into the header of a frame, the peer's is clean. A's receive buffers, wherever they
 * are: its descriptors stay as they were.
 */
static inline void assert_clean_headers(const struct pair *p)
{
	const struct virtio_net_hdr_v1 used = { .num_buffers = 1 }, unused = { 0 };
	const struct tandem_boot *boot = test_boot_page(p, SIDE_A);
	const uint8_t *ram = ram_of(p, SIDE_A);
	const struct vring_desc *desc = (const void *)(ram + TANDEM_HEAP_OFFSET);

	for (uint32_t i = 0; i < boot->ring_size; i++) {
		struct virtio_net_hdr_v1 header; /* read once: frames go on coming */

		memcpy(&header, ram + (desc[i].addr - boot->ram_gpa), sizeof(header));
		if (memcmp(&header, &used, sizeof(used)) != 0)
			assert_memory_equal(&header, &unused, sizeof(unused));
	}
}

/* Waits until a side has done all its acts; meanwhile the healthy pair must get on, whatever the act. */
static inline void hostile_wait(const struct hostile_pairs *p, const struct hostile_trial *t,
				unsigned side)
{
	uint64_t frames = frames_accepted(p->healthy), done = 0;

	for (unsigned ms = 0; ms < ACTS_PATIENCE_MS; ms += 50) {
		uint64_t now;

		for (unsigned i = 0; i < 50; i++, sleep_ms(1))
			if (!both_hostile(t))
				assert_clean_headers(p->sick);
		done = acts_done(p, side);
		assert_int_not_equal(pair_state(p->sick, SIDE_A), PAIR_FAILED);
		assert_int_not_equal(pair_state(p->sick, SIDE_B), PAIR_FAILED);
		assert_true(wait_frames(p->healthy, frames + 1));
		now = frames_accepted(p->healthy);
		frames = now;
		if (done >= HOSTILE_ACTS_N) /* one that pings counts on */
			return;
	}
	print_message("# it did not get beyond %s\n", hostile_expect[done].name);
	fail();
}

/* What the guest saw of each act. */
static inline void assert_acts(const struct pair *p)
{
	const struct tandem_report *r = pair_report(p, SIDE_B);
	unsigned wrong = 0;

	for (unsigned i = 0; i < HOSTILE_ACTS_N; i++) {
		const struct hostile_expect *e = &hostile_expect[i];
		const struct tandem_stamp *record = &r->stamps[HOSTILE_RECORDS + i];
		uint64_t done = record->t3, broke = record->t4;
		bool bad = done != e->times || (e->want > 0 && broke != e->times) ||
			   (e->want == UNHURT && broke);

		wrong += bad;
		if (bad)
			print_message("# %s: done %llu times of %u, broke %llu times\n", e->name,
				      (unsigned long long)done, e->times,
				      (unsigned long long)broke);
	}
	assert_int_equal(wrong, 0);
}

/* With a peer as bad nothing is sure to come, so nothing is sure to break; but each act was done. */
static inline void assert_all_done(const struct pair *p)
{
	for (unsigned side = 0; side < SIDES; side++)
		for (unsigned i = 0; i < HOSTILE_ACTS_N; i++)
			assert_int_equal(pair_report(p, side)->stamps[HOSTILE_RECORDS + i].t3,
					 hostile_expect[i].times);
}

/* What the backend counted: each reason as often as acts were to give it; others only where acts may. */
static inline void assert_breaks(const struct pair *p)
{
	struct backend_stats w = backend_stats(pair_backend(p));
	uint64_t want[VIRTQ_BREAKS] = { 0 }, sum = 0, all = 0, may = 0;

	for (unsigned i = 0; i < HOSTILE_ACTS_N; i++) {
		if (hostile_expect[i].want > 0)
			want[hostile_expect[i].want] += hostile_expect[i].times;
		else if (hostile_expect[i].want == MAY_BREAK)
			may += 2 * hostile_expect[i].times;
	}
	for (unsigned k = 0; k < VIRTQ_BREAKS; k++) {
		assert_true(w.port[SIDE_B].breaks_by[k] >= want[k]);
		sum += w.port[SIDE_B].breaks_by[k];
		all += want[k];
	}
	assert_int_equal(sum, w.port[SIDE_B].breaks);
	assert_true(sum <= all + may);
	assert_int_equal(w.port[SIDE_A].breaks, 0);
}

/* The peer kept its device; the device, brought back, carries everything that is sent now. */
static inline void assert_healed(const struct hostile_pairs *p)
{
	const struct tandem_report *a = pair_report(p->sick, SIDE_A);
	uint64_t rounds = shared_load(&a->acked_seq);

	for (unsigned ms = 0; ms < PATIENCE_MS; ms++) {
		if (shared_load(&a->acked_seq) >= rounds + 50)
			break;
		sleep_ms(1);
	}
	assert_true(shared_load(&a->acked_seq) >= rounds + 50);
	drain_pair(p->sick);
	assert_int_equal(a->acked_seq, a->next_seq);
	assert_int_equal(pair_report(p->sick, SIDE_B)->rx_frames, a->next_seq);
}

/* The third and fourth guest noticed nothing at all. */
static inline void assert_healthy(struct hostile_pairs *p)
{
	assert_true(wait_frames(p->healthy, frames_accepted(p->healthy) + 100));
	drain_pair(p->healthy);
	pair_stop(p->healthy);
	assert_complete(p->healthy, &p->healthy_config);
}

/* What is written to stderr from here on; hostile_heard() says how many lines of which kind. */
static inline int hostile_listen(int *saved)
{
	int fd = memfd_create("heard", MFD_CLOEXEC);

	assert_true(fd >= 0);
	*saved = fcntl(2, F_DUPFD_CLOEXEC, 3);
	dup2(fd, 2);
	return fd;
}

struct hostile_said {
	unsigned breaks, console;
};

static inline struct hostile_said hostile_heard(int fd, int saved)
{
	struct hostile_said n = { 0 };
	char line[1024];
	FILE *f;

	dup2(saved, 2);
	close(saved);
	f = fdopen(fd, "r");
	assert_non_null(f);
	rewind(f);
	while (fgets(line, sizeof(line), f)) {
		if (strstr(line, "queue is broken"))
			n.breaks++;
		else if (strstr(line, "guest a: ") || strstr(line, "guest b: "))
			n.console++;
		else
			printf("# %s", line);
	}
	fclose(f);
	return n;
}

/* Different reasons, each said once. */
static inline unsigned reasons(const struct pair *p)
{
	struct backend_stats w = backend_stats(pair_backend(p));
	unsigned n = 0;

	for (unsigned k = 0; k < VIRTQ_BREAKS; k++)
		n += w.port[SIDE_B].breaks_by[k] > 0;
	return n;
}

static inline void assert_decisions_conserved(const struct pair *p)
{
	struct backend_stats w = backend_stats(pair_backend(p));

	for (unsigned i = 0; i < SIDES; i++)
		assert_int_equal(w.port[i].decided, w.port[i].delivered + w.port[i].coalesced);
}

/* Two at once: nobody is there to count what breaks; that they heal, and the others never notice, is what counts. */
static inline void hostile_run_both(struct hostile_pairs *p, const struct hostile_trial *t)
{
	int saved, fd = hostile_listen(&saved);

	hostile_begin(p, t);
	for (unsigned i = 0; i < SIDES; i++)
		hostile_wait(p, t, i);
	hostile_heard(fd, saved);
	assert_all_done(p->sick);
	assert_healed(p);
	pair_stop(p->sick);
	assert_decisions_conserved(p->sick);
	assert_canaries(p->sick);
	assert_healthy(p);
}

static inline void hostile_run(struct hostile_pairs *p, const struct hostile_trial *t)
{
	struct hostile_said said;
	unsigned wanted;
	int saved, fd = hostile_listen(&saved);

	hostile_begin(p, t);
	hostile_wait(p, t, SIDE_B);
	said = hostile_heard(fd, saved);
	assert_acts(p->sick);
	assert_healed(p);
	pair_stop(p->sick);
	assert_decisions_conserved(p->sick);
	assert_breaks(p->sick);
	assert_canaries(p->sick);
	wanted = reasons(p->sick);
	assert_int_equal(said.breaks, wanted);
	assert_int_equal(said.console, 101); /* the last says that there is no more */
	assert_healthy(p);
}

#endif
