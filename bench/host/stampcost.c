// SPDX-License-Identifier: BSD-2-Clause
// What it costs the host to record one notification.
#include "bench/host/stampcost.h"

#include <stdlib.h>

#include "lib/clock.h"
#include "vhost/notify.h"

#define ROUNDS 512u
#define PASSES 16u

/* As notify_prepare() and notify_stamp() do it, with the worker's own look at the clock between. */
static void record(struct notify_target *target)
{
	uint64_t id = stamps_add(target->stamps, clock_now(), 0);

	notify_stamp(target, id, clock_now());
}

static uint64_t pass_ns(struct notify_target *target)
{
	uint64_t begin = clock_mono_ns();

	for (unsigned i = 0; i < ROUNDS; i++)
		record(target);
	return clock_mono_ns() - begin;
}

/* The fastest pass: the others had to wait for something. The first only warms up. */
double stampcost_ns(void)
{
	struct stamps *stamps = calloc(1, sizeof(*stamps));
	struct notify_target target = { .call_fd = -1, .stamps = stamps };
	uint64_t least = UINT64_MAX, ns;

	if (!stamps)
		return 0;
	pass_ns(&target);
	for (unsigned i = 0; i < PASSES; i++) {
		ns = pass_ns(&target);
		least = ns < least ? ns : least;
	}
	free(stamps);
	return (double)least / ROUNDS;
}
