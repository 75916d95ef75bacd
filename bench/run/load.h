// SPDX-License-Identifier: BSD-2-Clause
// Open loop: the schedule of arrivals, and latency from the intended time.
#ifndef BENCH_RUN_LOAD_H
#define BENCH_RUN_LOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "bench/stat/hist.h"
#include "tandem/abi.h"

/*
 * How far apart frames are to be sent: exponentially distributed, uniformly from 0 to twice the
 * mean, always the mean.
 */
enum arrivals { ARRIVALS_POISSON, ARRIVALS_UNIFORM, ARRIVALS_FIXED, ARRIVALS_KINDS };

const char *arrivals_name(enum arrivals a);
bool arrivals_find(const char *name, enum arrivals *a);

struct load_spec {
	uint32_t rate; /* frames per second; 0: closed loop */
	enum arrivals arrivals;
	uint64_t seed;
};

/*
 * Fills in what the guest reads. The schedule's mean rate is exact. It begins at a random phase
 * within 10 ms, which is at least a tick of the host.
 */
void load_fill(struct tandem_load *page, const struct load_spec *spec, uint64_t clock_hz);

/* When frame `seq` was to be sent, and how many frames were to be sent before `t`. Clock cycles. */
uint64_t load_intended(const struct tandem_load *page, uint64_t seq);
uint64_t load_due(const struct tandem_load *page, uint64_t t);

/* Plain data: can live in shared memory. */
struct load_result {
	struct hist latency; /* from the intended time until b has the frame, or a the response */
	struct hist sending; /* stream: from the intended time until a begins to send */
	uint64_t offered;    /* frames whose intended time was in the window */
	uint64_t served;     /* accepted in the window, whenever they were due */
	uint64_t unsent;   /* of the offered, never sent: in `latency` with their age at the end */
	uint64_t unmarked; /* frames whose marks were overwritten before they were read */
	bool overload;
	uint64_t seed;
};

/* A reader of one guest's marks. Control thread. */
struct load_reader {
	const struct tandem_load *schedule; /* guest a's */
	const struct tandem_load *marks;    /* either guest's */
	uint64_t period;		    /* the schedule's, as the host has filled it in */
	double ns_per_cycle;
	uint64_t next; /* mark */
	uint64_t seq;  /* all below is accounted for */
};

void load_open(struct load_reader *r, const struct tandem_load *schedule,
	       const struct tandem_load *marks, uint64_t clock_hz);

/*
 * Takes all marks made by now. Latencies of frames whose intended time is within [from, to) go into
 * `out` (NULL: nowhere). Returns of how many frames marks were lost.
 */
uint64_t load_drain(struct load_reader *r, uint64_t from, uint64_t to, struct hist *out);

/*
 * The window [from, to) is over and nothing runs any more. `sent`: frames that a has ever sent;
 * accepted: at `from` and at `to`.
 */
void load_finish(const struct load_reader *r, uint64_t from, uint64_t to, uint64_t sent,
		 const uint64_t accepted[2], struct load_result *out);

/* Can this be a result? For one that came from a process that is not trusted. */
bool load_is_sane(const struct load_result *r);

void load_merge(struct load_result *to, const struct load_result *from);

#endif
