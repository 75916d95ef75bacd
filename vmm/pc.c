// SPDX-License-Identifier: BSD-2-Clause
// What a PC has on its I/O ports besides PCI.
#include "vmm/pc.h"

#define SLEEP_PORTS 2u
#define SLEEP_ENABLE 0x20u /* ACPI 6.4, table 4.16 */
#define KEYBOARD_DATA 0x60u
#define KEYBOARD_COMMAND 0x64u
#define KEYBOARD_PULSE_RESET 0xfeu

static uint32_t serial_read(void *ctx, unsigned offset, unsigned len)
{
	return len == 1 ? uart_read(ctx, offset) : ~0u;
}

static void serial_write(void *ctx, unsigned offset, unsigned len, uint32_t value)
{
	if (len == 1)
		uart_write(ctx, offset, (uint8_t)value);
}

/* No sleep has ended; nothing is typed, and every command is taken at once. */
static uint32_t read_zero(void *ctx, unsigned offset, unsigned len)
{
	(void)ctx;
	(void)offset;
	(void)len;
	return 0;
}

/* The one sleep there is: off. */
static void sleep_write(void *ctx, unsigned offset, unsigned len, uint32_t value)
{
	struct pc *pc = ctx;

	(void)len;
	if (offset == 0 && value & SLEEP_ENABLE)
		pc->end(pc->ctx, PC_POWERED_OFF);
}

static void reset_write(void *ctx, unsigned offset, unsigned len, uint32_t value)
{
	struct pc *pc = ctx;

	(void)offset;
	(void)len;
	if (value & 4)
		pc->end(pc->ctx, PC_REBOOTED);
}

static void keyboard_write(void *ctx, unsigned offset, unsigned len, uint32_t value)
{
	struct pc *pc = ctx;

	(void)len;
	if (offset == KEYBOARD_COMMAND - KEYBOARD_DATA && value == KEYBOARD_PULSE_RESET)
		pc->end(pc->ctx, PC_REBOOTED);
}

void pc_ports(struct pc *pc, struct vm_ports ports[PC_PORTS])
{
	ports[0] = (struct vm_ports){ PC_SERIAL_PORT, UART_REGISTERS, serial_read, serial_write,
				      &pc->serial };
	ports[1] = (struct vm_ports){ PC_SLEEP_PORT, SLEEP_PORTS, read_zero, sleep_write, pc };
	ports[2] = (struct vm_ports){ PC_RESET_PORT, 1, read_zero, reset_write, pc };
	ports[3] = (struct vm_ports){ KEYBOARD_DATA, KEYBOARD_COMMAND - KEYBOARD_DATA + 1,
				      read_zero, keyboard_write, pc };
}
