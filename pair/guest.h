// SPDX-License-Identifier: BSD-2-Clause
// What runs in a machine: how it gets there, how it is asked to end, what it reports.
#ifndef PAIR_GUEST_H
#define PAIR_GUEST_H

#include "pair/machine.h"
#include "tandem/abi.h"

struct stock_config;

struct guest_config {
	struct tandem_boot boot; /* all but where things are, which is filled in */
	/* accel kvm: an ELF executable instead; NULL: the bundled one. For tests. */
	const void *image;
	uint64_t image_bytes;
	const struct stock_config *stock; /* of a Linux guest, all there is */
};

/* All calls are the control thread's. */
struct guest_ops {
	const char *name;
	/* 0 or -errno (logged) */
	int (*load)(struct machine *m, const struct guest_config *config);
	void (*ask_to_end)(struct machine *m);
	/*
	 * What it reports: guest memory, so any value may be there, and it may change while
	 * read; NULL: nothing.
	 */
	const struct tandem_report *(*report)(const struct machine *m);
};

/* The guest inside tandem's executable; as host threads the same C. */
extern const struct guest_ops guest_bundled;

/* Why a machine or the guest in it could not go on, in words. */
void guest_explain(const struct machine *m, const struct guest_ops *guest, char *text,
		   unsigned bytes);

#endif
