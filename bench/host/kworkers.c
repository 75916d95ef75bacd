// SPDX-License-Identifier: BSD-2-Clause
// Reads the kernel's workers from /proc.
#include "bench/host/kworkers.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cpulist.h"

bool kworker_is_bound(const char *comm, const cpu_set_t *cpus)
{
	unsigned on, id;
	char next = '\0';

	/* "kworker/1:2", "kworker/1:2-events"; "kworker/1:2H", "kworker/u8:1" are others. */
	if (sscanf(comm, "kworker/%u:%u%c", &on, &id, &next) < 2)
		return false;
	return next != 'H' && on < CPULIST_MAX && CPU_ISSET(on, cpus);
}

bool kworker_is_unbound(const char *comm)
{
	unsigned pool, id;
	char next = '\0';

	return sscanf(comm, "kworker/u%u:%u%c", &pool, &id, &next) >= 2 && next != 'H';
}

static bool read_text(const char *pid, const char *file, char *text, int bytes)
{
	char path[64];
	bool ok;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%.10s/%s", pid, file);
	f = fopen(path, "re");
	if (!f)
		return false;
	ok = fgets(text, bytes, f) != NULL;
	fclose(f);
	return ok;
}

static void add_worker(struct kworkers *k, const char *pid, bool unbound)
{
	unsigned long long cpu, wait, runs;
	char text[128];

	if (k->n == KWORKERS_MAX || !read_text(pid, "schedstat", text, sizeof(text)))
		return;
	if (sscanf(text, "%llu %llu %llu", &cpu, &wait, &runs) != 3)
		return;
	k->readable = true;
	k->worker[k->n++] = (struct kworker_sample){ atoi(pid), unbound, wait, runs };
}

static void sample(struct kworkers *k, const cpu_set_t *cpus, bool with_unbound)
{
	DIR *d = opendir("/proc");
	struct dirent *e;

	k->n = 0;
	k->readable = false;
	while (d && (e = readdir(d))) {
		char comm[64];

		if (e->d_name[0] < '1' || e->d_name[0] > '9')
			continue;
		if (!read_text(e->d_name, "comm", comm, sizeof(comm)))
			continue;
		if (kworker_is_bound(comm, cpus))
			add_worker(k, e->d_name, false);
		else if (with_unbound && kworker_is_unbound(comm))
			add_worker(k, e->d_name, true);
	}
	if (d)
		closedir(d);
}

void kworkers_sample(struct kworkers *k, const cpu_set_t *cpus)
{
	sample(k, cpus, false);
}

void kworkers_sample_unbound(struct kworkers *k, const cpu_set_t *cpus)
{
	sample(k, cpus, true);
}

static const struct kworker_sample *find(const struct kworkers *k, pid_t pid)
{
	for (unsigned i = 0; i < k->n; i++)
		if (k->worker[i].pid == pid)
			return &k->worker[i];
	return NULL;
}

static void add(struct kworker_counts *c, const struct kworker_sample *end,
		const struct kworker_sample *start)
{
	if (end->unbound) {
		c->unbound_runs += end->runs - start->runs;
		return;
	}
	c->wait_ns += end->wait_ns - start->wait_ns;
	c->runs += end->runs - start->runs;
}

struct kworker_counts kworkers_since(const struct kworkers *end, const struct kworkers *start)
{
	static const struct kworker_sample none;
	struct kworker_counts c = { .readable = end->readable };

	for (unsigned i = 0; i < end->n; i++) {
		const struct kworker_sample *e = &end->worker[i], *s = find(start, e->pid);

		/* Counts only grow: this one has the number of another that ended. */
		if (s && (e->runs < s->runs || e->wait_ns < s->wait_ns))
			s = NULL;
		add(&c, e, s ? s : &none);
	}
	return c;
}
