// SPDX-License-Identifier: BSD-2-Clause
// Workload "rr" over split rings with event indices: unless others are asked for.
#include "over.h"

#include "rr_split.h"

#include "rr_over.h"

const struct trips trips_split = {
	.ping = rr_ping,
	.pong = rr_pong,
};
