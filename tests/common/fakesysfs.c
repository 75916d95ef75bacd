// SPDX-License-Identifier: BSD-2-Clause
// Topologies as sysfs would show them.
#include "tests/common/fakesysfs.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/cpulist.h"

/* Pods in the order cpu, smt, cache_shard, cache, numa, system. */
const struct machine machines[] = {
	{ "x86: 2 sockets of 36 cores, SMT, an L3 each", 72, 2, false, 36, 36, 36, 3,
	  .pods = { 144, 72, 10, 2, 2, 1 } },
	{ "x86: 96 cores, SMT, an L3 for every 8, 4 nodes", 96, 2, false, 8, 96, 24, 3,
	  .pods = { 192, 96, 12, 12, 4, 1 } },
	{ "x86: 2 sockets of 64 cores, SMT, an L3 for every 16", 128, 2, false, 16, 64, 64, 3,
	  .pods = { 256, 128, 16, 8, 2, 1 } },
	{ "x86: 4 sockets of 56 cores, SMT, an L3 and 2 nodes each", 224, 2, false, 56, 56, 28, 3,
	  .pods = { 448, 224, 28, 4, 8, 1 } },
	{ "x86: 8 cores with SMT and 16 without, one L3", 24, 2, true, 24, 24, 24, 3,
	  .smt_cores = 8, .pods = { 32, 24, 3, 1, 1, 1 } },
	{ "x86: 12 cores, SMT, one L3", 12, 2, false, 12, 12, 12, 3,
	  .pods = { 24, 12, 2, 1, 1, 1 } },
	{ "x86: 11 cores, one L3", 11, 1, true, 11, 11, 11, 3, .pods = { 11, 11, 1, 1, 1, 1 } },
	{ "x86: 4 cores, SMT, threads adjacent, one thread offline", 4, 2, true, 4, 4, 4, 3,
	  .offline = 3, .pods = { 7, 4, 1, 1, 1, 1 } },
	{ "virtual: 2 CPUs, each its own socket and cache", 2, 1, true, 1, 1, 2, 3,
	  .pods = { 2, 2, 2, 2, 1, 1 } },
	{ "arm64: 72 cores, one L3", 72, 1, true, 72, 72, 72, 3, .pods = { 72, 72, 9, 1, 1, 1 } },
	{ "arm64: 128 cores, 2 sockets, one L3 each", 128, 1, true, 64, 64, 64, 3,
	  .pods = { 128, 128, 16, 2, 2, 1 } },
	{ "arm64: 2 clusters of 4, an L2 each, no nodes", 8, 1, true, 4, 8, 0, 2,
	  .pods = { 8, 8, 2, 2, 0, 1 } },
	{ "arm64: 64 cores, no caches described", 64, 1, true, 32, 32, 32, 0,
	  .pods = { 64, 64, 8, 2, 2, 1 } },
	{ "a container: no topology at all", 4, 1, true, 0, 0, 0, 0, .no_cores = true,
	  .pods = { 4, 0, 0, 0, 0, 1 } },
	{ .name = NULL },
};

const struct machine *machine_find(const char *name)
{
	for (const struct machine *m = machines; m->name; m++)
		if (strcmp(m->name, name) == 0)
			return m;
	abort();
}

static unsigned threads_of(const struct machine *m, unsigned core)
{
	return m->smt_cores && core >= m->smt_cores ? 1 : m->threads;
}

unsigned machine_cpus(const struct machine *m)
{
	unsigned n = 0;

	for (unsigned core = 0; core < m->cores; core++)
		n += threads_of(m, core);
	return n;
}

unsigned machine_core_of(const struct machine *m, unsigned cpu)
{
	if (!m->adjacent)
		return cpu % m->cores;
	if (m->smt_cores && cpu >= m->smt_cores * m->threads)
		return m->smt_cores + cpu - m->smt_cores * m->threads;
	return cpu / m->threads;
}

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	abort();
}

static void make_parents(char *full, size_t from)
{
	for (char *slash = strchr(full + from, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		must(mkdir(full, 0700) == 0 || errno == EEXIST, full);
		*slash = '/';
	}
}

/* Writes `text` into dir/path, and makes the directories on the way. */
static void put(const char *dir, const char *path, const char *text)
{
	char full[256];
	FILE *f;

	snprintf(full, sizeof(full), "%s/%s", dir, path);
	f = fopen(full, "we");
	if (!f) {
		make_parents(full, strlen(dir) + 1);
		f = fopen(full, "we");
	}
	must(f != NULL, full);
	fprintf(f, "%s\n", text);
	fclose(f);
}

static void put_set(const char *dir, const char *path, const cpu_set_t *cpus)
{
	char list[4096];

	put(dir, path, cpulist_print(cpus, list, sizeof(list)));
}

/* The online CPUs of all cores whose number divided by `per` is the same as that of `core`. */
static void mates(const struct machine *m, unsigned core, unsigned per, cpu_set_t *out)
{
	CPU_ZERO(out);
	for (unsigned cpu = 0; cpu < machine_cpus(m); cpu++)
		if (machine_core_of(m, cpu) / per == core / per &&
		    !(m->offline && (int)cpu == m->offline))
			CPU_SET(cpu, out);
}

static void put_cache(const char *dir, unsigned cpu, unsigned index, unsigned level,
		      const char *type, const cpu_set_t *shared)
{
	char path[160], number[16];
	int base = snprintf(path, sizeof(path), "sys/devices/system/cpu/cpu%u/cache/index%u/", cpu,
			    index);

	snprintf(number, sizeof(number), "%u", level);
	strcpy(path + base, "level");
	put(dir, path, number);
	strcpy(path + base, "type");
	put(dir, path, type);
	strcpy(path + base, "shared_cpu_list");
	put_set(dir, path, shared);
}

static void put_cpu(const struct machine *m, const char *dir, unsigned cpu)
{
	unsigned core = machine_core_of(m, cpu);
	cpu_set_t set;
	char path[128];

	if (m->no_cores)
		return;
	mates(m, core, 1, &set);
	snprintf(path, sizeof(path), "sys/devices/system/cpu/cpu%u/topology/core_cpus_list", cpu);
	put_set(dir, path, &set);
	if (m->cache_level) {
		put_cache(dir, cpu, 0, 1, "Data", &set);
		put_cache(dir, cpu, 1, 1, "Instruction", &set);
		mates(m, core, m->cores_per_cache, &set);
		put_cache(dir, cpu, 2, m->cache_level, "Unified", &set);
	}
	mates(m, core, m->cores_per_package, &set);
	snprintf(path, sizeof(path), "sys/devices/system/cpu/cpu%u/topology/package_cpus_list",
		 cpu);
	put_set(dir, path, &set);
}

static void put_nodes(const struct machine *m, const char *dir)
{
	for (unsigned core = 0; m->cores_per_node && core < m->cores; core += m->cores_per_node) {
		char path[128];
		cpu_set_t set;

		mates(m, core, m->cores_per_node, &set);
		snprintf(path, sizeof(path), "sys/devices/system/node/node%u/cpulist",
			 core / m->cores_per_node);
		put_set(dir, path, &set);
	}
}

void machine_write(const struct machine *m, char dir[64])
{
	cpu_set_t all;

	/* Thousands of small files: in memory where that can be had. */
	strcpy(dir, "/dev/shm/tandem-sysfs.XXXXXX");
	if (!mkdtemp(dir)) {
		strcpy(dir, "/tmp/tandem-sysfs.XXXXXX");
		must(mkdtemp(dir) != NULL, dir);
	}
	mates(m, 0, m->cores, &all);
	put_set(dir, "sys/devices/system/cpu/online", &all);
	for (unsigned cpu = 0; cpu < machine_cpus(m); cpu++)
		if (CPU_ISSET(cpu, &all))
			put_cpu(m, dir, cpu);
	put_nodes(m, dir);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

void machine_remove(const char *dir)
{
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void machine_read(const struct machine *m, struct topology *t)
{
	cpu_set_t all;
	char dir[64];
	int err;

	machine_write(m, dir);
	must(topology_online(dir, &all), dir);
	err = topology_read(t, dir, &all);
	machine_remove(dir);
	must(err == 0, "topology_read");
}
