// SPDX-License-Identifier: BSD-2-Clause
// Workload "rr" over split rings without event indices.
#define OVER_FLAGS
#include "over.h"

#include "rr_any.h"

#include "rr_over.h"

const struct trips trips_flags = {
	.ping = rr_ping,
	.pong = rr_pong,
};
