// SPDX-License-Identifier: BSD-2-Clause
// Reads how fast CPUs are from sysfs.
#include "lib/cpuspeed.h"

#include <stdio.h>

#include "lib/cpulist.h"

/* Cores of one kind differ by a few percent: each has its own highest turbo frequency. */
#define FAST_PERCENT 90

static long read_one(const char *root, int cpu, const char *file)
{
	char path[320];
	long v = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/sys/devices/system/cpu/cpu%d/%s", root, cpu, file);
	f = fopen(path, "re");
	if (f && fscanf(f, "%ld", &v) != 1)
		v = 0;
	if (f)
		fclose(f);
	return v;
}

/* false: not every CPU has such a file. */
static bool read_all(const char *root, const cpu_set_t *cpus, const char *file,
		     long speed[CPULIST_MAX])
{
	for (int cpu = 0; cpu < CPULIST_MAX; cpu++) {
		speed[cpu] = CPU_ISSET(cpu, cpus) ? read_one(root, cpu, file) : 0;
		if (CPU_ISSET(cpu, cpus) && speed[cpu] <= 0)
			return false;
	}
	return true;
}

static void find_range(struct cpuspeed *s, const cpu_set_t *cpus, const long speed[CPULIST_MAX])
{
	s->lowest = s->highest = 0;
	for (int cpu = 0; cpu < CPULIST_MAX; cpu++) {
		if (!CPU_ISSET(cpu, cpus))
			continue;
		if (!s->lowest || speed[cpu] < s->lowest)
			s->lowest = speed[cpu];
		if (speed[cpu] > s->highest)
			s->highest = speed[cpu];
	}
}

static bool is_fast(const struct cpuspeed *s, long speed)
{
	return speed >= s->highest / 100 * FAST_PERCENT;
}

static void take(struct cpuspeed *s, const cpu_set_t *cpus, const char *by,
		 const long speed[CPULIST_MAX])
{
	*s = (struct cpuspeed){ .by = by, .fast = *cpus };
	find_range(s, cpus, speed);
	s->mixed = !is_fast(s, s->lowest);
	for (int cpu = 0; cpu < CPULIST_MAX; cpu++)
		if (CPU_ISSET(cpu, cpus) && !is_fast(s, speed[cpu]))
			CPU_CLR(cpu, &s->fast);
}

/* Where capacities are all alike the kernel may not know better: then frequencies tell. */
void cpuspeed_read(struct cpuspeed *s, const char *root, const cpu_set_t *cpus)
{
	static const struct {
		const char *name, *file;
	} by[] = {
		{ "cpu_capacity", "cpu_capacity" },
		{ "cpuinfo_max_freq", "cpufreq/cpuinfo_max_freq" },
	};
	long speed[CPULIST_MAX];

	*s = (struct cpuspeed){ .fast = *cpus };
	for (size_t i = 0; i < sizeof(by) / sizeof(by[0]) && !s->mixed; i++)
		if (read_all(root, cpus, by[i].file, speed))
			take(s, cpus, by[i].name, speed);
}
