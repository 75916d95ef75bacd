// SPDX-License-Identifier: BSD-2-Clause
// The guest's half of the interrupt controller, a GICv3.
#ifndef GUEST_ARM64_GIC_H
#define GUEST_ARM64_GIC_H

#include <stdint.h>

struct guest;

/* Group 1 interrupts on: of the distributor, of this CPU's redistributor and of its interface. */
void gic_init(struct guest *g);

/* Lets a shared interrupt through, edge-triggered, to this CPU. */
void gic_enable_spi(struct guest *g, uint32_t intid);

/* Lets an interrupt of this CPU's own through, as it is configured. */
void gic_enable_ppi(struct guest *g, uint32_t intid);

#endif
