// SPDX-License-Identifier: BSD-2-Clause
// Workload "echo": interrupt in, doorbell out; the floor below every notification, without virtio.
#ifndef GUEST_ECHO_H
#define GUEST_ECHO_H

struct guest;

void echo(struct guest *g);

#endif
