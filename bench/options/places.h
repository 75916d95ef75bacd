// SPDX-License-Identifier: BSD-2-Clause
// Values that are CPUs.
#ifndef BENCH_OPTIONS_PLACES_H
#define BENCH_OPTIONS_PLACES_H

#include <sched.h>

#include "bench/options/table.h"
#include "pair/pair.h"

/* As option_check(): is it a list of CPUs that this process may run on; or one for each role? */
int option_check_cpus(const struct option_row *row, const char *text);
int option_check_places(const struct option_row *row, const char *text);

/* Of a text that was checked: adds its CPUs to the set. */
void option_read_cpus(const char *text, cpu_set_t *set);

/*
 * The same for the sets of the roles that it names. *named, a bit each: those that were named
 * already; the sets of others are emptied first.
 */
void option_read_places(const char *text, cpu_set_t set[ROLES], unsigned *named);

#endif
