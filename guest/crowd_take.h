// SPDX-License-Identifier: BSD-2-Clause
// An IPI's handler.
#ifndef GUEST_CROWD_TAKE_H
#define GUEST_CROWD_TAKE_H

#include <stdint.h>

struct crowd_page;

/* The interrupt handler of CPU `cpu`. */
void crowd_ipi_take(struct crowd_page *page, uint32_t cpu);

#endif
