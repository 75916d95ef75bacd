// SPDX-License-Identifier: BSD-2-Clause
// The one clock.
#include "lib/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define CALIBRATE_NS 20000000ull
#define TRIES 8u

static uint64_t read_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

uint64_t clock_mono_ns(void)
{
	return read_ns(CLOCK_MONOTONIC);
}

#if defined(__x86_64__)

struct instant {
	uint64_t ns, cycles;
};

/* Both clocks at one moment: the nearest of some tries, for between two readings a CPU may be away for long. */
static struct instant read_both(void)
{
	struct instant best = { 0, 0 };
	uint64_t width = UINT64_MAX;

	for (unsigned i = 0; i < TRIES; i++) {
		uint64_t before = clock_now(), ns = read_ns(CLOCK_MONOTONIC_RAW);
		uint64_t after = clock_now();

		if (after - before >= width)
			continue;
		width = after - before;
		best = (struct instant){ ns, before + width / 2 };
	}
	return best;
}

static uint64_t find_hz(void)
{
	struct instant from = read_both(), to;

	do {
		to = read_both();
	} while (to.ns - from.ns < CALIBRATE_NS);
	return (uint64_t)((double)(to.cycles - from.cycles) * 1e9 / (double)(to.ns - from.ns));
}

/* The kernel does the hard part: it drops the TSC as clock source when it is not to be trusted. */
static bool find_trust(const char **why)
{
	static const char path[] =
		"/sys/devices/system/clocksource/clocksource0/current_clocksource";
	char name[32] = "";
	FILE *f = fopen(path, "re");

	if (f) {
		if (!fgets(name, sizeof(name), f))
			name[0] = '\0';
		fclose(f);
	}
	if (strncmp(name, "tsc", 3) == 0 || strncmp(name, "kvm-clock", 9) == 0) {
		*why = name[0] == 't' ? "the kernel's clock source is tsc"
				      : "the kernel's clock source is kvm-clock, stable on the TSC";
		return true;
	}
	*why = "the kernel does not use the TSC as clock source: stamps of two CPUs do not compare";
	return false;
}

#define CLOCK_NAME "tsc"

#else

static uint64_t find_hz(void)
{
	uint64_t hz;

	__asm__("mrs %0, cntfrq_el0" : "=r"(hz));
	return hz;
}

static bool find_trust(const char **why)
{
	*why = "the generic timer counts the same on all CPUs";
	return true;
}

#define CLOCK_NAME "cntvct"

#endif

struct clock clock_open(void)
{
	struct clock c = { .name = CLOCK_NAME };

	c.hz = find_hz();
	c.us = (double)c.hz / 1e6;
	c.trusted = find_trust(&c.why);
	return c;
}
