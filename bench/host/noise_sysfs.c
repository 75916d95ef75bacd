// SPDX-License-Identifier: BSD-2-Clause
// What sysfs says of the CPUs used: frequency, and who shares a core with whom.
#include "bench/host/noise_sysfs.h"

#include <stdio.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/host/noise_types.h"
#include "lib/cpulist.h"

#define CPU_DIR "/sys/devices/system/cpu"

/* The first line of a CPU's file, without its end. */
static bool read_cpu(const char *root, int cpu, const char *file, char *text, size_t size)
{
	char path[256];
	bool got;
	FILE *f;

	snprintf(path, sizeof(path), "%s" CPU_DIR "/cpu%d/%s", root, cpu, file);
	f = fopen(path, "re");
	if (!f)
		return false;
	got = fgets(text, (int)size, f) != NULL;
	fclose(f);
	if (got)
		text[strcspn(text, "\n")] = '\0';
	return got && *text;
}

static double read_mhz(const char *root, int cpu, const char *file)
{
	char text[64];

	return read_cpu(root, cpu, file, text, sizeof(text)) ? strtod(text, NULL) / 1e3 : NAN;
}

static void read_frequency(struct noise *n, int cpu, const char *root)
{
	char governor[sizeof(n->governor)];

	n->mhz_lowest = fmin(n->mhz_lowest, read_mhz(root, cpu, "cpufreq/scaling_cur_freq"));
	n->mhz_most = fmax(n->mhz_most, read_mhz(root, cpu, "cpufreq/cpuinfo_max_freq"));
	if (!read_cpu(root, cpu, "cpufreq/scaling_governor", governor, sizeof(governor)))
		return;
	if (*n->governor && strcmp(n->governor, governor) != 0)
		strcpy(governor, "mixed");
	memcpy(n->governor, governor, sizeof(governor));
}

/* Is `cpu` in a list as the kernel writes it, "0-3,8"? */
static bool in_list(const char *list, int cpu)
{
	while (*list) {
		char *end;
		long first = strtol(list, &end, 10), last = first;

		if (end == list)
			return false;
		if (*end == '-')
			last = strtol(end + 1, &end, 10);
		if (cpu >= first && cpu <= last)
			return true;
		list = *end ? end + 1 : end;
	}
	return false;
}

/* The first two CPUs used that share a core; one pair is enough to warn. */
static void read_siblings(struct noise *n, int cpu, const cpu_set_t *cpus, const char *root)
{
	char list[128];

	if (*n->siblings ||
	    !read_cpu(root, cpu, "topology/thread_siblings_list", list, sizeof(list)))
		return;
	for (int other = cpu + 1; other < CPULIST_MAX; other++)
		if (CPU_ISSET(other, cpus) && in_list(list, other)) {
			snprintf(n->siblings, sizeof(n->siblings), "%d,%d", cpu, other);
			return;
		}
}

void noise_read_sysfs(struct noise *n, const cpu_set_t *cpus, const char *root)
{
	n->mhz_lowest = n->mhz_most = NAN;
	for (int cpu = 0; cpu < CPULIST_MAX; cpu++) {
		if (!CPU_ISSET(cpu, cpus))
			continue;
		read_frequency(n, cpu, root);
		read_siblings(n, cpu, cpus, root);
	}
}
