// SPDX-License-Identifier: BSD-2-Clause
// What a guest reports of itself: its state, and why it failed.
#ifndef GUEST_REPORT_H
#define GUEST_REPORT_H

#include <stdint.h>

#include "tandem/abi.h"

struct guest;

/* Says why in the report and on the console, and ends the guest. */
void guest_fail(struct guest *g, enum tandem_failure why, uint64_t a, uint64_t b, uint64_t c,
		uint64_t d) __attribute__((noreturn));

/* Tells the host the guest's state: report page and doorbell. */
void guest_set_state(struct guest *g, enum tandem_state state);

#endif
