// SPDX-License-Identifier: BSD-2-Clause
// Before anything is measured: does the host leave the CPUs to us? Judged in half a second, and
// recorded.
#ifndef BENCH_HOST_NOISE_H
#define BENCH_HOST_NOISE_H

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "bench/stat/hist.h"

#define NOISE_CPUS_MAX 8u /* of those used, as many are listened to */
#define NOISE_TEXT_MAX 200
#define NOISE_WARNINGS_MAX 2u

/* Times of all CPUs together, in the ticks of /proc/stat. */
struct noise_times {
	uint64_t busy; /* neither idle, nor waiting for a disk, nor stolen */
	uint64_t stolen;
	uint64_t total;
	bool known;
};

struct noise {
	bool measured;
	double seconds;	      /* that the self-test took */
	double steal_percent; /* of all CPUs' time, the hypervisor's below us; NaN: unknown */
	double others;	      /* CPUs that other processes kept busy meanwhile; NaN: unknown */
	double loadavg;	      /* of the last minute; NaN: unknown */
	/* The longest gap between two readings of the clock, for each millisecond. */
	double gap_p50_us, gap_p99_us, gap_max_us;
	char governor[32];	     /* "" unknown; "mixed" */
	double mhz_lowest, mhz_most; /* now, and what the CPUs could do; NaN: unknown */
	char siblings[32];	     /* "0,1": CPUs used that are threads of one core; "" none */
	bool noisy;
	char warning[NOISE_WARNINGS_MAX][NOISE_TEXT_MAX];
	unsigned warnings;
};

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
/* Governor, frequencies, siblings: from sysfs. */
void noise_read_sysfs(struct noise *n, const cpu_set_t *cpus, const char *root);
/* Verdict and warnings from the figures. */
void noise_judge(struct noise *n);

#endif
