// SPDX-License-Identifier: BSD-2-Clause
// What the pool is compared with.
#ifndef BENCH_POOL_ENGINES_H
#define BENCH_POOL_ENGINES_H

#include "bench/pool/pool.h"

extern const struct pool_engine pool_engine_condvar;
extern const struct pool_engine pool_engine_glib;
extern const struct pool_engine pool_engine_eventfd;

#endif
