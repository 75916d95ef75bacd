// SPDX-License-Identifier: BSD-2-Clause
// What the scheduler counts for a thread.
#include "bench/threads.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOTIFIERS_MAX 64u

const char *role_name(enum role r)
{
	static const char *const names[ROLES] = { "a", "b", "backend", "notifier" };

	return names[r];
}

static void read_switches(pid_t tid, struct thread_counts *c)
{
	char path[64], line[128];
	unsigned long long v;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%d/status", tid);
	f = fopen(path, "re");
	if (!f)
		return;
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "voluntary_ctxt_switches: %llu", &v) == 1)
			c->voluntary = v;
		else if (sscanf(line, "nonvoluntary_ctxt_switches: %llu", &v) == 1)
			c->involuntary = v;
	}
	fclose(f);
}

static void read_schedstat(pid_t tid, struct thread_counts *c)
{
	unsigned long long cpu, wait, slices;
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%d/schedstat", tid);
	f = fopen(path, "re");
	if (!f)
		return;
	if (fscanf(f, "%llu %llu %llu", &cpu, &wait, &slices) == 3) {
		c->cpu_ns = cpu;
		c->wait_ns = wait;
		c->slices = slices;
	}
	fclose(f);
}

struct thread_counts threads_read(pid_t tid)
{
	struct thread_counts c = { 0 };

	if (tid <= 0)
		return c;
	read_switches(tid, &c);
	read_schedstat(tid, &c);
	return c;
}

/* Threads of this process whose name begins with `prefix`: how many; the first `max` in tids. */
static unsigned for_named(const char *prefix, pid_t *tids, unsigned max)
{
	DIR *d = opendir("/proc/self/task");
	struct dirent *e;
	unsigned n = 0;

	while (d && (e = readdir(d))) {
		char path[320], name[32] = "";
		FILE *f;

		snprintf(path, sizeof(path), "/proc/self/task/%s/comm", e->d_name);
		f = e->d_name[0] == '.' ? NULL : fopen(path, "re");
		if (!f)
			continue;
		if (fgets(name, sizeof(name), f) && !strncmp(name, prefix, strlen(prefix)) &&
		    n++ < max)
			tids[n - 1] = (pid_t)atoi(e->d_name);
		fclose(f);
	}
	if (d)
		closedir(d);
	return n;
}

unsigned threads_named(const char *prefix)
{
	return for_named(prefix, NULL, 0);
}

static void add(struct thread_counts *to, struct thread_counts c)
{
	to->voluntary += c.voluntary;
	to->involuntary += c.involuntary;
	to->cpu_ns += c.cpu_ns;
	to->wait_ns += c.wait_ns;
	to->slices += c.slices;
}

struct role_counts threads_sample(const struct pair *p)
{
	struct role_counts s = { 0 };
	pid_t tids[NOTIFIERS_MAX];
	unsigned n = worker_notifier_tids(pair_worker(p), tids, NOTIFIERS_MAX);

	add(&s.role[ROLE_A], threads_read(pair_guest_tid(p, SIDE_A)));
	add(&s.role[ROLE_B], threads_read(pair_guest_tid(p, SIDE_B)));
	add(&s.role[ROLE_BACKEND], threads_read(worker_tid(pair_worker(p))));
	for (unsigned i = 0; i < n && i < NOTIFIERS_MAX; i++)
		add(&s.role[ROLE_NOTIFIER], threads_read(tids[i]));
	if (for_named("iou-sqp", tids, 1) > 0)
		add(&s.role[ROLE_BACKEND], threads_read(tids[0]));
	return s;
}

struct role_counts threads_since(const struct role_counts *end, const struct role_counts *start)
{
	struct role_counts d;

	for (unsigned i = 0; i < ROLES; i++) {
		const struct thread_counts *e = &end->role[i], *s = &start->role[i];

		d.role[i] = (struct thread_counts){
			e->voluntary - s->voluntary, e->involuntary - s->involuntary,
			e->cpu_ns - s->cpu_ns,	     e->wait_ns - s->wait_ns,
			e->slices - s->slices,
		};
	}
	return d;
}

void threads_merge(struct role_counts *to, const struct role_counts *from)
{
	for (unsigned i = 0; i < ROLES; i++)
		add(&to->role[i], from->role[i]);
}
