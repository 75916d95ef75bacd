// SPDX-License-Identifier: BSD-2-Clause
// CPU lists, and affinity scopes formed from the sysfs of machines of many shapes.
#include "tests/common/suite.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/cpulist.h"
#include "tests/common/fakesysfs.h"

/* ------------------------------------------------------------------ lists */

struct list_row {
	const char *text;
	int n;		     /* CPUs in it; -1: it is refused */
	const char *printed; /* NULL: as it was */
};

static const struct list_row list_rows[] = {
	{ "0", 1, NULL },	 { "0-3", 4, NULL },   { "0-3,8,10-11", 7, NULL },
	{ "0,1,2,3", 4, "0-3" }, { "3,0", 2, "0,3" },  { "0-1\n", 2, "0-1" },
	{ "", 0, "" },		 { "\n", 0, "" },      { "1023", 1, NULL },
	{ "1024", -1, NULL },	 { "3-1", -1, NULL },  { "0-", -1, NULL },
	{ "-1", -1, NULL },	 { "0,,1", -1, NULL }, { "0,", -1, NULL },
	{ ",0", -1, NULL },	 { "a", -1, NULL },    { "0 1", -1, NULL },
	{ "0-3:1/2", -1, NULL }, { "0x1", -1, NULL },  { "99999999999999999999", -1, NULL },
	{ "0-1\n2", -1, NULL },
};

static void test_list(void **state)
{
	const struct list_row *row = *state;
	char text[64];
	cpu_set_t cpus;

	assert_int_equal(cpulist_parse(row->text, &cpus), row->n >= 0);
	if (row->n < 0)
		return;
	assert_int_equal(CPU_COUNT(&cpus), row->n);
	assert_string_equal(cpulist_print(&cpus, text, sizeof(text)),
			    row->printed ? row->printed : row->text);
}

static void test_list_cut_off(void **state)
{
	char text[8];
	cpu_set_t cpus;

	(void)state;
	assert_true(cpulist_parse("1,3,5,7,9,11,13", &cpus));
	assert_true(strlen(cpulist_print(&cpus, text, sizeof(text))) < sizeof(text));
	assert_int_equal(cpulist_first(&cpus), 1);
	CPU_ZERO(&cpus);
	assert_int_equal(cpulist_first(&cpus), -1);
}

/* ------------------------------------------------------------------ scopes */

static struct topology topo;

/* Every CPU of a pod of `narrow` is in the same pod of `wide`. */
static void expect_nested(enum scope narrow, enum scope wide)
{
	int wide_of[CPULIST_MAX];

	memset(wide_of, -1, sizeof(wide_of));
	for (unsigned cpu = 0; cpu < CPULIST_MAX; cpu++) {
		int *pod = &wide_of[topo.pod[narrow][cpu]];

		if (!CPU_ISSET(cpu, &topo.cpus))
			continue;
		if (*pod < 0)
			*pod = topo.pod[wide][cpu];
		assert_int_equal(*pod, topo.pod[wide][cpu]);
	}
}

/* Numbered from 0 by their lowest CPU, without gaps. */
static void expect_numbered(enum scope s)
{
	unsigned next = 0;

	for (unsigned cpu = 0; cpu < CPULIST_MAX; cpu++) {
		if (!CPU_ISSET(cpu, &topo.cpus))
			continue;
		assert_true(topo.pod[s][cpu] <= next);
		next += topo.pod[s][cpu] == next;
	}
	assert_int_equal(next, topo.npods[s]);
}

static void test_machine(void **state)
{
	const struct machine *m = *state;

	machine_read(m, &topo);
	assert_int_equal(CPU_COUNT(&topo.cpus), machine_cpus(m) - (m->offline != 0));
	for (enum scope s = 0; s < SCOPES; s++) {
		assert_int_equal(topo.npods[s], m->pods[s]);
		if (!m->pods[s]) {
			assert_true(topo.why[s][0] != '\0');
			continue;
		}
		expect_numbered(s);
		expect_nested(SCOPE_CPU, s);
		expect_nested(s, SCOPE_SYSTEM);
		if (s >= SCOPE_SMT && s <= SCOPE_CACHE)
			expect_nested(SCOPE_SMT, s); /* no core is ever split */
	}
	if (m->pods[SCOPE_CACHE_SHARD])
		expect_nested(SCOPE_CACHE_SHARD, SCOPE_CACHE);
}

static unsigned cores_in(const struct machine *m, unsigned shard)
{
	bool seen[CPULIST_MAX] = { false };
	unsigned n = 0;

	for (unsigned cpu = 0; cpu < machine_cpus(m); cpu++) {
		bool *core = &seen[machine_core_of(m, cpu)];

		if (topo.pod[SCOPE_CACHE_SHARD][cpu] == shard && !*core)
			n++;
		*core |= topo.pod[SCOPE_CACHE_SHARD][cpu] == shard;
	}
	return n;
}

/* As the kernel splits 36 cores: 8 + 7 + 7 + 7 + 7; 12: 6 + 6; 11: 11. */
static void test_shard_sizes(void **state)
{
	static const unsigned two_of_36[] = { 8, 7, 7, 7, 7, 8, 7, 7, 7, 7 };
	const struct machine *m = machine_find("x86: 2 sockets of 36 cores, SMT, an L3 each");

	(void)state;
	machine_read(m, &topo);
	for (unsigned i = 0; i < ARRAY_SIZE(two_of_36); i++)
		assert_int_equal(cores_in(m, i), two_of_36[i]);
	m = machine_find("x86: 12 cores, SMT, one L3");
	machine_read(m, &topo);
	assert_int_equal(cores_in(m, 0), 6);
	assert_int_equal(cores_in(m, 1), 6);
	m = machine_find("x86: 8 cores with SMT and 16 without, one L3");
	machine_read(m, &topo);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(cores_in(m, i), 8);
}

static void test_same_scopes(void **state)
{
	(void)state;
	machine_read(machine_find("x86: 11 cores, one L3"), &topo);
	assert_true(topology_same(&topo, SCOPE_CPU, SCOPE_SMT));
	assert_true(topology_same(&topo, SCOPE_CACHE, SCOPE_SYSTEM));
	assert_false(topology_same(&topo, SCOPE_SMT, SCOPE_CACHE));
	/* As many pods, but not of the same CPUs. */
	machine_read(machine_find("arm64: 128 cores, 2 sockets, one L3 each"), &topo);
	assert_true(topology_same(&topo, SCOPE_CACHE, SCOPE_NUMA));
	topo.pod[SCOPE_NUMA][63] = 1;
	assert_false(topology_same(&topo, SCOPE_CACHE, SCOPE_NUMA));
}

/* ------------------------------------------------------------------ some of the CPUs */

static void read_some(const char *machine, const char *allowed)
{
	cpu_set_t cpus;
	char dir[64];

	assert_true(cpulist_parse(allowed, &cpus));
	machine_write(machine_find(machine), dir);
	assert_int_equal(topology_read(&topo, dir, &cpus), 0);
	machine_remove(dir);
}

/* Pods are of the machine's groups, cut down to what may be used. */
static void test_some_cpus(void **state)
{
	cpu_set_t pod;
	char text[64];

	(void)state;
	read_some("x86: 2 sockets of 36 cores, SMT, an L3 each", "0-1,72,40,143");
	assert_int_equal(topo.npods[SCOPE_CPU], 5);
	assert_int_equal(topo.npods[SCOPE_SMT], 4); /* 0 and 72 are one core */
	assert_int_equal(topo.npods[SCOPE_CACHE], 2);
	topology_pod_cpus(&topo, SCOPE_SMT, 0, &pod);
	assert_string_equal(cpulist_print(&pod, text, sizeof(text)), "0,72");
	topology_pod_cpus(&topo, SCOPE_CACHE, 1, &pod);
	assert_string_equal(cpulist_print(&pod, text, sizeof(text)), "40,143");
}

/* A CPU that is not among them is served by the nearest that is. */
static void test_nearest(void **state)
{
	(void)state;
	read_some("x86: 2 sockets of 36 cores, SMT, an L3 each", "1,30,40");
	assert_int_equal(topo.pod[SCOPE_CPU][73], topo.pod[SCOPE_CPU][1]);  /* the same core */
	assert_int_equal(topo.pod[SCOPE_CPU][35], topo.pod[SCOPE_CPU][30]); /* the same shard */
	assert_int_equal(topo.pod[SCOPE_CPU][50], topo.pod[SCOPE_CPU][40]); /* the same cache */
	assert_int_equal(topo.pod[SCOPE_SYSTEM][50], 0);
	assert_int_equal(topo.pod[SCOPE_CPU][CPULIST_MAX - 1],
			 topo.pod[SCOPE_CPU][1]); /* no such CPU */
}

/* A container's sysfs shows 0-10 as online, its processes have others: the mask is right. */
static void test_none_online(void **state)
{
	cpu_set_t cpus;
	char dir[64], text[64];

	(void)state;
	assert_true(cpulist_parse("500-503", &cpus));
	machine_write(machine_find("x86: 11 cores, one L3"), dir);
	assert_int_equal(topology_read(&topo, dir, &cpus), 0);
	assert_string_equal(cpulist_print(&topo.cpus, text, sizeof(text)), "500-503");
	assert_int_equal(topo.npods[SCOPE_CPU], 4);
	assert_int_equal(topo.npods[SCOPE_SMT], 0);
	CPU_ZERO(&cpus);
	assert_int_equal(topology_read(&topo, dir, &cpus), -ENODEV);
	machine_remove(dir);
}

static void test_no_sysfs(void **state)
{
	cpu_set_t cpus;

	(void)state;
	assert_true(cpulist_parse("2,4", &cpus));
	assert_int_equal(topology_read(&topo, "/nonexistent", &cpus), 0);
	assert_int_equal(topo.npods[SCOPE_CPU], 2);
	assert_int_equal(topo.npods[SCOPE_SYSTEM], 1);
	assert_int_equal(topo.npods[SCOPE_SMT] + topo.npods[SCOPE_CACHE_SHARD] +
				 topo.npods[SCOPE_CACHE] + topo.npods[SCOPE_NUMA],
			 0);
}

/* Files that make no sense leave the scope unknown; they do not bring anything down. */
static void test_nonsense(void **state)
{
	static const char *const texts[] = { "", "x", "5-1", "7", "0-99999", ",," };
	const struct machine *m = machine_find("x86: 11 cores, one L3");
	char dir[64], path[160];
	cpu_set_t cpus;

	(void)state;
	machine_write(m, dir);
	assert_true(topology_online(dir, &cpus));
	snprintf(path, sizeof(path), "%s/sys/devices/system/cpu/cpu3/topology/core_cpus_list", dir);
	for (unsigned i = 0; i < ARRAY_SIZE(texts); i++) {
		FILE *f = fopen(path, "we");

		assert_non_null(f);
		fputs(texts[i], f);
		fclose(f);
		assert_int_equal(topology_read(&topo, dir, &cpus), 0);
		assert_int_equal(topo.npods[SCOPE_SMT], 0);
		assert_int_equal(topo.npods[SCOPE_CACHE_SHARD], 0);
		assert_int_equal(topo.npods[SCOPE_CACHE], 1);
	}
	machine_remove(dir);
}

static void test_flat(void **state)
{
	cpu_set_t cpus;

	(void)state;
	assert_true(cpulist_parse("3,5-6", &cpus));
	topology_flat(&topo, &cpus);
	assert_int_equal(topo.npods[SCOPE_CPU], 3);
	assert_int_equal(topo.pod[SCOPE_CPU][6], 2);
	for (enum scope s = SCOPE_SMT; s < SCOPES; s++)
		assert_int_equal(topo.npods[s], 1);
}

static void test_names(void **state)
{
	(void)state;
	for (enum scope s = 0; s < SCOPES; s++) {
		enum scope found = SCOPES;

		assert_true(scope_find(scope_name(s), &found));
		assert_int_equal(found, s);
		assert_false(scope_find("llc", &found));
	}
}

int main(void)
{
	static struct suite s;
	static char names[ARRAY_SIZE(list_rows)][48];

	for (size_t i = 0; i < ARRAY_SIZE(list_rows); i++) {
		snprintf(names[i], sizeof(names[i]), "CPU list %zu", i);
		suite_add(&s, names[i], test_list, &list_rows[i]);
	}
	suite_add(&s, "a long CPU list is cut off", test_list_cut_off, NULL);
	for (const struct machine *m = machines; m->name; m++)
		suite_add(&s, m->name, test_machine, m);
	suite_add(&s, "shards of 36, 12 and 24 cores", test_shard_sizes, NULL);
	suite_add(&s, "scopes that are the same are known", test_same_scopes, NULL);
	suite_add(&s, "only some CPUs may be used", test_some_cpus, NULL);
	suite_add(&s, "the nearest CPU serves one that may not be used", test_nearest, NULL);
	suite_add(&s, "a mask that sysfs contradicts is right", test_none_online, NULL);
	suite_add(&s, "no sysfs at all", test_no_sysfs, NULL);
	suite_add(&s, "sysfs says nonsense", test_nonsense, NULL);
	suite_add(&s, "flat topology", test_flat, NULL);
	suite_add(&s, "scopes have their names", test_names, NULL);
	return suite_run(&s, "topology");
}
