// SPDX-License-Identifier: BSD-2-Clause
// What each key of a results file may hold.
#ifndef BENCH_RESULT_RESULTS_RULES_H
#define BENCH_RESULT_RESULTS_RULES_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Checks a whole document. true; else *why says "results[2].gbps: a number is wanted, this is a
 * string".
 */
bool results_check(const json_t *doc, char *why, size_t size);

/*
 * The same of a document that this version has written: there is a rule for each of its keys. Null
 * may be anything, for bench pool has no guests.
 */
bool results_check_own(const json_t *doc, char *why, size_t size);

#endif
