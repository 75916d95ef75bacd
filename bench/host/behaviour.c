// SPDX-License-Identifier: BSD-2-Clause
// Reads the preemption mode off how long a woken thread waits.
#include "bench/host/behaviour.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A wait that ended before this share of the batch was not ended by the batch. */
#define EARLY 0.9
/* Woken at once: a wait of less than this share, or than this many microseconds. */
#define AT_ONCE 0.05
#define AT_ONCE_US 30.0
/*
 * So many early waits in a hundred can come from other threads that take the CPU from the producer.
 */
#define NOISE 0.1
#define MOST 0.8
/*
 * A batch that took this much longer than the producer's CPU time was shared with others than the
 * waiter.
 */
#define SHARED 1.25
#define SHARED_NS 200000u

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *v)
{
	qsort(v, PROBE_BATCHES, sizeof(*v), compare);
	return (v[PROBE_BATCHES / 2 - 1] + v[PROBE_BATCHES / 2]) / 2;
}

static void sum_up(const struct probe_batch *batches, double *us, double *waited_us, double *early)
{
	double lengths[PROBE_BATCHES], waits[PROBE_BATCHES];
	unsigned n = 0;

	for (unsigned i = 0; i < PROBE_BATCHES; i++) {
		lengths[i] = (double)batches[i].batch_ns / 1e3;
		waits[i] = (double)batches[i].waited_ns / 1e3;
		n += waits[i] < EARLY * lengths[i];
	}
	*us = median(lengths);
	*waited_us = median(waits);
	*early = (double)n / PROBE_BATCHES;
}

static double share_disturbed(const struct probe_batch *batches)
{
	unsigned n = 0;

	for (unsigned i = 0; i < PROBE_BATCHES; i++)
		n += (double)batches[i].wall_ns > SHARED * (double)batches[i].batch_ns + SHARED_NS;
	return (double)n / PROBE_BATCHES;
}

static bool at_once(double waited_us, double batch_us, double early)
{
	return early > MOST && (waited_us < AT_ONCE_US || waited_us < AT_ONCE * batch_us);
}

/*
 * none and voluntary let the producer finish what cannot sleep, always; voluntary gives way at the
 * first mutex. Lazy gives way to a tick or at the slice's end, so some or all batches are cut, and
 * not at once.
 */
static const char *mode_of(const struct behaviour *b)
{
	if (b->disturbed > NOISE)
		return "unclear"; /* who waited did not wait for the producer alone */
	if (at_once(b->nops_waited_us, b->nops_us, b->nops_early))
		return "full";
	if (b->nops_early > NOISE)
		return "lazy";
	if (at_once(b->pipes_waited_us, b->pipes_us, b->pipes_early))
		return "voluntary";
	return b->pipes_early <= NOISE ? "none" : "unclear";
}

struct behaviour behaviour_of(const struct probe_result *r)
{
	struct behaviour b;

	sum_up(r->nops, &b.nops_us, &b.nops_waited_us, &b.nops_early);
	sum_up(r->pipes, &b.pipes_us, &b.pipes_waited_us, &b.pipes_early);
	b.disturbed = (share_disturbed(r->nops) + share_disturbed(r->pipes)) / 2;
	b.mode = mode_of(&b);
	return b;
}

bool behaviour_agrees(const struct behaviour *b, const char *declared)
{
	if (strcmp(declared, "rt") == 0)
		return strcmp(b->mode, "full") == 0 || strcmp(b->mode, "lazy") == 0;
	return strcmp(b->mode, declared) == 0;
}

static void behaviour_take(struct host *h, const struct behaviour *b)
{
	bool rt = *h->preempt_rt;

	snprintf(rt ? h->preempt_rt : h->preempt, sizeof(h->preempt), "%s", b->mode);
	snprintf(h->preempt_source, sizeof(h->preempt_source), "%sbehavioural probe",
		 rt ? "uname -v; " : "");
}

void behaviour_complete(struct host *h)
{
	struct probe_result *r;
	struct behaviour b;

	bool rt = strcmp(h->preempt_rt, "unknown") == 0;

	if (strcmp(h->preempt, "unknown") != 0 && !rt)
		return;
	r = malloc(sizeof(*r));
	if (r && probe_run(r, h->clock.hz) == 0) {
		b = behaviour_of(r);
		if (strcmp(b.mode, "unclear") != 0)
			behaviour_take(h, &b);
	}
	free(r);
}
