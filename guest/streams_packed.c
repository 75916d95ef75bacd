// SPDX-License-Identifier: BSD-2-Clause
// Workload "stream" over packed rings.
#define OVER_PACKED
#include "over.h"

#include "stream_over.h"

const struct streams streams_packed = {
	.give_buffers = guest_give_buffers,
	.send = stream_send,
	.receive = stream_receive,
};
