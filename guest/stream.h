// SPDX-License-Identifier: BSD-2-Clause
// Workload "stream": a windowed, reliable, one-way stream with cumulative acknowledgements.
#ifndef GUEST_STREAM_H
#define GUEST_STREAM_H

struct guest;

void stream_receive(struct guest *g);
void stream_send(struct guest *g);

#endif
