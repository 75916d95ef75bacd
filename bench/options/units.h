// SPDX-License-Identifier: BSD-2-Clause
// Numbers with units, as they are typed: 3s, 500ms, 64K, 2k.
#ifndef BENCH_OPTIONS_UNITS_H
#define BENCH_OPTIONS_UNITS_H

#include "bench/options/table.h"

/*
 * Reads digits, perhaps with a point, and perhaps a unit behind them; no sign, no exponent. *out is
 * in `unit`, which a bare number has. false: it is something else.
 */
bool units_parse(const char *text, enum option_unit unit, double *out);

/* "seconds"; "" where a number is just a number. */
const char *units_name(enum option_unit unit);

/* Examples of what may follow a number: "500ms or 3s"; NULL: nothing worth saying. */
const char *units_examples(enum option_unit unit);

#endif
