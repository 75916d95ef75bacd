// SPDX-License-Identifier: BSD-2-Clause
// The contract between tandem and a guest of several CPUs (workload TANDEM_CROWD): what to do, what
// came of it.
#ifndef TANDEM_CROWD_H
#define TANDEM_CROWD_H

#include <stdint.h>

#include "tandem/abi.h"
#include "tandem/cycles.h"

#define CROWD_CPUS_MAX 16u
#define CROWD_PAGE_OFFSET TANDEM_HEAP_OFFSET

enum crowd_kind {
	CROWD_TICKET = 1, /* all CPUs take one ticket lock, over and over */
	CROWD_TAS = 2,	  /* the same with a test-and-set lock */
	CROWD_UNICAST =
		3, /* each CPU interrupts a random other one and waits for its acknowledgement */
	CROWD_BROADCAST = 4, /* each interrupts all others and waits for all */
	CROWD_ASYNC = 5,     /* each interrupts a random other one and goes on */
};

/* config.flags */
#define CROWD_STEAL 0x1u /* use the host's steal-time page where there is one */
#define CROWD_YIELD 0x2u /* ask the host to run a CPU it has preempted when we wait for that */
#define CROWD_IDLE 0x4u	 /* IPIs: only CPU 0 sends; the others halt in between */
#define CROWD_MISBEHAVE_FAULT 0x8u /* for tests: the last CPU faults once all are up */

struct crowd_config {
	uint32_t kind;
	uint32_t cpus;
	uint32_t flags;
	uint32_t reserved;
	uint64_t section_cycles; /* length of the critical section */
	uint64_t think_cycles;	 /* between two operations, on average */
	uint64_t jump_cycles;	 /* a clock that jumps by more: this CPU did not run meanwhile */
};

enum crowd_hist {
	/* lock: from wanting it to having it; IPI: from sending to the last acknowledgement */
	CROWD_WAIT,
	CROWD_WAIT_PREEMPTED, /* those of the above during which holder or target was preempted */
	CROWD_HOLD,	      /* lock: from having it to giving it up */
	/* lock: from the last release to having it; IPI: from sending to the handler */
	CROWD_HANDOFF,
	CROWD_HISTS,
};

/* Counters of one CPU; only it writes them, they only grow. */
struct crowd_counters {
	/* lock: acquisitions; IPI: requests all of whose acknowledgements came */
	uint64_t operations;
	uint64_t handoffs; /* lock: acquisitions after another CPU's */
	uint64_t acks;	   /* IPI: acknowledgements received */
	uint64_t handled;  /* IPI: requests of others served */
	uint64_t merged;   /* IPI: requests that found the target's interrupt already on its way */
	uint64_t busy;	   /* async: not sent, since the last one was not yet acknowledged */
	uint64_t interrupts;  /* taken */
	uint64_t spins;	      /* turns of wait loops */
	uint64_t wait_cycles; /* sum of CROWD_WAIT */
	uint64_t spun_cycles; /* of these, without the jumps of this CPU's own clock */
	/* Why a wait took long. The first that holds, so that each wait counts once. */
	uint64_t wait_holder;	     /* the holder (target) was preempted meanwhile */
	uint64_t wait_holder_cycles; /* their sum */
	uint64_t wait_queue;	     /* ticket: one before us was not there when its turn came */
	uint64_t wait_queue_cycles;
	uint64_t wait_self; /* we lost the CPU ourselves while waiting */
	uint64_t wait_self_cycles;
	uint64_t held_jumps;  /* critical sections in which the clock jumped */
	uint64_t held_steals; /* critical sections in which stolen time grew */
	uint64_t jumps;	      /* of the clock, wherever */
	uint64_t jump_cycles;
	uint64_t yields; /* hypercalls: run that CPU, please */
};

struct crowd_cpu {
	/*
	 * As the host fills it (x86: struct kvm_steal_time): stolen ns first, "preempted" in byte
	 * 16.
	 */
	uint64_t steal[8];
	uint64_t seen;	    /* this CPU's clock when it last looked at it; 0: asleep */
	uint64_t jumped_to; /* where its last jump ended */
	uint64_t reserved[6];
	uint32_t pending; /* IPI: bit n: CPU n has a request for this one */
	uint32_t asleep;  /* hosted: wake it */
	uint32_t reserved2[14];
	uint32_t request[CROWD_CPUS_MAX]; /* this CPU's to each other: a sequence number */
	uint64_t sent_at[CROWD_CPUS_MAX]; /* when, by its clock */
	/*
	 * Its answers to each other: their sequence number << 1 | it had lost its CPU since it was
	 * sent; when.
	 */
	uint32_t ack[CROWD_CPUS_MAX];
	uint64_t ack_at[CROWD_CPUS_MAX];
	struct crowd_counters counters;
	uint64_t hist[CROWD_HISTS][CYCLES_BUCKETS];
} __attribute__((aligned(64)));

/* What is contended has cache lines of its own. */
struct crowd_lock {
	uint32_t next; /* ticket: the next to be drawn; test-and-set: the lock */
	uint32_t reserved1[15];
	uint32_t owner; /* ticket: the one whose turn it is */
	uint32_t reserved2[15];
	/* Written only by who holds the lock, but read while waiting. */
	uint32_t holder;    /* CPU, + 1; 0: nobody yet */
	uint32_t preempted; /* critical sections whose holder was preempted */
	uint32_t late;	    /* ticket: turns whose owner was not there */
	uint32_t reserved3;
	uint64_t released; /* clock */
	uint64_t reserved4[5];
};

struct crowd_page {
	struct crowd_config config;
	uint32_t steal_found;  /* CPUs that have a steal-time page */
	uint32_t yield_found;  /* CPUs whose host offers KVM_HC_SCHED_YIELD */
	uint32_t arrived;      /* CPUs that are up */
	uint32_t go;	       /* all are: start */
	uint32_t left;	       /* CPUs that have finished after boot.stop */
	uint32_t senders_left; /* IPI: CPUs that send no more */
	uint32_t reserved[6];
	struct crowd_lock lock __attribute__((aligned(64)));
	struct crowd_cpu cpu[CROWD_CPUS_MAX];
};

#define CROWD_RAM_BYTES (CROWD_PAGE_OFFSET + (2u << 20))
_Static_assert(sizeof(struct crowd_page) <= CROWD_RAM_BYTES - CROWD_PAGE_OFFSET,
	       "the crowd's page overflows");
_Static_assert(TANDEM_STACK_OFFSET - CROWD_CPUS_MAX * TANDEM_STACK_BYTES >=
		       TANDEM_IMAGE_OFFSET + TANDEM_IMAGE_MAX,
	       "the crowd's stacks overlap the image");

#endif
