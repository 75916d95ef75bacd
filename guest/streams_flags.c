// SPDX-License-Identifier: BSD-2-Clause
// Workload "stream" over split rings without event indices.
#define OVER_FLAGS
#include "over.h"

#include "stream_over.h"

const struct streams streams_flags = {
	.give_buffers = guest_give_buffers,
	.send = stream_send,
	.receive = stream_receive,
};
