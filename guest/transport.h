// SPDX-License-Identifier: BSD-2-Clause
// How the driver reaches its device: virtio-mmio or virtio-pci.
#ifndef GUEST_TRANSPORT_H
#define GUEST_TRANSPORT_H

#include <stdint.h>

struct guest;
struct ring;

/* What is not as it has to be fails the guest. */
struct transport {
	void (*find)(struct guest *g); /* before all others: is there a network device? */
	uint32_t (*status)(struct guest *g);
	void (*set_status)(struct guest *g, uint32_t status);
	uint64_t (*offered)(struct guest *g); /* features */
	void (*accept)(struct guest *g, uint64_t features);
	void (*set_queue)(struct guest *g, const struct ring *r);
};

extern const struct transport transport_mmio; /* mmio.c */
extern const struct transport transport_pci;  /* pci.c */

#endif
