// SPDX-License-Identifier: BSD-2-Clause
// What only results of tandem backend have.
#include "bench/result/rules.h"

static const struct rule ring[] = {
	{ "size", COUNT, OPTIONAL, NULL },
	{ "base", COUNT, OPTIONAL, NULL },
	{ "kicks", COUNT, OPTIONAL, NULL },
	{ "kicks_asked", COUNT, OPTIONAL, NULL },
	{ "needless_kicks", COUNT, OPTIONAL, NULL },
	{ "published", COUNT, OPTIONAL, NULL },
	{ "calls_wanted", COUNT, OPTIONAL, NULL },
	{ "polls", BOOL, OPTIONAL, NULL },
	END,
};
static const struct rule rings[] = {
	{ "rx", OBJECT, OPTIONAL, ring },
	{ "tx", OBJECT, OPTIONAL, ring },
	END,
};

static const struct rule pair[] = {
	{ "frames", COUNT, OPTIONAL, NULL },
	{ "bytes", COUNT, OPTIONAL, NULL },
	{ "rings", OBJECT, OPTIONAL, rings },
	END,
};

static const struct rule pairs[] = { { "", OBJECT, OPTIONAL, pair }, END };

static const struct rule stages[] = { { "*", OBJECT, OPTIONAL, rules_hist }, END };

static const struct rule front_end[] = {
	{ "frames", COUNT, OPTIONAL, NULL },
	{ "bytes", COUNT, OPTIONAL, NULL },
	{ "dropped", COUNT, OPTIONAL, NULL },
	{ "too_small", COUNT, OPTIONAL, NULL },
	{ "starved", COUNT, OPTIONAL, NULL },
	{ "notifications", COUNT, OPTIONAL, NULL },
	{ "coalesced", COUNT, OPTIONAL, NULL },
	{ "stages_us", OBJECT, OPTIONAL, stages },
	{ "stamps_lost", COUNT, OPTIONAL, NULL },
	{ "connections", COUNT, OPTIONAL, NULL },
	{ "reconnects", COUNT, OPTIONAL, NULL },
	{ "messages", COUNT, OPTIONAL, NULL },
	{ "refusals", COUNT, OPTIONAL, NULL },
	{ "features", ARRAY, OPTIONAL, rules_strings },
	{ "rings", OBJECT, OPTIONAL, rings },
	{ "pairs", ARRAY, OPTIONAL, pairs },
	END,
};
static const struct rule front_ends[] = {
	{ "a", OBJECT, OPTIONAL, front_end },
	{ "b", OBJECT, OPTIONAL, front_end },
	END,
};

const struct rule rules_backend[] = {
	{ "client", BOOL, OPTIONAL, NULL },
	{ "features_offered", ARRAY, OPTIONAL, rules_strings },
	{ "attached_s", COUNT, OPTIONAL, NULL },
	{ "bytes", COUNT, OPTIONAL, NULL },
	{ "too_small", COUNT, OPTIONAL, NULL },
	{ "front_ends", OBJECT, OPTIONAL, front_ends },
	END,
};
