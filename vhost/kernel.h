// SPDX-License-Identifier: BSD-2-Clause
// The kernel's backend, vhost-net: a thread of the kernel's for each guest, and a bridge between.
#ifndef VHOST_KERNEL_H
#define VHOST_KERNEL_H

#include "vhost/backend.h"
#include "vhost/wire.h"

extern const struct backend_ops backend_kernel;

/*
 * Control thread: could it be made here, for frames of any size? It is tried. 0; or -errno, with
 * what is missing and the way out in `why`.
 */
int kernel_check(char why[WIRE_WHY_BYTES]);
/* The same: can its threads run so? Nothing but /dev/vhost-net is tried. */
int kernel_check_thread(enum vhost_thread which, char why[WIRE_WHY_BYTES]);

#endif
