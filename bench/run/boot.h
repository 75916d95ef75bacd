// SPDX-License-Identifier: BSD-2-Clause
// Two stock Linux guests booted in a child process, their consoles shown or listened to, until they
// end themselves, a signal comes or the time is over.
#ifndef BENCH_RUN_BOOT_H
#define BENCH_RUN_BOOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pair/pair.h"

/* Whoever follows what the guests do. Control thread. */
struct boot_listener {
	void *ctx;
	/* The guests are made. */
	void (*made)(void *ctx, struct pair *p);
	/* A line that a guest has printed, without what no terminal should get. */
	void (*line)(void *ctx, unsigned side, const char *line);
	/* After each look, `ms` behind the one before: 0; or -EIO, and why, which ends it all. */
	int (*look)(void *ctx, unsigned ms, char *why, size_t size);
	/* They have ended themselves; what they did can still be asked for. As look(). */
	int (*ended)(void *ctx, char *why, size_t size);
};

struct boot_spec {
	struct pair_config pair;    /* its kvm_fd is the child's to open */
	const char *console[SIDES]; /* files for what they print; NULL: nowhere, of a: stdout */
	uint32_t duration_ms;	    /* 0: until they end */
	uint32_t limit_ms;	    /* to come up in */
	bool unfiltered;	    /* without system call filters */
	bool quiet;		    /* of a: nowhere, too */
	const struct boot_listener *listener; /* NULL: none */
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

/* `tandem run`, whole. 0 or as cell_in_child(). *stop: a signal came. */
int boot_run(const struct boot_spec *spec, struct boot_result *out, bool *stop);

/*
 * The same for a child process of the caller's, which does nothing else: the guests are made and
 * gone within the call.
 */
void boot_pair(const struct boot_spec *spec, struct boot_result *out);

/* The last lines of a guest's console, as messages, in front of an error. How many. */
unsigned boot_show_last_lines(struct pair *p, unsigned side);

/* Which part of a result no honest child could have left; NULL: none. */
const char *boot_nonsense(const struct boot_result *r);

/* The parent, once cell_in_child() gave `err`: what that means for the result. */
void boot_take_failure(struct boot_result *out, int err);

#endif
