// SPDX-License-Identifier: BSD-2-Clause
// Turns what a unit test has put into its rings into inputs for the fuzz targets.
#ifndef TESTS_COMMON_SEED_H
#define TESTS_COMMON_SEED_H

#include "tests/common/fakedriver.h"

/*
 * At the end of a test: writes its queue as an input of tests/fuzz/virtq.c into the directory named by
 * TANDEM_SEEDS; without that variable, or for a queue too large for the target, nothing. `data`: where
 * the test keeps its buffers.
 */
void seed_virtq(const struct fake_queue *d, uint64_t data);

#endif
