// SPDX-License-Identifier: BSD-2-Clause
// The hosted platform: a host thread becomes a guest, or one of its CPUs.
#include <setjmp.h>

#include "crowd.h"
#include "crowd_main.h"
#include "guest.h"
#include "hosted.h"
#include "main.h"

void hosted_guest_run(struct hosted_machine *m)
{
	struct hosted h = { .machine = m };
	struct guest g = { .platform = &h };

	if (setjmp(h.end) == 0)
		guest_main(&g, plat_ptr(&g, m->ram_gpa + TANDEM_BOOT_OFFSET));
}

void hosted_cpu_run(struct hosted_machine *m, uint32_t cpu)
{
	struct hosted h = { .machine = m };
	struct guest g = { .platform = &h };
	struct tandem_boot *boot = plat_ptr(&g, m->ram_gpa + TANDEM_BOOT_OFFSET);

	if (setjmp(h.end) == 0)
		crowd_secondary(&g, boot, cpu);
}
