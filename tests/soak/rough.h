// SPDX-License-Identifier: BSD-2-Clause
// For the soak: a backend between a guest that breaks every rule and resets, and one that sends all the while.
#ifndef TESTS_SOAK_ROUGH_H
#define TESTS_SOAK_ROUGH_H

#include <stdint.h>

#include "vhost/producers.h"

struct rough_result {
	uint64_t sent;	 /* by the well-behaved guest */
	uint64_t breaks; /* queues of the other that were found broken */
	uint64_t resets;
};

/*
 * Goes on for `ms` with random turns from `seed`, then stops everything. All frames of the well-behaved guest
 * are accounted for when it returns; anything else fails the test (cmocka). Main thread.
 */
struct rough_result rough_turns(const struct notify_ops *notify,
				const struct producer_ops *producer, unsigned ms, uint64_t seed);

#endif
