// SPDX-License-Identifier: BSD-2-Clause
// The baselines below every result, measured in the same run under the same placement.
#ifndef BENCH_RUN_FLOOR_H
#define BENCH_RUN_FLOOR_H

#include "bench/run/cell.h"

struct floor_result {
	uint32_t frame_bytes; /* of the memcpy floor */
	double memcpy_gbps; /* one core copying the same frames between the same number of slots */
	struct hist pingpong; /* eventfd, thread to thread and back: backend and guest B's CPUs */
	/* irqfd -> handler -> doorbell, one guest, no virtio; empty without KVM */
	struct hist echo;
	bool ok;
	char error[256];
};

/* Measures each for duration_ms. As cell_run(). */
int floor_run(const struct cell_spec *spec, struct floor_result *out, bool *stop);

/* Of the eventfds with host threads, else of the irqfd. */
const struct hist *floor_rounds(const struct floor_result *f, const struct accel_ops *accel);

/*
 * Do its rounds agree with each other? Else the host was busy with something, and a multiple of
 * them says little.
 */
bool floor_is_steady(const struct floor_result *f, const struct accel_ops *accel);

/*
 * What one rr round trip is made of at least: two echoes, or two eventfd ping-pongs; us. 0:
 * unknown. Their mean, for what is divided by it is a mean, too: a heavy tail of the host is in
 * both.
 */
double floor_round_trip_us(const struct floor_result *f, const struct accel_ops *accel);

#endif
