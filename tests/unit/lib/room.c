// SPDX-License-Identifier: BSD-2-Clause
// How much is left: limits of the host and of control groups of both versions, below a directory of the test's.
#include "tests/common/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lib/room.h"
#include "tests/common/tree.h"

#define MIB (1ull << 20)

static char root[40];

static int set_up(void **state)
{
	(void)state;
	strcpy(root, "/tmp/tandem-room-XXXXXX");
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

static void put_v1(void)
{
	put("proc/self/mounts", "cgroup /cg/memory cgroup rw,memory 0 0\n"
				"cgroup /cg/pids cgroup rw,pids 0 0\n");
	put("proc/self/cgroup", "4:memory:/job\n3:pids:/job\n");
}

static void put_v2(void)
{
	put("proc/self/mounts", "cgroup2 /cg cgroup2 rw 0 0\n");
	put("proc/self/cgroup", "0::/user/job\n");
}

static void put_host(void)
{
	put("proc/meminfo", "MemTotal:  1048576 kB\nMemFree: 1 kB\nMemAvailable:  524288 kB\n");
	put("proc/sys/kernel/threads-max", "5000\n");
	put("proc/sys/kernel/pid_max", "4000\n");
	put("proc/loadavg", "0.1 0.2 0.3 2/1000 77\n");
	put("proc/vmstat", "pgfault 9\noom_kill 3\n");
}

static void nobody_says(void **state)
{
	(void)state;
	assert_true(room_of_memory(root).left == UINT64_MAX);
	assert_int_equal(room_kills(root).group, 0);
	assert_int_equal(room_kills(root).host, 0);
}

static void the_host_s_own(void **state)
{
	struct room r;

	(void)state;
	put_host();
	r = room_of_memory(root);
	assert_true(r.left == 512 * MIB && r.limit == 1024 * MIB);
	assert_string_equal(r.whose, "this host");
	r = room_of_threads(root);
	assert_true(r.left <= 3000);
	if (getuid() == 0) /* whom `ulimit -u` does not hold */
		assert_string_equal(r.whose, "kernel.pid_max");
	assert_int_equal(room_kills(root).host, 3);
}

/* Pages of files can be dropped. Without a limit version 1 has a number near 2^63. */
static void memory_of_a_group_of_version_1(void **state)
{
	struct room r;

	(void)state;
	put_host();
	put_v1();
	put("cg/memory/job/memory.limit_in_bytes", "41943040\n");
	put("cg/memory/job/memory.usage_in_bytes", "31457280\n");
	put("cg/memory/job/memory.stat",
	    "inactive_file 1\ntotal_inactive_file 4194304\ntotal_active_file 1048576\n");
	put("cg/memory/job/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n");
	r = room_of_memory(root);
	assert_true(r.left == 15 * MIB && r.limit == 40 * MIB);
	assert_non_null(strstr(r.whose, "/cg/memory/job"));
	assert_int_equal(room_kills(root).group, 2);
	put("cg/memory/job/memory.limit_in_bytes", "9223372036854771712\n");
	assert_string_equal(room_of_memory(root).whose, "this host");
}

/* The tightest of all above us counts, and what throttles is as good as a limit. */
static void memory_of_a_group_of_version_2(void **state)
{
	struct room r;

	(void)state;
	put_host();
	put_v2();
	put("cg/user/job/memory.max", "max\n");
	put("cg/user/job/memory.high", "max\n");
	put("cg/user/job/memory.current", "1048576\n");
	put("cg/user/job/memory.stat", "anon 1\ninactive_file 0\n");
	put("cg/user/memory.max", "62914560\n");
	put("cg/user/memory.current", "20971520\n");
	put("cg/user/memory.events", "low 0\noom 5\noom_kill 4\noom_group_kill 0\n");
	r = room_of_memory(root);
	assert_true(r.left == 40 * MIB && r.limit == 60 * MIB);
	assert_non_null(strstr(r.whose, "/cg/user"));
	assert_int_equal(room_kills(root).group, 4);
	put("cg/user/job/memory.high", "5242880\n");
	assert_true(room_of_memory(root).left == 4 * MIB);
	put("cg/user/job/memory.current", "6291456\n");
	assert_true(room_of_memory(root).left == 0);
}

static void threads_of_a_group(void **state)
{
	struct room r;

	(void)state;
	put_host();
	put_v2();
	put("cg/user/job/pids.max", "20\n");
	put("cg/user/job/pids.current", "17\n");
	put("cg/user/pids.max", "max\n");
	put("cg/user/pids.current", "99\n");
	r = room_of_threads(root);
	assert_int_equal(r.left, 3);
	assert_int_equal(r.limit, 20);
	assert_non_null(strstr(r.whose, "pids.max of the control group "));
	put_v1();
	put("cg/pids/job/pids.max", "12\n");
	put("cg/pids/job/pids.current", "11\n");
	assert_int_equal(room_of_threads(root).left, 1);
}

static void put_process(const char *path, unsigned uid, unsigned threads)
{
	char text[100];

	snprintf(text, sizeof(text), "Name:\tx\nUid:\t%u\t%u\t%u\t%u\nThreads:\t%u\n", uid, uid,
		 uid, uid, threads);
	put(path, text);
}

/* The limit of an ordinary user, whom root plays by its real user id. */
static void threads_of_a_user(void **state)
{
	const uid_t nobody = 65534, was = getuid(), uid = was ? was : nobody;
	struct rlimit old, own;
	struct room r;

	(void)state;
	put_host();
	put_process("proc/12/status", uid, 7);
	put_process("proc/13/status", uid + 1, 100);
	put_process("proc/14/status", uid, 3);
	assert_int_equal(getrlimit(RLIMIT_NPROC, &old), 0);
	own = (struct rlimit){ .rlim_cur = 50, .rlim_max = old.rlim_max };
	if (old.rlim_max < 50)
		skip();
	assert_int_equal(setrlimit(RLIMIT_NPROC, &own), 0);
	assert_int_equal(setreuid(uid, (uid_t)-1), 0);
	r = room_of_threads(root);
	assert_int_equal(setreuid(was, (uid_t)-1), 0);
	assert_int_equal(setrlimit(RLIMIT_NPROC, &old), 0);
	assert_int_equal(r.left, 40);
	assert_int_equal(r.limit, 50);
	assert_string_equal(r.whose, "ulimit -u");
}

int main(void)
{
	static struct suite s = { .setup = set_up, .teardown = tear_down };

	suite_add(&s, "nobody_says", nobody_says, NULL);
	suite_add(&s, "the_host_s_own", the_host_s_own, NULL);
	suite_add(&s, "memory_of_a_group_of_version_1", memory_of_a_group_of_version_1, NULL);
	suite_add(&s, "memory_of_a_group_of_version_2", memory_of_a_group_of_version_2, NULL);
	suite_add(&s, "threads_of_a_group", threads_of_a_group, NULL);
	suite_add(&s, "threads_of_a_user", threads_of_a_user, NULL);
	return suite_run(&s, "unit: room");
}
