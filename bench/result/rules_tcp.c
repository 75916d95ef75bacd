// SPDX-License-Identifier: BSD-2-Clause
// What only results of bench tcp have. Beside them options, which are in their table.
#include "bench/result/rules.h"

static const struct rule phase[] = {
	{ "seconds", COUNT, OPTIONAL, NULL },
	{ "interrupts_a", COUNT, OPTIONAL, NULL },
	{ "interrupts_b", COUNT, OPTIONAL, NULL },
	{ "host_seconds", COUNT, OPTIONAL, NULL },
	{ "notifications", COUNT, OPTIONAL, NULL },
	{ "coalesced", COUNT, OPTIONAL, NULL },
	{ "frames_a", COUNT, OPTIONAL, NULL },
	{ "frames_b", COUNT, OPTIONAL, NULL },
	END,
};

static const struct rule net[] = {
	{ "retrans_segs", COUNT, OPTIONAL, NULL },
	{ "timeouts", COUNT, OPTIONAL, NULL },
	{ "spurious_rtos", COUNT, OPTIONAL, NULL },
	{ "fast_retrans", COUNT, OPTIONAL, NULL },
	{ "loss_probes", COUNT, OPTIONAL, NULL },
	{ "dsack_sent", COUNT, OPTIONAL, NULL },
	{ "dsack_received", COUNT, OPTIONAL, NULL },
	{ "out_of_order_queued", COUNT, OPTIONAL, NULL },
	END,
};

static const struct rule tcp[] = {
	{ "sent_bytes", COUNT, OPTIONAL, NULL },
	{ "received_bytes", COUNT, OPTIONAL, NULL },
	{ "acknowledged_bytes", COUNT, OPTIONAL, NULL },
	{ "round_trips", COUNT, OPTIONAL, NULL },
	{ "dsack_dups", COUNT, OPTIONAL, NULL },
	{ "rtt_us", OBJECT, OPTIONAL, rules_hist },
	{ "trip_us", OBJECT, OPTIONAL, rules_hist },
	{ "stream", OBJECT, OPTIONAL, phase },
	{ "rr", OBJECT, OPTIONAL, phase },
	{ "net_a", OBJECT, OPTIONAL, net },
	{ "net_b", OBJECT, OPTIONAL, net },
	END,
};

const struct rule rules_tcp[] = {
	{ "tcp", OBJECT, OPTIONAL, tcp },
	END,
};
