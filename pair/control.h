// SPDX-License-Identifier: BSD-2-Clause
// The bundled guest's control page and debug console, as the host sees them.
#ifndef PAIR_CONTROL_H
#define PAIR_CONTROL_H

#include "pair/machine.h"

#define CONTROL_BYTES 0x1000u

struct control {
	const char *name; /* the guest's, for its lines */
	struct machine *machine;
	int state;	/* enum tandem_state, as the guest last told */
	char line[128]; /* the debug console's */
	unsigned line_len;
	unsigned lines; /* shown so far */
};

/* The page, for the machine's windows; `ctx` of its functions is the control. */
struct vm_mmio control_window(struct control *c);

/* The debug console: a character. `ctx` is a control. */
void control_console(void *ctx, char c);

#endif
