// SPDX-License-Identifier: BSD-2-Clause
// The run loop of a vCPU.
#ifndef VMM_VCPU_H
#define VMM_VCPU_H

#include "lib/filter.h"

/* What its thread may ask of the kernel. */
extern const struct filter_rule vcpu_filter[];

/* The thread, of a struct vcpu. */
void vcpu_main(void *vcpu);

#endif
