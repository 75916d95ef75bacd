// SPDX-License-Identifier: BSD-2-Clause
// What a PC has on its I/O ports besides PCI: a serial port, the registers of sleep and reset, a
// keyboard controller that has no keyboard and resets.
#ifndef VMM_PC_H
#define VMM_PC_H

#include "vmm/uart.h"
#include "vmm/vm_types.h"

#define PC_SERIAL_PORT 0x3f8u
#define PC_SERIAL_GSI 4
#define PC_SLEEP_PORT 0x600u /* ACPI's sleep control and, behind it, its status */
#define PC_RESET_PORT 0xcf9u
#define PC_RESET_VALUE 6u

/* How a guest has ended itself. */
enum pc_end { PC_RUNS, PC_POWERED_OFF, PC_REBOOTED };

struct pc {
	struct uart serial;
	void (*end)(void *ctx, enum pc_end how); /* vCPU thread: the guest wants no more */
	void *ctx;
};

/* The ports for struct vm_config; PC_PORTS of them. `pc` holds `end` and `ctx` by then. */
#define PC_PORTS 4u
void pc_ports(struct pc *pc, struct vm_ports ports[PC_PORTS]);

#endif
