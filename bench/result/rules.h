// SPDX-License-Identifier: BSD-2-Clause
// How a rule of the results file is written: what a key may hold.
#ifndef BENCH_RESULT_RULES_H
#define BENCH_RESULT_RULES_H

#include <stdbool.h>
#include <stddef.h>

enum kind {
	STRING,
	NUMBER, /* finite, since JSON has no other */
	COUNT,	/* a number that is not below 0 */
	BOOL,
	OBJECT, /* its keys by `sub` */
	ARRAY,	/* its elements by `sub`, one rule */
	PAIR,	/* an array of two counts */
	MORE,	/* no key: the rules of `sub`, all optional, are among these, too */
};

enum need {
	OPTIONAL = false,
	REQUIRED = true, /* must be there, and not null */
	THERE,		 /* must be there, if only to say that there is none */
};

struct rule {
	const char *key; /* "*": every key that no rule before it names */
	enum kind kind;
	enum need required;
	const struct rule *sub;
};

#define END       \
	{         \
		0 \
	}

/* What only results of bench crowd, of bench pool, of bench tcp, and of backend have. */
extern const struct rule rules_crowd[];
extern const struct rule rules_pool[];
extern const struct rule rules_tcp[];
extern const struct rule rules_backend[];
extern const struct rule rules_topology[];

/* A distribution, and what every table needs. */
extern const struct rule rules_hist[];
extern const struct rule rules_counts[];  /* any keys */
extern const struct rule rules_strings[]; /* a list */

#endif
