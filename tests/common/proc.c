// SPDX-License-Identifier: BSD-2-Clause
// What the kernel says this process holds.
#include "tests/common/proc.h"

#include <dirent.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/cpulist.h"

/* Freed memory must not be kept back, or no leak could be told from the quarantine. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "quarantine_size_mb=1";
}

static unsigned count_entries(const char *path)
{
	DIR *dir = opendir(path);
	unsigned n = 0;

	if (!dir)
		return 0;
	while (readdir(dir))
		n++;
	closedir(dir);
	return n - 2; /* . and .. */
}

unsigned proc_fds(void)
{
	return count_entries("/proc/self/fd") - 1; /* the directory's own */
}

unsigned proc_threads(void)
{
	return count_entries("/proc/self/task");
}

/* Says who is there, so that a leak has a name. */
static void name_threads(void)
{
	DIR *d = opendir("/proc/self/task");
	struct dirent *e;

	while (d && (e = readdir(d))) {
		char path[300], name[32] = "";
		FILE *f;

		snprintf(path, sizeof(path), "/proc/self/task/%s/comm", e->d_name);
		f = e->d_name[0] != '.' ? fopen(path, "re") : NULL;
		if (f && fgets(name, sizeof(name), f))
			printf("# thread %s: %s", e->d_name, name);
		if (f)
			fclose(f);
	}
	if (d)
		closedir(d);
}

/*
 * A thread that has been joined, or one of a ring that is closed, still has to run in order to go; on a busy
 * machine, at a low priority, that takes seconds. One that leaked never goes.
 */
unsigned proc_threads_settled(unsigned want)
{
	const struct timespec ms = { .tv_nsec = 1000000 };
	unsigned n = proc_threads();

	for (int i = 0; n > want && i < 30000; i++) {
		nanosleep(&ms, NULL);
		n = proc_threads();
	}
	if (n > want)
		name_threads();
	return n;
}

long proc_rss_kib(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	long total = 0, resident = 0;

	if (!f)
		return 0;
	if (fscanf(f, "%ld %ld", &total, &resident) != 2)
		resident = 0;
	fclose(f);
	return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

long proc_sleeps(pid_t tid)
{
	char path[64], line[128];
	long n = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%d/status", (int)tid);
	f = fopen(path, "re");
	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "voluntary_ctxt_switches: %ld", &n) == 1)
			break;
	fclose(f);
	return n;
}

/* A thread that ends meanwhile does not run. */
static bool thread_sleeps(const char *tid)
{
	char path[64], line[128], state = 'X';
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%.16s/status", tid);
	f = fopen(path, "re");
	if (!f)
		return true;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "State: %c", &state) == 1)
			break;
	fclose(f);
	return state != 'R' && state != 'D';
}

bool proc_others_sleep(void)
{
	DIR *dir = opendir("/proc/self/task");
	struct dirent *e;
	bool all = true;

	while (dir && all && (e = readdir(dir)))
		if (e->d_name[0] != '.' && atoi(e->d_name) != gettid())
			all = thread_sleeps(e->d_name);
	if (dir)
		closedir(dir);
	return all;
}

static cpu_set_t allowed;
static pthread_once_t allowed_once = PTHREAD_ONCE_INIT;

static void find_allowed(void)
{
	CPU_ZERO(&allowed);
	sched_getaffinity(0, sizeof(allowed), &allowed);
}

unsigned proc_cpus(int *cpus, unsigned max)
{
	unsigned n = 0;

	pthread_once(&allowed_once, find_allowed);
	for (int cpu = 0; cpu < CPULIST_MAX && n < max; cpu++)
		if (CPU_ISSET(cpu, &allowed))
			cpus[n++] = cpu;
	return n;
}

void proc_pin(int cpu)
{
	cpu_set_t set;

	pthread_once(&allowed_once, find_allowed);
	set = allowed;
	if (cpu >= 0) {
		CPU_ZERO(&set);
		CPU_SET(cpu, &set);
	}
	sched_setaffinity(0, sizeof(set), &set);
}
