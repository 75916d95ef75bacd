// SPDX-License-Identifier: BSD-2-Clause
// Workload "rr": request and response, one at a time; every instruction is latency.
#ifndef GUEST_RR_H
#define GUEST_RR_H

struct guest;

void rr_ping(struct guest *g);
void rr_pong(struct guest *g);

#endif
