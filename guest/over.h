// SPDX-License-Identifier: BSD-2-Clause
// The workloads that need a network device, once for each kind of ring.
#ifndef GUEST_OVER_H
#define GUEST_OVER_H

struct guest;

struct workloads {
	void (*give_buffers)(struct guest *g); /* all of them, before any workload */
	void (*stream_send)(struct guest *g);
	void (*stream_receive)(struct guest *g);
	void (*rr_ping)(struct guest *g);
	void (*rr_pong)(struct guest *g);
};

extern const struct workloads over_split;  /* over_split.c: with event indices */
extern const struct workloads over_flags;  /* over_flags.c: split rings without */
extern const struct workloads over_packed; /* over_packed.c: with and without */

#endif
