// SPDX-License-Identifier: BSD-2-Clause
// What bench tcp and bench seed measure: a row for each combination.
#ifndef CLI_TCP_ROWS_H
#define CLI_TCP_ROWS_H

#include "bench/tcp/tcp.h"
#include "cli/guest_files.h"
#include "cli/options.h"

/* What a guest is told: of one that has MSI-X, and of one that has not. */
struct tcp_lines {
	char msi[GUEST_LINE_BYTES], pin[GUEST_LINE_BYTES];
};

/* Can a Linux guest have what was asked for? 0 or EXIT_USAGE (said why). */
int tcp_rows_check(const struct options *o);

/* bench seed: chooses what was not asked for, as far as this host has it; says what it has not. */
void tcp_rows_choose(struct options *o);
void tcp_rows_say(const struct options *o);

/* 0 or EXIT_USAGE (said why). */
int tcp_rows_lines(const struct guest_files *f, const struct option_set *set, struct tcp_lines *l);

/* Adds the rows, which keep the files' data and the lines. 0 or an exit code (said why). */
int tcp_rows_add(struct tcp_bench *b, const struct options *o, const struct guest_files *f,
		 const struct tcp_lines *l);

#endif
