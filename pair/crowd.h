// SPDX-License-Identifier: BSD-2-Clause
// Several guests of several CPUs each on one set of CPUs: made, started, looked at, stopped as one.
#ifndef PAIR_CROWD_H
#define PAIR_CROWD_H

#include "pair/pair.h"
#include "tandem/crowd.h"
#include "vmm/stats.h"

#define CROWD_GUESTS_MAX 64u

struct crowd_setup {
	const struct accel_ops *accel;
	int kvm_fd;		    /* the caller's; accel kvm only */
	unsigned guests;	    /* 1 to CROWD_GUESTS_MAX */
	struct crowd_config config; /* of each guest; config.cpus: 1 to CROWD_CPUS_MAX */
	int64_t halt_poll_ns;	    /* accel kvm; -1: the host's setting */
	bool no_pause_exits;	    /* accel kvm, x86 */
	bool confine;		    /* each vCPU's thread gets a system call filter */
	uint64_t clock_hz;
	cpu_set_t cpus; /* all vCPUs may run on all of them */
};

struct crowd;

/* Control thread: everything that can fail is made here; nothing runs. 0 or -errno (logged). */
int crowd_create(struct crowd **out, const struct crowd_setup *setup);

/* Control thread: starts all vCPUs. 0 or -errno (logged). */
int crowd_start(struct crowd *c);

/*
 * Control thread: asks all guests to finish what they have begun and end; crowd_state() tells
 * when they have.
 */
void crowd_ask_to_end(struct crowd *c);

/* Control thread: stops them whatever they were doing. What they have written stays readable. */
void crowd_stop(struct crowd *c);
void crowd_destroy(struct crowd *c); /* accepts NULL */

/* Any thread. */
enum pair_state crowd_state(const struct crowd *c, unsigned guest);

/* Control thread: why a guest failed, in words. */
bool crowd_lacks_threads(const struct crowd *c,
			 unsigned guest); /* has it failed for want of threads? */
void crowd_failure(const struct crowd *c, unsigned guest, char *text, unsigned bytes);

/* What a guest writes: guest memory, so any value may be there, and it may change while read. */
const struct crowd_page *crowd_report(const struct crowd *c, unsigned guest);

/* The thread of a guest's vCPU. */
pid_t crowd_tid(const struct crowd *c, unsigned guest, unsigned vcpu);

/* Control thread: KVM's counters of all guests, added to `out`. -ENOSYS: there are none. */
int crowd_stats(const struct crowd *c, struct vm_stats *out);

#endif
