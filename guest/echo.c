// SPDX-License-Identifier: BSD-2-Clause
// Workload "echo": interrupt in, doorbell out; the floor below every notification, without virtio.
#include "echo.h"

#include "guest.h"

void echo(struct guest *g)
{
	uint64_t doorbell = g->boot->ctl_gpa + TANDEM_CTL_ECHO;

	while (!guest_stopping(g)) {
		if (plat_idle(g, &g->stamp->t3) == PLAT_TICK)
			continue;
		plat_write32(g, doorbell, 1);
	}
}
