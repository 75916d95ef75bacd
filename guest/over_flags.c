// SPDX-License-Identifier: BSD-2-Clause
// The workloads over split rings without event indices.
#define OVER_FLAGS
#include "over.h"

#include "rr_any.h"

#include "rr_over.h"
#include "stream_over.h"

const struct workloads over_flags = {
	.give_buffers = guest_give_buffers,
	.stream_send = stream_send,
	.stream_receive = stream_receive,
	.rr_ping = rr_ping,
	.rr_pong = rr_pong,
};
