// SPDX-License-Identifier: BSD-2-Clause
// The kernel's events that a trace has.
#ifndef BENCH_TRACE_EVENTS_H
#define BENCH_TRACE_EVENTS_H

#include <stdbool.h>
#include <stddef.h>

#define TRACE_EVENTS 10u

/* "SYSTEM/EVENT", those of a system together. The first two are not to be done without. */
extern const char *const trace_event_names[TRACE_EVENTS];

bool trace_same_system(size_t a, size_t b);

#endif
