// SPDX-License-Identifier: BSD-2-Clause
// A guest of several CPUs: they meet, work until told to stop, and meet again.
#ifndef GUEST_CROWD_MAIN_H
#define GUEST_CROWD_MAIN_H

#include <stdint.h>

struct guest;
struct tandem_boot;

/* CPU 0, from guest_main(). */
void crowd_main(struct guest *g) __attribute__((noreturn));

/* The others, on their own stacks. */
void crowd_secondary(struct guest *g, struct tandem_boot *boot, uint32_t cpu)
	__attribute__((noreturn));

#endif
