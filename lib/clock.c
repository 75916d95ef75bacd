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

static bool has_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = text; (p = strstr(p, word)); p += len)
		if ((p == text || strchr(" \t:", p[-1])) && (!p[len] || strchr(" \n", p[len])))
			return true;
	return false;
}

/*
 * The kernel does the hard part: it drops the TSC as clock source when it is not to be trusted.
 * kvm-clock is used on TSCs that stand still or change their rate, too: it corrects them, and rdtsc
 * does not.
 */
bool clock_judge(const char *source, const char *flags, const char **why)
{
	if (strncmp(source, "tsc", 3) == 0) {
		*why = "the kernel's clock source is tsc";
		return true;
	}
	if (strncmp(source, "kvm-clock", 9) != 0) {
		*why = "the kernel does not use the TSC as clock source: stamps of two CPUs do "
		       "not compare";
		return false;
	}
	if (has_word(flags, "constant_tsc") && has_word(flags, "nonstop_tsc")) {
		*why = "the kernel's clock source is kvm-clock, on a TSC that is constant and "
		       "never stops";
		return true;
	}
	*why = "the kernel's clock source is kvm-clock, and the TSC below it is not both "
	       "constant_tsc and "
	       "nonstop_tsc: stamps of two CPUs do not compare";
	return false;
}

#if defined(__x86_64__)

struct instant {
	uint64_t ns, cycles;
};

/*
 * Both clocks at one moment: the nearest of some tries, for between two readings a CPU may be away
 * for long.
 */
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

static void read_line(const char *path, const char *key, char *text, size_t bytes)
{
	FILE *f = fopen(path, "re");
	bool found = false;

	while (f && !found && fgets(text, (int)bytes, f))
		found = strncmp(text, key, strlen(key)) == 0;
	if (!found)
		text[0] = '\0';
	if (f)
		fclose(f);
}

static bool find_trust(const char **why)
{
	char source[32], flags[8192];

	read_line("/sys/devices/system/clocksource/clocksource0/current_clocksource", "", source,
		  sizeof(source));
	read_line("/proc/cpuinfo", "flags", flags, sizeof(flags));
	return clock_judge(source, flags, why);
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
