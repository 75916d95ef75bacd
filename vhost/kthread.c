// SPDX-License-Identifier: BSD-2-Clause
// Finds vhost's kernel threads in /proc.
#include "vhost/kthread.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* From include/linux/sched.h of the kernel, visible in /proc/PID/stat. */
#define PF_KTHREAD 0x00200000u

/* Whatever a process calls itself: the flag it cannot have. */
static bool is_kthread_named(const char *pid, const char *name)
{
	char path[64], line[512], *open, *close = NULL;
	unsigned flags;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%.10s/stat", pid);
	f = fopen(path, "re");
	if (!f)
		return false;
	open = fgets(line, sizeof(line), f) ? strchr(line, '(') : NULL;
	fclose(f);
	if (open)
		close = strrchr(open, ')');
	if (!close || sscanf(close, ") %*c %*d %*d %*d %*d %*d %u", &flags) != 1)
		return false;
	*close = '\0';
	return flags & PF_KTHREAD && strcmp(open + 1, name) == 0;
}

static int by_pid(const void *a, const void *b)
{
	pid_t x = *(const pid_t *)a, y = *(const pid_t *)b;

	return (x > y) - (x < y);
}

unsigned kthread_find(pid_t owner, pid_t *out, unsigned max)
{
	DIR *d = opendir("/proc");
	struct dirent *e;
	unsigned n = 0;
	char name[16];

	snprintf(name, sizeof(name), "vhost-%d", owner);
	while (d && n < max && (e = readdir(d)))
		if (e->d_name[0] >= '1' && e->d_name[0] <= '9' && is_kthread_named(e->d_name, name))
			out[n++] = (pid_t)atoi(e->d_name);
	if (d)
		closedir(d);
	qsort(out, n, sizeof(*out), by_pid);
	return n;
}
