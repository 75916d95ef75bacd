// SPDX-License-Identifier: BSD-2-Clause
// What a guest reports of itself: its state, and why it failed.
#include "report.h"

#include "guest.h"

void guest_set_state(struct guest *g, enum tandem_state state)
{
	shared_store_release(&g->report->state, state);
	plat_write32(g, g->boot->ctl_gpa + TANDEM_CTL_STATE, state);
}

void guest_fail(struct guest *g, enum tandem_failure why, uint64_t a, uint64_t b, uint64_t c,
		uint64_t d)
{
	uint64_t *info = g->report->failure_info;

	shared_store(&info[0], a);
	shared_store(&info[1], b);
	shared_store(&info[2], c);
	shared_store(&info[3], d);
	shared_store(&g->report->failure, why);
	guest_set_state(g, TANDEM_FAILED);
	plat_exit(g);
}
