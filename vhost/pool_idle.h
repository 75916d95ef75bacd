// SPDX-License-Identifier: BSD-2-Clause
// What a pool decides under its lock: which worker an item wakes, who rests, who is culled.
#ifndef VHOST_POOL_IDLE_H
#define VHOST_POOL_IDLE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * No threads and no lock in here: the caller holds the lock around each call, and carries out
 * what is answered. tests/unit/vhost/pool_model.c runs these same functions in every order there
 * is.
 *
 * A worker is in one of these states. Only an idle one is on the list, so only an idle one can be
 * kicked or culled: one that has been kicked and has not run yet is out of the cull's reach.
 *
 *      GONE --add--> RUNNING --rest--> IDLE --queue, chain--> KICKED --woken--> RUNNING
 *                                       +----cull----> DYING --woken--> GONE
 */
enum pool_state { POOL_GONE, POOL_RUNNING, POOL_IDLE, POOL_KICKED, POOL_DYING };

#define POOL_SLOTS_MAX 2048u
#define POOL_NOBODY (-1)

/* How many items may wait for the worker that has been kicked before it kicks another in turn. */
#define POOL_BACKLOG 1u

/* Embedded in what is to be done. Queued at most once at a time; `fn` must not block. */
struct pool_item {
	struct pool_item *next;
	/*
	 * t1: when the worker that runs it was awake, in cycles; 0: no worker, the pool is
	 * stopping.
	 */
	void (*fn)(struct pool_item *item, uint64_t t1);
};

struct pool_slot {
	uint64_t idle_since;
	int16_t above, below; /* its neighbours on the idle list */
	uint8_t state;
};

struct pool_idle {
	struct pool_item *head, *tail;
	unsigned nitems;
	int16_t top, bottom; /* of the idle list: who slept least, who slept longest */
	uint16_t nslots;
	uint16_t alive;	  /* neither GONE nor DYING */
	uint16_t kicked;  /* in state KICKED */
	uint16_t running; /* in state RUNNING */
	unsigned enough;  /* as many as can run at a time: one more that is woken would only wait */
	struct pool_slot *slot;
};

/* All slots GONE, no items; the workers have `enough` CPUs (1 or more) for that many of them. */
void pool_idle_init(struct pool_idle *l, struct pool_slot *slots, unsigned nslots, unsigned enough);

/* A GONE worker begins: RUNNING. */
void pool_idle_add(struct pool_idle *l, int worker);

/* It could not be started after all. */
void pool_idle_drop(struct pool_idle *l, int worker);

/*
 * Appends an item. Returns the worker that the caller must wake now, or POOL_NOBODY: one that
 * was kicked before and does not run yet will find it, or enough are running, or all, and will.
 */
int pool_idle_queue(struct pool_idle *l, struct pool_item *item);

/* After a take: more wait than one worker should do. The worker to wake, or POOL_NOBODY. */
int pool_idle_chain(struct pool_idle *l);

/* The worker itself, awake: what is it to do? */
enum pool_woken { POOL_SLEEP_ON, POOL_WORK, POOL_DIE };
enum pool_woken pool_idle_woken(struct pool_idle *l, int worker);

/* The oldest item, or NULL. */
struct pool_item *pool_idle_take(struct pool_idle *l);

/* A RUNNING worker that found no item goes to the top of the idle list. */
void pool_idle_rest(struct pool_idle *l, int worker, uint64_t now);

/*
 * Ends the worker that has been idle longest, if since before `before` and if `keep` (1 or more)
 * are left. The caller must wake it; POOL_NOBODY: there is none.
 */
int pool_idle_cull(struct pool_idle *l, uint64_t before, unsigned keep);

/* Of a pool or a pod. */
struct pool_stats {
	uint64_t queued;
	uint64_t kicks;	    /* workers woken for an item when it was queued */
	uint64_t coalesced; /* the others: items left to a worker that was on its way or running */
	uint64_t chained;   /* workers woken by workers, for a backlog */
	/* kicks of a worker that had strayed from its pod, and was sent home */
	uint64_t repatriated;
	uint64_t culled;
};

#endif
