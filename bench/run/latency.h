// SPDX-License-Identifier: BSD-2-Clause
// Puts the host's and the guest's halves of each notification's stamps together.
#ifndef BENCH_RUN_LATENCY_H
#define BENCH_RUN_LATENCY_H

#include <stdbool.h>

#include "bench/stat/hist.h"
#include "bench/run/slow.h"
#include "tandem/abi.h"
#include "vhost/stamps.h"

/*
 * t0 decide, t1 worker starts, t2 eventfd written, t3 interrupt handler, t4 workload has the frame.
 */
enum stage { STAGE_WORKER, STAGE_WRITE, STAGE_HANDLER, STAGE_WORKLOAD, STAGES };

/* "worker", "write", "handler", "workload": names as in the JSON. */
const char *stage_name(enum stage s);

/* Plain data: can live in shared memory. */
struct latency {
	struct hist notify;	   /* t0 -> t3 */
	struct hist stage[STAGES]; /* t0->t1, t1->t2, t2->t3, t3->t4 */
	/*
	 * Every notification is exactly one of: sampled (notify.n), merged, found, coalesced, lost.
	 */
	uint64_t merged;    /* an earlier notification's interrupt served it too */
	uint64_t found;	    /* the guest saw the frames before an interrupt came */
	uint64_t coalesced; /* merged into a queued work item by the notifier */
	uint64_t lost;	    /* stamps overwritten before they were read: the reader was late */
	uint64_t spurious;  /* interrupts that brought nothing new */
	/*
	 * Jitter as RFC 3550 has it, not smoothed: how far the times t0 -> t3 of neighbours lie
	 * apart.
	 */
	double jitter_sum_ns;
	uint64_t jitter_n;
	struct slow_list slow; /* of this run: not merged */
};

/* A reader of one guest's stamps. Control thread. */
struct latency_reader {
	const struct stamps *host; /* NULL: the backend does not stamp */
	const struct tandem_report *guest;
	double ns_per_cycle;
	uint64_t host_next;
	uint64_t guest_next;
	int64_t last_ns; /* t0 -> t3 of the last sample; negative: there is none */
};

/* Mean jitter; NAN with fewer than two samples in a row. */
double latency_jitter_ns(const struct latency *l);

void latency_open(struct latency_reader *r, const struct stamps *host,
		  const struct tandem_report *guest, uint64_t clock_hz);

/* Takes all pairs complete by now; into `out`, or nowhere when NULL (warm-up). */
void latency_drain(struct latency_reader *r, struct latency *out);

/* Can this be what was drained? For what came from a process that is not trusted. */
bool latency_is_sane(const struct latency *l);

void latency_merge(struct latency *to, const struct latency *from);

#endif
