// SPDX-License-Identifier: BSD-2-Clause
// The baselines on a report's page.
#ifndef BENCH_SHOW_REPORT_FLOORS_H
#define BENCH_SHOW_REPORT_FLOORS_H

#include <jansson.h>
#include <stdio.h>

struct results;

#define REPORT_FLOORS_MAX 64u

/* A floor that some of the file's cells have in common: those of one mode and frame size do. */
struct report_floor {
	const json_t *json;
	const char *preempt;
};

/* All of them, each once. How many. */
unsigned report_floors(const struct results *f, struct report_floor out[REPORT_FLOORS_MAX]);

/* A file's baselines, each once: those that were measured alone, or those of its cells. */
void report_html_floors(const struct results *f, FILE *to);

#endif
