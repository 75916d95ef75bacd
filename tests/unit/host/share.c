// SPDX-License-Identifier: BSD-2-Clause
// Which CPUs there are, how fast they are and how much of them we get, played below a directory and by a wrapper.
#include <errno.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/host/host.h"
#include "bench/host/share.h"
#include "lib/cgroups.h"
#include "lib/cpulist.h"
#include "lib/cpuspeed.h"
#include "tests/common/suite.h"
#include "tests/common/tree.h"

static char root[40];

static int set_up(void **state)
{
	(void)state;
	strcpy(root, "/tmp/tandem-share-XXXXXX");
	return mkdtemp(root) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	return tree_remove(root);
}

static void put(const char *path, const char *text)
{
	char full[256];
	FILE *f;

	snprintf(full, sizeof(full), "%s/%s", root, path);
	*strrchr(full, '/') = '\0';
	assert_int_equal(tree_make(full), 0);
	snprintf(full, sizeof(full), "%s/%s", root, path);
	f = fopen(full, "w");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

/* ---- which CPUs */

static size_t kernel_cpus; /* how many the kernel is built for; 0: it does not answer at all */
static int only;	   /* the CPU that the thread may use */

int __real_sched_getaffinity(pid_t pid, size_t bytes, cpu_set_t *cpus);
int __wrap_sched_getaffinity(pid_t pid, size_t bytes, cpu_set_t *cpus);

int __wrap_sched_getaffinity(pid_t pid, size_t bytes, cpu_set_t *cpus)
{
	if (only < 0)
		return __real_sched_getaffinity(pid, bytes, cpus);
	if (!kernel_cpus || bytes * 8 < kernel_cpus) {
		errno = kernel_cpus ? EINVAL : ENOSYS;
		return -1;
	}
	memset(cpus, 0, bytes);
	CPU_SET_S((size_t)only, bytes, cpus);
	return 0;
}

static void a_kernel_of_many_cpus_answers(void **state)
{
	cpu_set_t cpus;

	(void)state;
	kernel_cpus = 8192;
	only = 700;
	assert_true(cpulist_allowed(&cpus));
	assert_int_equal(cpulist_first(&cpus), 700);
	assert_int_equal(cpulist_last(&cpus), 700);
	only = -1;
}

static void a_mask_that_is_not_told_is_this_cpu(void **state)
{
	cpu_set_t cpus;

	(void)state;
	kernel_cpus = 0;
	only = 0;
	assert_true(cpulist_allowed(&cpus));
	assert_int_equal(CPU_COUNT(&cpus), 1);
	only = -1;
}

/* ---- how fast */

static void put_speeds(const char *file, const long *speed, unsigned n)
{
	char path[96], text[32];

	for (unsigned i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "sys/devices/system/cpu/cpu%u/%s", i, file);
		snprintf(text, sizeof(text), "%ld\n", speed[i]);
		put(path, text);
	}
}

static struct cpuspeed read_four(char fast[64])
{
	struct cpuspeed s;
	cpu_set_t cpus;

	cpulist_parse("0-3", &cpus);
	cpuspeed_read(&s, root, &cpus);
	cpulist_print(&s.fast, fast, 64);
	return s;
}

static void the_slow_are_not_among_the_fast(void **state)
{
	struct cpuspeed s;
	char fast[64];

	(void)state;
	put_speeds("cpu_capacity", (const long[]){ 1024, 1024, 446, 446 }, 4);
	s = read_four(fast);
	assert_true(s.mixed);
	assert_string_equal(s.by, "cpu_capacity");
	assert_int_equal(s.lowest, 446);
	assert_string_equal(fast, "0-1");
}

static void frequencies_tell_where_capacities_do_not(void **state)
{
	struct cpuspeed s;
	char fast[64];

	(void)state;
	put_speeds("cpu_capacity", (const long[]){ 1024, 1024, 1024, 1024 }, 4);
	put_speeds("cpufreq/cpuinfo_max_freq", (const long[]){ 5100000, 5000000, 3900000, 3900000 },
		   4);
	s = read_four(fast);
	assert_true(s.mixed);
	assert_string_equal(s.by, "cpuinfo_max_freq");
	assert_string_equal(fast, "0-1");
}

static void turbo_does_not_mix_cores(void **state)
{
	struct cpuspeed s;
	char fast[64];

	(void)state;
	put_speeds("cpufreq/cpuinfo_max_freq", (const long[]){ 5800000, 5500000, 5500000, 5500000 },
		   4);
	s = read_four(fast);
	assert_false(s.mixed);
	assert_string_equal(fast, "0-3");
}

static void nothing_known_is_not_mixed(void **state)
{
	struct cpuspeed s;
	char fast[64];

	(void)state;
	s = read_four(fast);
	assert_false(s.mixed);
	assert_null(s.by);
	assert_string_equal(fast, "0-3");
}

/* ---- how much */

static void a_quota_of_version_2(void **state)
{
	(void)state;
	put("proc/self/mounts", "cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n");
	put("proc/self/cgroup", "0::/a/b\n");
	put("sys/fs/cgroup/a/b/cpu.max", "max 100000\n");
	assert_true(isnan(cgroups_cpu_quota(root)));
	put("sys/fs/cgroup/a/cpu.max",
	    "150000 100000\n"); /* of the group above: it holds for us, too */
	assert_true(cgroups_cpu_quota(root) == 1.5);
	put("sys/fs/cgroup/a/b/cpu.max", "50000 100000\n");
	assert_true(cgroups_cpu_quota(root) == 0.5);
}

static void a_quota_of_version_1(void **state)
{
	(void)state;
	put("proc/self/mounts", "cgroup /sys/fs/cgroup/cpuset cgroup rw,cpuset 0 0\n"
				"cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,cpu,cpuacct 0 0\n");
	put("proc/self/cgroup", "4:cpuset:/\n3:cpu,cpuacct:/docker/x\n0::/\n");
	/* A container sees its own group as the mount. */
	put("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "25000\n");
	put("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
	assert_true(cgroups_cpu_quota(root) == 0.25);
	put("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n");
	assert_true(isnan(cgroups_cpu_quota(root)));
}

static void what_is_unusual_is_said(void **state)
{
	struct host h = { .cpus = 4, .policy = "other", .cpu_quota = NAN };
	char text[HOST_UNUSUAL_MAX];

	(void)state;
	assert_false(host_unusual(&h, text, sizeof(text)));
	h.cpu_quota = 8; /* more than there are */
	assert_false(host_unusual(&h, text, sizeof(text)));
	h = (struct host){ .cpus = 4, .policy = "idle", .cpu_quota = 1.5, .nice = 5 };
	h.speed =
		(struct cpuspeed){ .mixed = true, .by = "cpu_capacity", .lowest = 1, .highest = 2 };
	assert_true(host_unusual(&h, text, sizeof(text)));
	assert_string_equal(text, "nice 5, policy idle, a quota of 1.5 CPUs, mixed cores "
				  "(cpu_capacity 1 to 2)");
}

int main(void)
{
	static struct suite s;

	only = -1;
	s.setup = set_up;
	s.teardown = tear_down;
	suite_add(&s, "a kernel built for 8,192 CPUs tells ours", a_kernel_of_many_cpus_answers,
		  NULL);
	suite_add(&s, "a mask that the kernel does not tell is this CPU",
		  a_mask_that_is_not_told_is_this_cpu, NULL);
	suite_add(&s, "slow cores are told from fast ones", the_slow_are_not_among_the_fast, NULL);
	suite_add(&s, "frequencies tell where capacities do not",
		  frequencies_tell_where_capacities_do_not, NULL);
	suite_add(&s, "a few percent of turbo are one kind of core", turbo_does_not_mix_cores,
		  NULL);
	suite_add(&s, "without either file cores are taken as alike", nothing_known_is_not_mixed,
		  NULL);
	suite_add(&s, "a CPU quota of cgroup v2, of any group above", a_quota_of_version_2, NULL);
	suite_add(&s, "a CPU quota of cgroup v1, seen from a container", a_quota_of_version_1,
		  NULL);
	suite_add(&s, "an unusual share is said in words", what_is_unusual_is_said, NULL);
	return suite_run(&s, "share");
}
