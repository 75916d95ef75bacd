// SPDX-License-Identifier: BSD-2-Clause
// Affinity scopes, formed from sysfs.
#include "lib/topology.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cpulist.h"

#define CACHES_MAX 16
#define NODES_MAX 1024
#define CPU_DIR "/sys/devices/system/cpu"
#define NODE_DIR "/sys/devices/system/node"

static const char *const names[SCOPES] = { "cpu", "smt", "cache_shard", "cache", "numa", "system" };

/*
 * The machine while it is read: group[s][cpu] is the lowest online CPU of its group, -1: unknown.
 */
struct reader {
	const char *root;
	cpu_set_t online;
	int16_t group[SCOPES][CPULIST_MAX];
};

const char *scope_name(enum scope s)
{
	return names[s];
}

bool scope_find(const char *name, enum scope *s)
{
	for (unsigned i = 0; i < SCOPES; i++) {
		if (strcmp(names[i], name) != 0)
			continue;
		*s = (enum scope)i;
		return true;
	}
	return false;
}

static bool read_text(const char *path, char *text, size_t bytes)
{
	FILE *f = fopen(path, "re");
	size_t n;

	if (!f)
		return false;
	n = fread(text, 1, bytes - 1, f);
	fclose(f);
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return n > 0;
}

static bool read_list(const char *path, cpu_set_t *out)
{
	char text[8192];

	return read_text(path, text, sizeof(text)) && cpulist_parse(text, out);
}

static bool read_cpu_list(const struct reader *r, int cpu, const char *name, cpu_set_t *out)
{
	char path[512];

	snprintf(path, sizeof(path), "%s" CPU_DIR "/cpu%d/%s", r->root, cpu, name);
	return read_list(path, out);
}

/* The threads of the CPU's core; the second name is that of kernels before 5.2. */
static bool read_core(const struct reader *r, int cpu, cpu_set_t *out)
{
	return read_cpu_list(r, cpu, "topology/core_cpus_list", out) ||
	       read_cpu_list(r, cpu, "topology/thread_siblings_list", out);
}

static bool read_package(const struct reader *r, int cpu, cpu_set_t *out)
{
	return read_cpu_list(r, cpu, "topology/package_cpus_list", out) ||
	       read_cpu_list(r, cpu, "topology/core_siblings_list", out);
}

/* The level of the CPU's cache number `index`, 0: it is for instructions, -1: there is none. */
static int cache_level(const struct reader *r, int cpu, int index)
{
	char path[512], text[64];

	snprintf(path, sizeof(path), "%s" CPU_DIR "/cpu%d/cache/index%d/type", r->root, cpu, index);
	if (read_text(path, text, sizeof(text)) && strcmp(text, "Instruction") == 0)
		return 0;
	snprintf(path, sizeof(path), "%s" CPU_DIR "/cpu%d/cache/index%d/level", r->root, cpu,
		 index);
	return read_text(path, text, sizeof(text)) ? atoi(text) : -1;
}

/* Who shares the CPU's last-level cache. */
static bool read_cache(const struct reader *r, int cpu, cpu_set_t *out)
{
	char name[64];
	int best = -1, highest = 0, level = 0;

	for (int i = 0; i < CACHES_MAX && level >= 0; i++) {
		level = cache_level(r, cpu, i);
		if (level > highest) {
			highest = level;
			best = i;
		}
	}
	snprintf(name, sizeof(name), "cache/index%d/shared_cpu_list", best);
	return best >= 0 && read_cpu_list(r, cpu, name, out);
}

/* Puts the online CPUs of `set` into one group. */
static void join_group(struct reader *r, enum scope s, const cpu_set_t *set)
{
	cpu_set_t here;
	int first;

	CPU_AND(&here, set, &r->online);
	first = cpulist_first(&here);
	for (int cpu = 0; cpu < CPULIST_MAX; cpu++)
		if (CPU_ISSET(cpu, &here))
			r->group[s][cpu] = (int16_t)first;
}

/* Groups every online CPU by what `read` says; false when it says nothing for one of them. */
static bool group_by(struct reader *r, enum scope s,
		     bool (*read)(const struct reader *r, int cpu, cpu_set_t *out))
{
	for (int cpu = 0; cpu < CPULIST_MAX; cpu++) {
		cpu_set_t set;

		if (!CPU_ISSET(cpu, &r->online) || r->group[s][cpu] >= 0)
			continue;
		if (!read(r, cpu, &set) || !CPU_ISSET(cpu, &set))
			return false;
		join_group(r, s, &set);
	}
	return true;
}

static bool group_by_node(struct reader *r)
{
	bool all = true;

	for (int node = 0; node < NODES_MAX; node++) {
		char path[512];
		cpu_set_t set;

		snprintf(path, sizeof(path), "%s" NODE_DIR "/node%d/cpulist", r->root, node);
		if (read_list(path, &set))
			join_group(r, SCOPE_NUMA, &set);
	}
	for (int cpu = 0; cpu < CPULIST_MAX; cpu++)
		all &= !CPU_ISSET(cpu, &r->online) || r->group[SCOPE_NUMA][cpu] >= 0;
	return all;
}

static unsigned count_cores(const struct reader *r, int cache)
{
	unsigned n = 0;

	for (int cpu = 0; cpu < CPULIST_MAX; cpu++)
		n += r->group[SCOPE_CACHE][cpu] == cache && r->group[SCOPE_SMT][cpu] == cpu;
	return n;
}

/*
 * As the kernel does: so many shards that they come nearest to 8 cores each, the larger ones first,
 * cores in the order of their first CPUs. 36 cores: 8 + 7 + 7 + 7 + 7; 11 cores: 11.
 */
static void split_cache(struct reader *r, int cache)
{
	unsigned cores = count_cores(r, cache);
	unsigned shards = (cores + TOPOLOGY_SHARD_CORES / 2) / TOPOLOGY_SHARD_CORES;
	unsigned size, large, left = 0, shard = 0;
	int16_t *to = r->group[SCOPE_CACHE_SHARD], leader = -1;

	shards = shards ? shards : 1;
	size = cores / shards;
	large = cores % shards;
	for (int cpu = 0; cpu < CPULIST_MAX; cpu++) {
		if (r->group[SCOPE_CACHE][cpu] != cache)
			continue;
		if (r->group[SCOPE_SMT][cpu] != cpu) {
			to[cpu] = to[r->group[SCOPE_SMT][cpu]];
			continue;
		}
		if (!left) {
			left = size + (shard++ < large);
			leader = (int16_t)cpu;
		}
		left--;
		to[cpu] = leader;
	}
}

static void group_by_shard(struct reader *r)
{
	for (int cpu = 0; cpu < CPULIST_MAX; cpu++)
		if (CPU_ISSET(cpu, &r->online) && r->group[SCOPE_CACHE][cpu] == cpu)
			split_cache(r, cpu);
}

/* ---- from groups of the machine to pods of the CPUs that may be used ---- */

/* The next used CPU from `cpu` on in the group `leader`; -1: none. */
static int member(const struct topology *t, const struct reader *r, enum scope s, int leader,
		  int cpu)
{
	for (; cpu < CPULIST_MAX; cpu++)
		if (CPU_ISSET(cpu, &t->cpus) && r->group[s][cpu] == leader)
			return cpu;
	return -1;
}

/* The nearest used CPU: of the same group in the narrowest scope in which there is one. */
static int neighbour(const struct topology *t, const struct reader *r, enum scope s, int cpu)
{
	for (; s < SCOPES; s++) {
		int leader = r->group[s][cpu], found;

		found = leader >= 0 ? member(t, r, s, leader, 0) : -1;
		if (found >= 0)
			return found;
	}
	return cpulist_first(&t->cpus);
}

static void number_pods(struct topology *t, const struct reader *r, enum scope s)
{
	int16_t pod_of[CPULIST_MAX];

	memset(pod_of, -1, sizeof(pod_of));
	for (int cpu = 0; cpu < CPULIST_MAX; cpu++) {
		int leader = r->group[s][cpu];

		if (!CPU_ISSET(cpu, &t->cpus))
			continue;
		if (pod_of[leader] < 0)
			pod_of[leader] = (int16_t)t->npods[s]++;
		t->pod[s][cpu] = (uint16_t)pod_of[leader];
	}
	for (int cpu = 0; cpu < CPULIST_MAX; cpu++)
		if (!CPU_ISSET(cpu, &t->cpus))
			t->pod[s][cpu] = t->pod[s][neighbour(t, r, s, cpu)];
}

static void known(struct topology *t, const struct reader *r, enum scope s, bool is_known,
		  const char *how, const char *missing)
{
	snprintf(t->why[s], sizeof(t->why[s]), "%s", is_known ? how : missing);
	if (is_known)
		number_pods(t, r, s);
}

static void forget(struct reader *r, enum scope s)
{
	memset(r->group[s], -1, sizeof(r->group[s]));
}

/* As the kernel on machines whose firmware does not describe caches. */
static bool group_by_cache(struct reader *r, const char **how)
{
	*how = "cache/index*/shared_cpu_list";
	if (group_by(r, SCOPE_CACHE, read_cache))
		return true;
	forget(r, SCOPE_CACHE);
	*how = "the package: sysfs describes no caches";
	if (group_by(r, SCOPE_CACHE, read_package))
		return true;
	forget(r, SCOPE_CACHE);
	return false;
}

static void group_always(struct reader *r)
{
	for (int s = 0; s < SCOPES; s++)
		forget(r, (enum scope)s);
	join_group(r, SCOPE_SYSTEM, &r->online);
	for (int cpu = 0; cpu < CPULIST_MAX; cpu++)
		if (CPU_ISSET(cpu, &r->online))
			r->group[SCOPE_CPU][cpu] = (int16_t)cpu;
}

static void form(struct topology *t, struct reader *r)
{
	const char *how;
	bool smt, cache, node;

	group_always(r);
	smt = group_by(r, SCOPE_SMT, read_core);
	if (!smt)
		forget(r, SCOPE_SMT);
	cache = group_by_cache(r, &how);
	if (smt && cache)
		group_by_shard(r);
	node = group_by_node(r);
	if (!node)
		forget(r, SCOPE_NUMA);
	known(t, r, SCOPE_CPU, true, "", "");
	known(t, r, SCOPE_SMT, smt, "topology/core_cpus_list", "no topology/core_cpus_list");
	known(t, r, SCOPE_CACHE, cache, how, "neither caches nor packages are described");
	known(t, r, SCOPE_CACHE_SHARD, smt && cache, "8 cores of a cache",
	      smt ? "neither caches nor packages are described" : "no topology/core_cpus_list");
	known(t, r, SCOPE_NUMA, node, NODE_DIR, "no " NODE_DIR " that has all CPUs");
	known(t, r, SCOPE_SYSTEM, true, "", "");
}

bool topology_online(const char *root, cpu_set_t *out)
{
	char path[512];

	snprintf(path, sizeof(path), "%s" CPU_DIR "/online", root);
	return read_list(path, out);
}

int topology_read(struct topology *t, const char *root, const cpu_set_t *allowed)
{
	struct reader *r = malloc(sizeof(*r));

	if (!r)
		return -ENOMEM;
	memset(t, 0, sizeof(*t));
	r->root = root;
	if (!topology_online(root, &r->online))
		CPU_ZERO(&r->online);
	/* A container may show other CPUs as online than those that its processes have. */
	CPU_OR(&r->online, &r->online, allowed);
	t->cpus = *allowed;
	if (CPU_COUNT(&t->cpus))
		form(t, r);
	free(r);
	return CPU_COUNT(&t->cpus) ? 0 : -ENODEV;
}

void topology_flat(struct topology *t, const cpu_set_t *cpus)
{
	memset(t, 0, sizeof(*t));
	t->cpus = *cpus;
	for (unsigned s = SCOPE_SMT; s < SCOPES; s++)
		t->npods[s] = 1;
	for (unsigned cpu = 0; cpu < CPULIST_MAX; cpu++)
		if (CPU_ISSET(cpu, cpus))
			t->pod[SCOPE_CPU][cpu] = (uint16_t)t->npods[SCOPE_CPU]++;
}

void topology_pod_cpus(const struct topology *t, enum scope s, unsigned pod, cpu_set_t *out)
{
	CPU_ZERO(out);
	for (unsigned cpu = 0; cpu < CPULIST_MAX; cpu++)
		if (CPU_ISSET(cpu, &t->cpus) && t->pod[s][cpu] == pod)
			CPU_SET(cpu, out);
}

bool topology_same(const struct topology *t, enum scope a, enum scope b)
{
	if (t->npods[a] != t->npods[b])
		return false;
	/* Pods are numbered by their lowest CPU, so equal groups have equal numbers. */
	for (unsigned cpu = 0; cpu < CPULIST_MAX; cpu++)
		if (CPU_ISSET(cpu, &t->cpus) && t->pod[a][cpu] != t->pod[b][cpu])
			return false;
	return true;
}
