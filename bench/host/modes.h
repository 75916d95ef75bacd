// SPDX-License-Identifier: BSD-2-Clause
// The preemption modes by name.
#ifndef BENCH_HOST_MODES_H
#define BENCH_HOST_MODES_H

#include <stdbool.h>
#include <stddef.h>

/* none, voluntary, full, lazy, rt; NULL-terminated. */
extern const char *const preempt_modes[];
bool preempt_is_mode(const char *name, size_t len);

#endif
