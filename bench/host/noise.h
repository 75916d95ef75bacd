// SPDX-License-Identifier: BSD-2-Clause
// Before anything is measured: does the host leave the CPUs to us? Judged in half a second, and
// recorded.
#ifndef BENCH_HOST_NOISE_H
#define BENCH_HOST_NOISE_H

#include <sched.h>
#include <stdbool.h>
#include <stdio.h>

#include "bench/host/noise_types.h"

/*
 * Listens for `seconds` in all, on up to NOISE_CPUS_MAX of `cpus`, one after the other, by reading
 * the clock in a loop; then judges. The calling thread is moved there and back. `clock_us`: cycles
 * per microsecond. `root` is "" but for tests. What can't be read is unknown, and no reason to
 * warn.
 */
void noise_measure(struct noise *n, const cpu_set_t *cpus, double seconds, double clock_us,
		   const char *root);

/*
 * The same before a benchmark whose cells take `cell_s` each: for a tenth of that, 0.05 to 0.4 s.
 * What makes figures useless is warned of.
 */
void noise_listen(struct noise *n, const cpu_set_t *cpus, double cell_s, double clock_us);

/* One line: what was found. */
void noise_print(const struct noise *n, FILE *to);

/* The object of host.noise. */
struct json_t *noise_json(const struct noise *n);

/* ---- parts, for the tests */

/* From the text of /proc/stat. */
struct noise_times noise_times_parse(const char *text);
/* From two of them, and the time that the self-test used itself. */
void noise_set_times(struct noise *n, const struct noise_times *start,
		     const struct noise_times *end, double own_s, double ticks_per_s);
/* Verdict and warnings from the figures. */
void noise_judge(struct noise *n);

#endif
