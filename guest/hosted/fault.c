// SPDX-License-Identifier: BSD-2-Clause
// The hosted platform: a guest faults, as far as a thread can without being killed.
#include "guest.h"
#include "report.h"

void plat_fault(struct guest *g)
{
	guest_fail(g, TANDEM_FAIL_FAULT, 6, 0, 0, 0);
}
