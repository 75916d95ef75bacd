// SPDX-License-Identifier: BSD-2-Clause
// The crowd's rows: workloads at several ratios of vCPUs to CPUs.
#include "bench/crowd/crowd.h"

#include <math.h>
#include <string.h>

const struct crowd_workload crowd_workloads[] = {
	{ "ticket",
	  "all vCPUs of a guest take one ticket lock, over and "
	  "over",
	  CROWD_TICKET, true },
	{ "tas", "the same with a test-and-set lock", CROWD_TAS, true },
	{ "unicast", "each interrupts a random other vCPU, waits for its acknowledgement",
	  CROWD_UNICAST, true },
	{ "broadcast", "each interrupts all others, waits for all: a TLB shootdown's shape",
	  CROWD_BROADCAST, true },
	{ "async", "as unicast, but does not wait", CROWD_ASYNC, false },
	{ NULL, NULL, 0, false },
};

const struct crowd_workload *crowd_workload_find(const char *name, size_t len)
{
	for (const struct crowd_workload *w = crowd_workloads; w->name; w++)
		if (strlen(w->name) == len && strncmp(w->name, name, len) == 0)
			return w;
	return NULL;
}

double crowd_per_s(const struct crowd_spec *s, const struct crowd_result *r)
{
	uint64_t n = crowd_is_lock(s->workload->kind) ? r->counters.handoffs : r->counters.acks;

	return r->duration_s > 0 ? (double)n / r->duration_s : 0;
}

double crowd_row_per_s(const struct crowd_row *row)
{
	return row->over.n ? row->over.summary[METRIC_ROUND_TRIPS].median : NAN;
}

double crowd_share(uint64_t n, uint64_t of)
{
	double share = of ? (double)n / (double)of : 0;

	/*
	 * A wait that ends while counters are read may be in one of them already, and in the other
	 * not yet.
	 */
	return share > 1 ? 1 : share;
}
