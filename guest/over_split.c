// SPDX-License-Identifier: BSD-2-Clause
// The workloads over split rings with event indices: unless something else is asked for.
#include "over.h"

#include "rr_split.h"

#include "rr_over.h"
#include "stream_over.h"

const struct workloads over_split = {
	.give_buffers = guest_give_buffers,
	.stream_send = stream_send,
	.stream_receive = stream_receive,
	.rr_ping = rr_ping,
	.rr_pong = rr_pong,
};
