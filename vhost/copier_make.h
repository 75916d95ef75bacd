// SPDX-License-Identifier: BSD-2-Clause
// What tandem's own backend is made of.
#ifndef VHOST_COPIER_MAKE_H
#define VHOST_COPIER_MAKE_H

#include "vhost/copier_state.h"

/*
 * Control thread: all that c->config asks for; half of it is there after an error. 0 or -errno
 * (logged).
 */
int copier_make(struct copier *c);

/*
 * Control thread, before its thread starts, with the rights that the threads will have. 0 or
 * -errno (logged).
 */
int copier_renew_ring(struct copier *c);

/* Control thread: frees what make_ports() has got so far. */
void copier_unmake_ports(struct copier *c);

#endif
