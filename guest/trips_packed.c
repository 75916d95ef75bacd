// SPDX-License-Identifier: BSD-2-Clause
// Workload "rr" over packed rings.
#define OVER_PACKED
#include "over.h"

#include "rr_any.h"

#include "rr_over.h"

const struct trips trips_packed = {
	.ping = rr_ping,
	.pong = rr_pong,
};
