// SPDX-License-Identifier: BSD-2-Clause
// A worker between the kernel's vhost and a guest: the one signals it, and it writes the irqfd.
#ifndef VHOST_RELAY_H
#define VHOST_RELAY_H

#include "vhost/notify.h"
#include "vhost/notify_thread.h"

struct relay {
	struct notify_thread thread; /* its wake_fd is what the kernel signals */
	struct notify_target to;     /* index and stamps are not used */
	bool writing;		     /* it may be about to write the irqfd */
};

/* Control thread: what takes descriptors; it is not running. 0 or -errno. */
int relay_init(struct relay *r, int fifo, const struct filter_rule *filter);
void relay_fini(struct relay *r); /* accepts one that init() refused */

/* Control thread: its worker runs on `cpus`, under `name`. 0 or -errno. */
int relay_start(struct relay *r, const char *name, const cpu_set_t *cpus);
void relay_stop(struct relay *r); /* joins it; harmless if it does not run */

/* Backend thread: the irqfd is `call_fd` from now on; -1: there is none, and when this returns the
 * last one is not touched any more. */
void relay_aim(struct relay *r, int call_fd);

#endif
