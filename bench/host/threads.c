// SPDX-License-Identifier: BSD-2-Clause
// What the scheduler counts for each thread.
#include "bench/host/threads.h"

#include <dirent.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/sane.h"

/* From include/linux/sched.h of the kernel, visible in /proc/PID/stat; since 5.12. */
#define PF_IO_WORKER 0x00000010u

/*
 * The kernel's vhost calls its threads after the one that asked for them, so both alike and in
 * each run anew. They are listed in the order in which they were made: guest a's first.
 */
#define VHOST_THREAD "vhost-"

/* What we call one that has no name of its own yet. */
#define NEW_IO_THREAD "iou-new"

const char *role_name(enum role r)
{
	static const char *const names[ROLES] = { "a", "b", "backend", "notifier" };

	return names[r];
}

#define OURS "/proc/self/task"
#define ALL "/proc"

/* Thread `tid` of those in `in`; NULL: it has ended, or the kernel has no such file. */
static FILE *open_task(const char *in, const char *tid, const char *file)
{
	char path[320];

	snprintf(path, sizeof(path), "%s/%s/%s", in, tid, file);
	return fopen(path, "re");
}

static bool read_switches(const char *in, const char *tid, struct thread_counts *c)
{
	FILE *f = open_task(in, tid, "status");
	unsigned long long v;
	char line[128];

	if (!f)
		return false;
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "voluntary_ctxt_switches: %llu", &v) == 1)
			c->voluntary = v;
		else if (sscanf(line, "nonvoluntary_ctxt_switches: %llu", &v) == 1)
			c->involuntary = v;
	}
	fclose(f);
	return true;
}

static bool read_schedstat(const char *in, const char *tid, struct thread_counts *c)
{
	FILE *f = open_task(in, tid, "schedstat");
	unsigned long long cpu, wait, slices;
	bool good;

	if (!f)
		return false;
	good = fscanf(f, "%llu %llu %llu", &cpu, &wait, &slices) == 3;
	fclose(f);
	if (!good)
		return false;
	c->cpu_ns = cpu;
	c->wait_ns = wait;
	c->slices = slices;
	return true;
}

/* CONFIG_SCHED_DEBUG only. */
static bool read_migrations(const char *in, const char *tid, struct thread_counts *c)
{
	FILE *f = open_task(in, tid, "sched");
	unsigned long long v;
	bool found = false;
	char line[160];

	while (f && !found && fgets(line, sizeof(line), f))
		found = sscanf(line, "se.nr_migrations : %llu", &v) == 1;
	if (found)
		c->migrations = v;
	if (f)
		fclose(f);
	return found;
}

const char *policy_name(int policy)
{
	static const struct {
		int policy;
		const char *name;
	} names[] = {
		{ SCHED_OTHER, "other" }, { SCHED_BATCH, "batch" }, { SCHED_IDLE, "idle" },
		{ SCHED_FIFO, "fifo" },	  { SCHED_RR, "rr" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].policy == (policy & ~SCHED_RESET_ON_FORK))
			return names[i].name;
	return "unknown";
}

/* Fields 9, 19 and 41 of stat: false: it has ended. */
static bool read_stat(const char *in, const char *tid, unsigned *flags, int *nice, int *policy)
{
	FILE *f = open_task(in, tid, "stat");
	char line[1024], *end;
	bool good;

	if (!f)
		return false;
	end = fgets(line, sizeof(line), f) ? strrchr(line, ')') : NULL;
	good = end && sscanf(end,
			     ") %*c %*d %*d %*d %*d %*d %u %*u %*u %*u %*u %*u %*u %*d %*d %*d %d"
			     " %*d %*d %*u %*u %*d %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u"
			     " %*u %*d %*d %*u %d",
			     flags, nice, policy) == 3;
	fclose(f);
	return good;
}

static bool read_name(const char *in, const char *tid, char name[16])
{
	FILE *f = open_task(in, tid, "comm");
	bool good;

	if (!f)
		return false;
	good = fgets(name, 16, f);
	fclose(f);
	name[good ? strcspn(name, "\n") : 0] = '\0';
	return good;
}

static void rename_vhost(const struct thread_list *so_far, char name[16])
{
	char side = 'a';

	if (strncmp(name, VHOST_THREAD, strlen(VHOST_THREAD)) != 0)
		return;
	for (unsigned i = 0; i < so_far->n; i++)
		side += strncmp(so_far->thread[i].name, VHOST_THREAD, strlen(VHOST_THREAD)) == 0;
	snprintf(name, 16, VHOST_THREAD "%c", side);
}

/* A thread that ends meanwhile is left out: half its counts would look like negative ones later. */
static void sample_thread(struct thread_list *out, const char *in, const char *tid)
{
	struct thread_entry e = { .tid = (pid_t)atoi(tid), .policy = -1 };
	unsigned flags = 0;

	if (!read_name(in, tid, e.name) || !read_switches(in, tid, &e.counts))
		return;
	/*
	 * A thread that the kernel made for a ring has its creator's name until it first runs, and
	 * would be counted under its creator's role.
	 */
	if (read_stat(in, tid, &flags, &e.nice, &e.policy) && (flags & PF_IO_WORKER) &&
	    strncmp(e.name, "iou-", 4) != 0)
		strcpy(e.name, NEW_IO_THREAD);
	rename_vhost(out, e.name);
	out->accounted |= read_schedstat(in, tid, &e.counts);
	out->migrations_known |= read_migrations(in, tid, &e.counts);
	if (out->n < THREADS_MAX)
		out->thread[out->n++] = e;
	else
		out->unlisted++;
}

struct thread_counts threads_read(pid_t tid, bool *accounted)
{
	struct thread_counts c = { 0 };
	char name[16];

	snprintf(name, sizeof(name), "%d", tid);
	*accounted = false;
	if (tid > 0) {
		read_switches(OURS, name, &c);
		*accounted = read_schedstat(OURS, name, &c);
	}
	return c;
}

void thread_list_sample(struct thread_list *out)
{
	DIR *d = opendir(OURS);
	struct dirent *e;

	*out = (struct thread_list){ 0 };
	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.')
			sample_thread(out, OURS, e->d_name);
	if (d)
		closedir(d);
}

void thread_list_add(struct thread_list *out, pid_t pid)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", pid);
	sample_thread(out, ALL, text);
}

unsigned threads_named(const char *prefix)
{
	DIR *d = opendir(OURS);
	struct dirent *e;
	char name[16];
	unsigned n = 0;

	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.' && read_name(OURS, e->d_name, name))
			n += strncmp(name, prefix, strlen(prefix)) == 0;
	if (d)
		closedir(d);
	return n;
}

static void add(struct thread_counts *to, const struct thread_counts *c)
{
	to->voluntary += c->voluntary;
	to->involuntary += c->involuntary;
	to->cpu_ns += c->cpu_ns;
	to->wait_ns += c->wait_ns;
	to->slices += c->slices;
	to->migrations += c->migrations;
}

/* Two counters are read a moment apart: never below 0. */
static uint64_t since(uint64_t end, uint64_t start)
{
	return end > start ? end - start : 0;
}

static struct thread_counts difference(const struct thread_counts *e, const struct thread_counts *s)
{
	return (struct thread_counts){
		.voluntary = since(e->voluntary, s->voluntary),
		.involuntary = since(e->involuntary, s->involuntary),
		.cpu_ns = since(e->cpu_ns, s->cpu_ns),
		.wait_ns = since(e->wait_ns, s->wait_ns),
		.slices = since(e->slices, s->slices),
		.migrations = since(e->migrations, s->migrations),
	};
}

void thread_list_since(const struct thread_list *end, const struct thread_list *start,
		       struct thread_list *out)
{
	static const struct thread_counts none;

	*out = *end;
	for (unsigned i = 0; i < out->n; i++) {
		const struct thread_counts *before = &none;

		for (unsigned k = 0; k < start->n; k++)
			if (start->thread[k].tid == out->thread[i].tid)
				before = &start->thread[k].counts;
		out->thread[i].counts = difference(&end->thread[i].counts, before);
	}
}

bool thread_list_is_sane(const struct thread_list *t)
{
	if (t->n > THREADS_MAX || !sane_flag(&t->migrations_known) || !sane_flag(&t->accounted))
		return false;
	for (unsigned i = 0; i < t->n; i++)
		if (!sane_text(t->thread[i].name, sizeof(t->thread[i].name)))
			return false;
	return true;
}

static struct thread_entry *find_or_add(struct thread_list *t, const struct thread_entry *like)
{
	for (unsigned i = 0; i < t->n; i++)
		if (strcmp(t->thread[i].name, like->name) == 0)
			return &t->thread[i];
	if (t->n == THREADS_MAX)
		return NULL;
	t->thread[t->n] = *like;
	t->thread[t->n].counts = (struct thread_counts){ 0 };
	return &t->thread[t->n++];
}

void thread_list_merge(struct thread_list *to, const struct thread_list *from)
{
	to->unlisted += from->unlisted;
	to->accounted |= from->accounted;
	to->migrations_known |= from->migrations_known;
	for (unsigned i = 0; i < from->n; i++) {
		struct thread_entry *e = find_or_add(to, &from->thread[i]);

		if (e)
			add(&e->counts, &from->thread[i].counts);
		else
			to->unlisted++;
	}
}

/* A guest's further vCPUs are called after the first. */
int thread_role(const char *name)
{
	static const struct {
		const char *prefix;
		enum role role;
	} roles[] = {
		{ "tandem-backend", ROLE_BACKEND },
		{ "iou-sqp", ROLE_BACKEND },
		{ NEW_IO_THREAD, ROLE_BACKEND },
		{ VHOST_THREAD, ROLE_BACKEND },
		{ "tandem-cpu", ROLE_NOTIFIER },
		{ "tandem-pool", ROLE_NOTIFIER },
		{ "tandem-delayed", ROLE_NOTIFIER },
		{ "tandem-a", ROLE_A },
		{ "tandem-b", ROLE_B },
	};

	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		if (strncmp(name, roles[i].prefix, strlen(roles[i].prefix)) == 0)
			return (int)roles[i].role;
	return -1;
}

struct role_counts threads_by_role(const struct thread_list *t)
{
	struct role_counts sum = { .accounted = t->accounted };

	for (unsigned i = 0; i < t->n; i++) {
		int role = thread_role(t->thread[i].name);

		if (role >= 0)
			add(&sum.role[role], &t->thread[i].counts);
	}
	return sum;
}

struct thread_counts threads_all(const struct role_counts *c)
{
	struct thread_counts sum = { 0 };

	for (unsigned i = 0; i < ROLES; i++)
		add(&sum, &c->role[i]);
	return sum;
}

void threads_merge(struct role_counts *to, const struct role_counts *from)
{
	to->accounted |= from->accounted;
	for (unsigned i = 0; i < ROLES; i++)
		add(&to->role[i], &from->role[i]);
}
