// SPDX-License-Identifier: BSD-2-Clause
// Finds the control groups of this process, of either version, and reads their CPU quota.
#include "lib/cgroups.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Is `word` one of a list with commas? */
static bool has_word(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = list; (p = strstr(p, word)); p += len)
		if ((p == list || p[-1] == ',') && (p[len] == ',' || !p[len]))
			return true;
	return false;
}

static FILE *open_below(const char *root, const char *path)
{
	char full[320];

	snprintf(full, sizeof(full), "%s%s", root, path);
	return fopen(full, "re");
}

static bool find_mount(const char *root, const char *controller, bool v2, char at[256])
{
	FILE *f = open_below(root, "/proc/self/mounts");
	char line[1024], type[64], options[512];
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%*s %255s %63s %511s", at, type, options) != 3)
			continue;
		found = v2 ? !strcmp(type, "cgroup2")
			   : !strcmp(type, "cgroup") && has_word(options, controller);
	}
	if (f)
		fclose(f);
	return found;
}

/* Our own group below the mount: "0::/path", or "N:cpu,cpuacct:/path". */
static bool find_group(const char *root, const char *controller, bool v2, char path[512])
{
	FILE *f = open_below(root, "/proc/self/cgroup");
	char line[1024];
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f)) {
		char *list = strchr(line, ':'), *name = list ? strchr(list + 1, ':') : NULL;

		if (!name)
			continue;
		line[strcspn(line, "\n")] = '\0';
		*name = '\0';
		found = v2 ? !list[1] : has_word(list + 1, controller);
		if (found)
			snprintf(path, 512, "%s", name + 1);
	}
	if (f)
		fclose(f);
	return found;
}

static void climb(const char *root, const char *controller, bool v2,
		  void (*look)(const char *dir, bool v2, void *to), void *to)
{
	char mount[256], group[512], dir[1152];
	char *slash;

	if (!find_mount(root, controller, v2, mount) || !find_group(root, controller, v2, group))
		return;
	do {
		slash = strrchr(group, '/');
		if (slash && !slash[1])
			*slash = '\0';
		snprintf(dir, sizeof(dir), "%s%s%s", root, mount, group);
		if (access(dir, F_OK) == 0)
			look(dir, v2, to);
		slash = strrchr(group, '/');
		if (slash)
			*slash = '\0';
	} while (slash);
}

void cgroups_each(const char *root, const char *controller,
		  void (*look)(const char *dir, bool v2, void *to), void *to)
{
	climb(root, controller, true, look, to);
	climb(root, controller, false, look, to);
}

/* How many numbers the file begins with, of two; "max" is none. */
static int read_numbers(const char *dir, const char *name, double *a, double *b)
{
	char path[1280];
	int got = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "re");
	if (f) {
		got = fscanf(f, "%lf %lf", a, b);
		fclose(f);
	}
	return got;
}

/* Version 1 writes -1 where there is no limit. */
static void look_at_quota(const char *dir, bool v2, void *to)
{
	double *least = to, quota = 0, period = 0, none;
	bool read = v2 ? read_numbers(dir, "cpu.max", &quota, &period) == 2
		       : read_numbers(dir, "cpu.cfs_quota_us", &quota, &none) == 1 &&
				    read_numbers(dir, "cpu.cfs_period_us", &period, &none) == 1;

	if (read && quota > 0 && period > 0)
		*least = fmin(*least, quota / period);
}

double cgroups_cpu_quota(const char *root)
{
	double least = INFINITY;

	cgroups_each(root, "cpu", look_at_quota, &least);
	return isinf(least) ? NAN : least;
}
