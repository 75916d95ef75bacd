// SPDX-License-Identifier: BSD-2-Clause
// Members of JSON objects, as every writer of results sets them: tests/keys looks for these calls.
#ifndef BENCH_RESULT_FIELD_H
#define BENCH_RESULT_FIELD_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* What JSON has no value for (NaN, a text that is not UTF-8) is unknown, not left out. */
static inline void set(json_t *o, const char *key, json_t *v)
{
	json_object_set_new(o, key, v ? v : json_null());
}

static inline void set_count(json_t *o, const char *key, uint64_t v)
{
	set(o, key, json_integer((json_int_t)v));
}

static inline void set_known(json_t *o, const char *key, bool known, uint64_t v)
{
	set(o, key, known ? json_integer((json_int_t)v) : json_null());
}

#endif
