// SPDX-License-Identifier: BSD-2-Clause
// What is known of a host's noise.
#ifndef BENCH_HOST_NOISE_TYPES_H
#define BENCH_HOST_NOISE_TYPES_H

#include <stdbool.h>
#include <stdint.h>

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

#endif
