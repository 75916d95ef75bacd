// SPDX-License-Identifier: BSD-2-Clause
// What is collected while two front ends of other programs are served: the host's half of the
// stamps, and for how long both sides were there.
#ifndef BENCH_RUN_SESSION_H
#define BENCH_RUN_SESSION_H

#include "bench/stat/hist.h"
#include "pair/pair.h"
#include "vhost/doors.h"

/* Stamps are kept for 8192 notifications a side: who looks so often loses none up to 800,000/s. */
#define SESSION_LOOK_MS 10u

/* Of the notifications to one front end. */
struct session_side {
	uint64_t next;	    /* the stamp to be read next */
	struct hist worker; /* t0 -> t1 */
	struct hist write;  /* t1 -> t2 */
	uint64_t lost;	    /* overwritten before they were read */
};

struct session {
	double ns_per_cycle;
	uint64_t begun_ns, looked_ns; /* CLOCK_MONOTONIC */
	uint64_t attached_ns;	      /* rings of both sides ran for so long */
	struct session_side side[SIDES];
};

/* Control thread, all of them. */
void session_begin(struct session *s, uint64_t clock_hz);

/* Takes what has come since; meant for every SESSION_LOOK_MS. */
void session_look(struct session *s, const struct doors *d);

/* The same once the doors are stopped: what was never delivered counts as lost. */
void session_end(struct session *s, const struct doors *d);

/* Of one side's stamps, for the functions above; `last`: no more will come. */
void session_drain(struct session_side *s, const struct stamps *stamps, double ns_per_cycle,
		   bool last);

#endif
