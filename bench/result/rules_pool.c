// SPDX-License-Identifier: BSD-2-Clause
// What only results of bench pool have.
#include "bench/result/rules.h"

static const struct rule scope[] = {
	{ "pods", ARRAY, OPTIONAL, rules_strings },
	{ "same_as", ARRAY, OPTIONAL, rules_strings },
	{ "source", STRING, OPTIONAL, NULL },
	END,
};
static const struct rule scopes[] = { { "*", OBJECT, OPTIONAL, scope }, END };

const struct rule rules_topology[] = {
	{ "cpus", STRING, OPTIONAL, NULL },
	{ "scopes", OBJECT, OPTIONAL, scopes },
	END,
};

static const struct rule pool[] = {
	{ "kicks", COUNT, OPTIONAL, NULL },   { "coalesced", COUNT, OPTIONAL, NULL },
	{ "chained", COUNT, OPTIONAL, NULL }, { "repatriated", COUNT, OPTIONAL, NULL },
	{ "culled", COUNT, OPTIONAL, NULL },  END,
};

const struct rule rules_pool[] = {
	{ "engine", STRING, OPTIONAL, NULL },
	{ "producers", COUNT, OPTIONAL, NULL },
	{ "items_per_producer", COUNT, OPTIONAL, NULL },
	{ "workers", COUNT, OPTIONAL, NULL },
	{ "cull_ms", COUNT, OPTIONAL, NULL },
	{ "items_per_s", COUNT, OPTIONAL, NULL },
	{ "queue_us", OBJECT, OPTIONAL, rules_hist },
	{ "execute_us", OBJECT, OPTIONAL, rules_hist },
	{ "queued", COUNT, OPTIONAL, NULL },
	{ "executed", COUNT, OPTIONAL, NULL },
	{ "pool", OBJECT, OPTIONAL, pool },
	{ "x_condvar", COUNT, OPTIONAL, NULL },
	{ "x_gthreadpool", COUNT, OPTIONAL, NULL },
	{ "x_eventfd", COUNT, OPTIONAL, NULL },
	{ "host_cannot", BOOL, OPTIONAL, NULL },
	END,
};
