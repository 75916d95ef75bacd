// SPDX-License-Identifier: BSD-2-Clause
// The one clock: cycles of the counter that host and guest share (x86 TSC, arm64 CNTVCT).
#ifndef LIB_CLOCK_H
#define LIB_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct clock {
	uint64_t hz;	  /* cycles per second */
	double us;	  /* cycles per microsecond */
	bool trusted;	  /* may stamps of different CPUs be subtracted? */
	const char *name; /* "tsc", "cntvct" */
	const char *why;  /* the evidence, or what is missing */
};

/* Finds the counter's frequency (x86: measured for 20 ms against CLOCK_MONOTONIC_RAW). */
struct clock clock_open(void);

/*
 * x86: may stamps be trusted, by the kernel's clock source and the line of /proc/cpuinfo that has
 * the CPU's flags? *why: the evidence, or what is missing.
 */
bool clock_judge(const char *source, const char *flags, const char **why);

/* Cycles now. Ordered after all earlier loads. */
static inline uint64_t clock_now(void)
{
#if defined(__x86_64__)
	uint32_t lo, hi;

	__asm__ volatile("lfence; rdtsc" : "=a"(lo), "=d"(hi)::"memory");
	return ((uint64_t)hi << 32) | lo;
#elif defined(__aarch64__)
	uint64_t v;

	__asm__ volatile("isb; mrs %0, cntvct_el0" : "=r"(v)::"memory");
	return v;
#else
#error "tandem knows the clocks of x86_64 and arm64 only"
#endif
}

/*
 * Between two stamps, of which a guest may have written one: 0 where the second is earlier, and
 * never more than a signed number holds, however slow the clock.
 */
static inline uint64_t clock_ns_between(uint64_t from, uint64_t to, double ns_per_cycle)
{
	double ns = to > from ? (double)(to - from) * ns_per_cycle : 0;

	return ns < (double)INT64_MAX ? (uint64_t)ns : INT64_MAX;
}

/* CLOCK_MONOTONIC in nanoseconds: for timeouts and durations, not for stamps. */
uint64_t clock_mono_ns(void);

/* Tells the processor that this is a spin loop. */
static inline void clock_relax(void)
{
#if defined(__x86_64__)
	__asm__ volatile("pause");
#else
	__asm__ volatile("yield");
#endif
}

#endif
