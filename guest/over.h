// SPDX-License-Identifier: BSD-2-Clause
// The workloads that need a network device, once for each kind of ring.
#ifndef GUEST_OVER_H
#define GUEST_OVER_H

struct guest;

/*
 * Each in a file of its own: what a compiler makes of one workload is not to hang on the other,
 * which costs the receiver registers.
 */
struct streams {
	void (*give_buffers)(struct guest *g); /* all of them, before any workload */
	void (*send)(struct guest *g);
	void (*receive)(struct guest *g);
};

struct trips {
	void (*ping)(struct guest *g);
	void (*pong)(struct guest *g);
};

/* Split rings with event indices, split ones without, packed ones with and without. */
extern const struct streams streams_split, streams_flags, streams_packed; /* streams_*.c */
extern const struct trips trips_split, trips_flags, trips_packed;	  /* trips_*.c */

#endif
