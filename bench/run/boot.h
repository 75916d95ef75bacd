// SPDX-License-Identifier: BSD-2-Clause
// `tandem run --guest=linux`: two stock Linux guests booted in a child process, their consoles
// shown, until they end themselves, a signal comes or the time is over.
#ifndef BENCH_RUN_BOOT_H
#define BENCH_RUN_BOOT_H

#include <stdbool.h>
#include <stdint.h>

#include "pair/pair.h"

struct boot_spec {
	struct pair_config pair;    /* its kvm_fd is the child's to open */
	const char *console[SIDES]; /* files for what they print; NULL: nowhere, of a: stdout */
	uint32_t duration_ms;	    /* 0: until they end */
	uint32_t limit_ms;	    /* to come up in */
	bool unfiltered;	    /* without system call filters */
};

/* Plain data: it comes back from the child through shared memory. */
struct boot_result {
	bool ok;
	bool cut; /* ended by a signal */
	bool host_cannot;
	bool violation;
	char error[256];    /* when not ok */
	int ended[SIDES];   /* enum pc_end */
	double up_s[SIDES]; /* since the start, when it came up; 0: it has not */
};

/* 0 or as cell_in_child(). *stop: a signal came. */
int boot_run(const struct boot_spec *spec, struct boot_result *out, bool *stop);

#endif
