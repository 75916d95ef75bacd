// SPDX-License-Identifier: BSD-2-Clause
// Lists of CPUs.
#include "lib/cpulist.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * The most that a kernel can be built for (NR_CPUS of x86): its mask must have room, or it answers
 * EINVAL.
 */
#define KERNEL_CPUS_MAX 8192

/* A number at *text, which then points behind it; -1: there is none, or it is too large. */
static int number(const char **text)
{
	char *end;
	unsigned long v;

	if (**text < '0' || **text > '9')
		return -1;
	v = strtoul(*text, &end, 10);
	*text = end;
	return v < CPULIST_MAX ? (int)v : -1;
}

static bool range(const char **text, cpu_set_t *out)
{
	int first = number(text), last = first;

	if (first >= 0 && **text == '-') {
		++*text;
		last = number(text);
	}
	if (first < 0 || last < first)
		return false;
	for (; first <= last; first++)
		CPU_SET(first, out);
	return true;
}

bool cpulist_parse(const char *text, cpu_set_t *out)
{
	CPU_ZERO(out);
	if (!*text || *text == '\n')
		return true;
	while (range(&text, out)) {
		if (*text == '\n' && !text[1])
			return true;
		if (!*text)
			return true;
		if (*text++ != ',')
			return false;
	}
	return false;
}

const char *cpulist_print(const cpu_set_t *cpus, char *text, size_t bytes)
{
	size_t at = 0;

	text[0] = '\0';
	for (int cpu = 0; cpu < CPULIST_MAX && at < bytes; cpu++) {
		int last = cpu;

		if (!CPU_ISSET(cpu, cpus))
			continue;
		while (last + 1 < CPULIST_MAX && CPU_ISSET(last + 1, cpus))
			last++;
		at += (size_t)snprintf(text + at, bytes - at, last > cpu ? "%s%d-%d" : "%s%d",
				       at ? "," : "", cpu, last);
		cpu = last;
	}
	return text;
}

int cpulist_first(const cpu_set_t *cpus)
{
	for (int cpu = 0; cpu < CPULIST_MAX; cpu++)
		if (CPU_ISSET(cpu, cpus))
			return cpu;
	return -1;
}

int cpulist_last(const cpu_set_t *cpus)
{
	for (int cpu = CPULIST_MAX - 1; cpu >= 0; cpu--)
		if (CPU_ISSET(cpu, cpus))
			return cpu;
	return -1;
}

bool cpulist_allowed(cpu_set_t *out)
{
	unsigned long mask[KERNEL_CPUS_MAX / 8 / sizeof(unsigned long)] = { 0 };
	int cpu;

	CPU_ZERO(out);
	if (sched_getaffinity(0, sizeof(mask), (cpu_set_t *)mask) == 0)
		memcpy(out, mask, sizeof(*out));
	cpu = CPU_COUNT(out) ? -1 : sched_getcpu();
	if (cpu >= 0 && cpu < CPULIST_MAX)
		CPU_SET(cpu, out);
	return CPU_COUNT(out) > 0;
}
