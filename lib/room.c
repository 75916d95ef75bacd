// SPDX-License-Identifier: BSD-2-Clause
// How much is left of what runs out: memory and threads.
#include "lib/room.h"

#include <ctype.h>
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lib/cgroups.h"

#define PATH_BYTES 1300
#define NO_LIMIT (1ull << 62) /* version 1 writes a number near 2^63 */

static FILE *open_in(const char *dir, const char *name)
{
	char path[PATH_BYTES];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return fopen(path, "re");
}

/* The number that a file is; false: none, or "max". */
static bool read_number(const char *dir, const char *name, uint64_t *v)
{
	FILE *f = open_in(dir, name);
	unsigned long long n;
	bool good = f && fscanf(f, "%llu", &n) == 1;

	if (f)
		fclose(f);
	if (good)
		*v = n;
	return good;
}

/* Of a file of lines "KEY NUMBER" or "KEY: NUMBER kB"; 0 where there is none. */
static uint64_t read_key(const char *dir, const char *name, const char *key)
{
	FILE *f = open_in(dir, name);
	unsigned long long v = 0;
	size_t n = strlen(key);
	char line[128];

	while (f && fgets(line, sizeof(line), f))
		if (strncmp(line, key, n) == 0 && (line[n] == ' ' || line[n] == ':') &&
		    sscanf(line + n + 1, "%llu", &v) == 1)
			break;
	if (f)
		fclose(f);
	return v;
}

static void tighten(struct room *r, uint64_t limit, uint64_t used, const char *kind,
		    const char *name)
{
	uint64_t left = used < limit ? limit - used : 0;

	if (limit >= NO_LIMIT || left >= r->left)
		return;
	*r = (struct room){ .left = left, .limit = limit };
	snprintf(r->whose, sizeof(r->whose), "%s%.150s", kind, name);
}

/* ---- memory ---- */

static void look_at_memory(const char *dir, bool v2, void *to)
{
	static const char *const limits[2][2] = { { "memory.limit_in_bytes", NULL },
						  { "memory.max", "memory.high" } };
	uint64_t limit, used, files;

	if (!read_number(dir, v2 ? "memory.current" : "memory.usage_in_bytes", &used))
		return;
	files = read_key(dir, "memory.stat", v2 ? "inactive_file" : "total_inactive_file") +
		read_key(dir, "memory.stat", v2 ? "active_file" : "total_active_file");
	used -= files < used ? files : used;
	for (unsigned i = 0; i < 2 && limits[v2][i]; i++)
		if (read_number(dir, limits[v2][i], &limit))
			tighten(to, limit, used, "the control group ", dir);
}

struct room room_of_memory(const char *root)
{
	struct room r = { .left = UINT64_MAX };
	char proc[64];
	uint64_t all, available;

	snprintf(proc, sizeof(proc), "%s/proc", root);
	all = read_key(proc, "meminfo", "MemTotal") << 10;
	available = read_key(proc, "meminfo", "MemAvailable") << 10;
	if (all && available)
		tighten(&r, all, all - available, "this host", "");
	cgroups_each(root, "memory", look_at_memory, &r);
	return r;
}

/* Version 2's count has those of the groups below, version 1's has not. */
static void look_at_kills(const char *dir, bool v2, void *to)
{
	uint64_t *most = to, n;

	n = read_key(dir, v2 ? "memory.events" : "memory.oom_control", "oom_kill");
	*most = n > *most ? n : *most;
}

struct room_kills room_kills(const char *root)
{
	struct room_kills k = { 0 };
	char proc[64];

	snprintf(proc, sizeof(proc), "%s/proc", root);
	k.host = read_key(proc, "vmstat", "oom_kill");
	cgroups_each(root, "memory", look_at_kills, &k.group);
	return k;
}

/* ---- threads ---- */

static void look_at_pids(const char *dir, bool v2, void *to)
{
	uint64_t limit, used;

	(void)v2;
	if (read_number(dir, "pids.max", &limit) && read_number(dir, "pids.current", &used))
		tighten(to, limit, used, "pids.max of the control group ", dir);
}

/* Of the user's processes, each with its threads; those that end meanwhile are not counted. */
static uint64_t threads_of(const char *proc, uid_t uid)
{
	DIR *d = opendir(proc);
	struct dirent *e;
	uint64_t n = 0;

	while (d && (e = readdir(d))) {
		char dir[PATH_BYTES];

		if (!isdigit((unsigned char)e->d_name[0]))
			continue;
		snprintf(dir, sizeof(dir), "%s/%s", proc, e->d_name);
		if (read_key(dir, "status", "Uid") == uid)
			n += read_key(dir, "status", "Threads");
	}
	if (d)
		closedir(d);
	return n;
}

/* The fourth field is "running/all". */
static uint64_t threads_of_all(const char *proc)
{
	FILE *f = open_in(proc, "loadavg");
	unsigned long long n = 0;

	if (f && fscanf(f, "%*s %*s %*s %*u/%llu", &n) != 1)
		n = 0;
	if (f)
		fclose(f);
	return n;
}

struct room room_of_threads(const char *root)
{
	struct room r = { .left = UINT64_MAX };
	struct rlimit own;
	char proc[64];
	uint64_t limit, all;

	snprintf(proc, sizeof(proc), "%s/proc", root);
	all = threads_of_all(proc);
	if (read_number(proc, "sys/kernel/threads-max", &limit))
		tighten(&r, limit, all, "kernel.threads-max", "");
	if (read_number(proc, "sys/kernel/pid_max", &limit))
		tighten(&r, limit, all, "kernel.pid_max", "");
	/* The kernel lets root have more. */
	if (getuid() != 0 && getrlimit(RLIMIT_NPROC, &own) == 0 && own.rlim_cur != RLIM_INFINITY)
		tighten(&r, own.rlim_cur, threads_of(proc, getuid()), "ulimit -u", "");
	cgroups_each(root, "pids", look_at_pids, &r);
	return r;
}
