// SPDX-License-Identifier: BSD-2-Clause
// What the kernel counts meanwhile.
#include "bench/host/counters.h"

#include <stdlib.h>
#include <string.h>

#include "lib/sane.h"
#include "vhost/backend.h"

/* The columns between the label and the text, one per CPU. */
static uint64_t sum_columns(const char *line)
{
	const char *at = strchr(line, ':') + 1;
	uint64_t sum = 0;
	char *end;

	for (;; at = end) {
		uint64_t n = strtoull(at, &end, 10);

		if (end == at)
			return sum;
		sum += n;
	}
}

bool counters_read_resched(FILE *interrupts, uint64_t *n)
{
	size_t room = 0;
	char *line = NULL;
	bool found = false;

	/* As long as there are CPUs. */
	while (!found && getline(&line, &room, interrupts) > 0)
		found = strstr(line, "Rescheduling interrupts") && strchr(line, ':');
	if (found)
		*n = sum_columns(line);
	free(line);
	return found;
}

void counters_sample(const struct pair *p, struct counters *out)
{
	FILE *f = fopen("/proc/interrupts", "re");
	pid_t pids[BACKEND_PORTS];
	unsigned n = backend_kthread_pids(pair_backend(p), pids, BACKEND_PORTS);

	thread_list_sample(&out->threads);
	for (unsigned i = 0; i < n; i++)
		thread_list_add(&out->threads, pids[i]);
	for (unsigned i = 0; i < SIDES; i++)
		if (pair_stats(p, i, &out->kvm[i]) < 0)
			out->kvm[i].n = 0;
	out->resched_known = f && counters_read_resched(f, &out->resched);
	if (f)
		fclose(f);
}

void counters_since(const struct counters *end, const struct counters *start, struct counters *out)
{
	thread_list_since(&end->threads, &start->threads, &out->threads);
	for (unsigned i = 0; i < SIDES; i++)
		vm_stats_since(&end->kvm[i], &start->kvm[i], &out->kvm[i]);
	out->resched_known = end->resched_known && start->resched_known;
	out->resched = out->resched_known ? end->resched - start->resched : 0;
}

void counters_merge(struct counters *to, const struct counters *from)
{
	thread_list_merge(&to->threads, &from->threads);
	for (unsigned i = 0; i < SIDES; i++)
		vm_stats_merge(&to->kvm[i], &from->kvm[i]);
	to->resched_known |= from->resched_known;
	to->resched += from->resched;
}

bool counters_are_sane(const struct counters *c)
{
	return thread_list_is_sane(&c->threads) && vm_stats_are_sane(&c->kvm[SIDE_A]) &&
	       vm_stats_are_sane(&c->kvm[SIDE_B]) && sane_flag(&c->resched_known);
}
