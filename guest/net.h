// SPDX-License-Identifier: BSD-2-Clause
// Bringing up the virtio-net device (virtio 1.2, 3.1.1), whatever its transport.
#ifndef GUEST_NET_H
#define GUEST_NET_H

struct guest;

/* Brings the device up (virtio 1.2, 3.1.1) with both queues laid out in the heap. */
void net_start(struct guest *g);

#endif
