// SPDX-License-Identifier: BSD-2-Clause
// What rules of several kinds of results have in common.
#include "bench/result/rules.h"

const struct rule rules_counts[] = { { "*", COUNT, false, NULL }, END };
const struct rule rules_strings[] = { { "", STRING, true, NULL }, END };

static const struct rule pair_element[] = { { "", PAIR, true, NULL }, END };
const struct rule rules_hist[] = {
	{ "n", COUNT, true, NULL },
	{ "mean", COUNT, false, NULL },
	{ "p50", COUNT, false, NULL },
	{ "p90", COUNT, false, NULL },
	{ "p95", COUNT, false, NULL },
	{ "p99", COUNT, false, NULL },
	{ "p99_9", COUNT, false, NULL },
	{ "max", COUNT, false, NULL },
	{ "above_100us", COUNT, false, NULL },
	{ "above_1ms", COUNT, false, NULL },
	{ "curve", ARRAY, false, pair_element },
	{ "buckets", ARRAY, false, pair_element },
	END,
};
