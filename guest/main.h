// SPDX-License-Identifier: BSD-2-Clause
// The guest's life: check the boot page, bring the device up, run the workload, report.
#ifndef GUEST_MAIN_H
#define GUEST_MAIN_H

struct guest;
struct tandem_boot;

/* Runs the guest from its boot page to the end of its workload. */
void guest_main(struct guest *g, struct tandem_boot *boot);

#endif
