// SPDX-License-Identifier: BSD-2-Clause
// Values of options, for every subcommand that has options: one wording of each complaint.
#ifndef CLI_PARSE_H
#define CLI_PARSE_H

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>

/* Is it a whole number from min to max? Then *out is set. Says nothing. */
bool parse_is_number(const char *text, uint32_t min, uint32_t max, uint32_t *out);

/* Where results are to go: "-" for standard output, by its other name, too. */
const char *parse_output(const char *text);

/*
 * Is it a list of CPUs (lib/cpulist.h), and not an empty one? Then *missing is the first of them that this process may
 * not run on, or -1. Says nothing.
 */
bool parse_is_cpus(const char *text, cpu_set_t *out, int *missing);

/* The others return 0, or EXIT_USAGE after one message that names the option, its value and the way out. */
int parse_complain(const char *option, const char *value, const char *way_out);

int parse_number(const char *option, const char *text, uint32_t min, uint32_t max, uint32_t *out);
int parse_cpus(const char *option, const char *text, cpu_set_t *out);
int parse_real(const char *option, const char *text, double min, double max, double *out);

/*
 * Calls add(to, name) for each comma-separated part of `text`, or of `all` when "all" is what it says. An add()
 * that returns false makes it a complaint.
 */
int parse_list(void *to, const char *option, const char *text, const char *all,
	       bool (*add)(void *to, const char *name));

#endif
