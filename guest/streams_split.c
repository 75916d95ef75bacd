// SPDX-License-Identifier: BSD-2-Clause
// Workload "stream" over split rings with event indices: unless others are asked for.
#include "over.h"

#include "stream_over.h"

const struct streams streams_split = {
	.give_buffers = guest_give_buffers,
	.send = stream_send,
	.receive = stream_receive,
};
