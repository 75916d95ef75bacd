// SPDX-License-Identifier: BSD-2-Clause
// From wake-up to run, from queueing to run.
#include "bench/trace/waits.h"

#include <string.h>

#include "lib/clock.h"

#define INJECT "irqfd_inject" /* KVM's work item */

static bool is_ours(const struct trace_walk *walk, int pid)
{
	for (unsigned i = 0; i < walk->ours->n; i++)
		if (walk->ours->tid[i] == pid)
			return true;
	return false;
}

static bool is_worker(const char *comm)
{
	return strncmp(comm, "tandem-cpu", 10) == 0 || strncmp(comm, "tandem-pool", 11) == 0;
}

/* NULL: no worker of ours, or one too many. */
static uint64_t *since_of(struct trace_walk *walk, int pid, const char *comm)
{
	for (unsigned i = 0; i < walk->workers; i++)
		if (walk->worker[i].pid == pid)
			return &walk->worker[i].since;
	if (!is_worker(comm) || !is_ours(walk, pid) || walk->workers == TRACE_WAITERS_MAX)
		return NULL;
	walk->worker[walk->workers].pid = pid;
	return &walk->worker[walk->workers++].since;
}

/* Were all of our threads listed? Then what others do is not ours. */
static bool is_known(const struct trace_walk *walk)
{
	return walk->ours->n && walk->ours->n < SLOW_THREADS_MAX;
}

/* NULL: not seen before, and not to be added, or one too many. */
static uint64_t *since_of_item(struct trace_walk *walk, uint64_t work, bool add)
{
	for (unsigned i = 0; i < walk->items; i++)
		if (walk->item[i].work == work)
			return &walk->item[i].since;
	if (!add || walk->items == TRACE_ITEMS_MAX)
		return NULL;
	walk->item[walk->items].work = work;
	return &walk->item[walk->items++].since;
}

static void begin(uint64_t *since, uint64_t at)
{
	if (since && !*since)
		*since = at;
}

static void end(const struct trace_walk *walk, struct hist *h, uint64_t *since, uint64_t at)
{
	if (!since || !*since)
		return;
	hist_add(h, clock_ns_between(*since, at, walk->ns_per_cycle));
	*since = 0;
}

/*
 * KVM injects for every virtual machine of the host: another's items are told from ours by who
 * queues them.
 */
static void queue_item(struct trace_walk *walk, const struct trace_event *e)
{
	uint64_t *since;

	if (strcmp(e->function, INJECT) != 0 || (is_known(walk) && !is_ours(walk, e->pid)))
		return;
	since = since_of_item(walk, e->work, true);
	/* One that is queued is not queued again: its start was lost. */
	if (since)
		*since = e->at;
}

void trace_waits_add(struct trace_waits *w, struct trace_walk *walk, const struct trace_event *e)
{
	if (walk->until && e->at >= walk->until)
		return;
	switch (e->kind) {
	case TRACE_WAKING:
	case TRACE_WAKEUP:
		begin(since_of(walk, e->pid, e->comm), e->at);
		break;
	case TRACE_SWITCH:
		end(walk, &w->worker, since_of(walk, e->next_pid, e->next_comm), e->at);
		break;
	case TRACE_WORK_QUEUE:
		queue_item(walk, e);
		break;
	case TRACE_WORK_START:
		if (strcmp(e->function, INJECT) == 0)
			end(walk, &w->work_item, since_of_item(walk, e->work, false), e->at);
		break;
	default:
		break;
	}
}
