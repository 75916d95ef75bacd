// SPDX-License-Identifier: BSD-2-Clause
// x86_64: the ACPI tables that a stock kernel finds. Hardware-reduced ACPI (6.4, section 4.1): no
// timers, no interrupt controllers and no power management of the old PC are promised.
#include "vmm/x86/acpi.h"

#include <string.h>

#include "vmm/pc.h"

#define IOAPIC_GPA 0xfec00000u
#define LAPIC_GPA 0xfee00000u
#define PCI_SLOTS 8u
#define PCI_PIN_FIRST 16u
#define PCI_WINDOW 0xc0000000u
#define PCI_WINDOW_END 0xfec00000u

/* FADT, 5.2.9 */
#define FADT_BYTES 276u
#define FADT_WBINVD (1u << 0)
#define FADT_NO_POWER_BUTTON (1u << 4)
#define FADT_NO_SLEEP_BUTTON (1u << 5)
#define FADT_RESET (1u << 10)
#define FADT_HW_REDUCED (1u << 20)
#define FADT_NO_VGA (1u << 2)
#define FADT_NO_CLOCK (1u << 5)

enum { HEADER_BYTES = 36, SPACE_IO = 1, ACCESS_BYTE = 1 };

/* Bytes one after the other; what does not fit is counted only. */
struct out {
	uint8_t *at;
	uint32_t n, room;
};

/* Little-endian; beyond eight bytes there are zeros. */
static void put(struct out *o, uint64_t value, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++, o->n++, value >>= 8)
		if (o->n < o->room)
			o->at[o->n] = (uint8_t)value;
}

static void put_text(struct out *o, const char *text, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		put(o, (uint8_t)text[i], 1);
}

static void put_at(struct out *o, uint32_t at, uint64_t value, unsigned bytes)
{
	struct out there = { o->at, at, o->room };

	put(&there, value, bytes);
}

/* What makes the sum of all bytes 0. */
static void put_sum(struct out *o, uint32_t from, uint32_t to, uint32_t at)
{
	uint8_t sum = 0;

	for (uint32_t i = from; i < to && i < o->room; i++)
		sum = (uint8_t)(sum + o->at[i]);
	put_at(o, at, (uint8_t)-sum, 1);
}

/* 5.2.6; its length and sum follow in end_table(). Where it begins. */
static uint32_t begin_table(struct out *o, const char *signature, unsigned revision)
{
	uint32_t start;

	o->n = (o->n + 15) & ~15u;
	start = o->n;
	put_text(o, signature, 4);
	put(o, 0, 4);
	put(o, revision, 1);
	put(o, 0, 1);
	put_text(o, "TANDEM", 6);
	put_text(o, "TANDEM  ", 8);
	put(o, 1, 4);
	put_text(o, "TNDM", 4);
	put(o, 1, 4);
	return start;
}

static uint64_t end_table(struct out *o, uint32_t start)
{
	put_at(o, start + 4, o->n - start, 4);
	put_sum(o, start, o->n, start + 9);
	return ACPI_GPA + start;
}

/* ---- AML (section 20.2): what is in the DSDT ---- */

enum {
	AML_NAME = 0x08,
	AML_BYTE = 0x0a,
	AML_DWORD = 0x0c,
	AML_SCOPE = 0x10,
	AML_BUFFER = 0x11,
	AML_PACKAGE = 0x12,
	AML_METHOD = 0x14,
	AML_EXTENDED = 0x5b,
	AML_DEVICE = 0x82,
};

/* EISA ids, packed as 19.3.4 has it. */
#define EISA_PCI_BUS 0x030ad041u  /* PNP0A03 */
#define EISA_SERIAL 0x0105d041u	  /* PNP0501 */
#define EISA_PCI_LINK 0x0f0cd041u /* PNP0C0F */

/* A length in two bytes, whatever it is; where they are. */
static uint32_t begin_package(struct out *o)
{
	put(o, 0, 2);
	return o->n - 2;
}

static void end_package(struct out *o, uint32_t start)
{
	uint32_t n = o->n - start;

	put_at(o, start, 0x40 | (n & 0xf), 1);
	put_at(o, start + 1, n >> 4, 1);
}

static void put_byte(struct out *o, uint8_t value)
{
	put(o, AML_BYTE, 1);
	put(o, value, 1);
}

static void put_dword(struct out *o, uint32_t value)
{
	put(o, AML_DWORD, 1);
	put(o, value, 4);
}

static void put_name(struct out *o, const char *name)
{
	put(o, AML_NAME, 1);
	put_text(o, name, 4);
}

static uint32_t begin_device(struct out *o, const char *name, uint32_t eisa, uint8_t uid)
{
	uint32_t start;

	put(o, AML_EXTENDED, 1);
	put(o, AML_DEVICE, 1);
	start = begin_package(o);
	put_text(o, name, 4);
	put_name(o, "_HID");
	put_dword(o, eisa);
	put_name(o, "_UID");
	put_byte(o, uid);
	return start;
}

static void put_package_of_bytes(struct out *o, const char *name, const uint8_t *bytes, uint8_t n)
{
	uint32_t start;

	put_name(o, name);
	put(o, AML_PACKAGE, 1);
	start = begin_package(o);
	put(o, n, 1);
	for (unsigned i = 0; i < n; i++)
		put_byte(o, bytes[i]);
	end_package(o, start);
}

/* A buffer of resource descriptors, whose length is known at its end. */
struct resources {
	uint32_t package, length, start;
};

static struct resources begin_resources(struct out *o, const char *name)
{
	struct resources r;

	put_name(o, name);
	put(o, AML_BUFFER, 1);
	r.package = begin_package(o);
	put(o, AML_BYTE, 1);
	r.length = o->n;
	put(o, 0, 1);
	r.start = o->n;
	return r;
}

static void end_resources(struct out *o, struct resources r)
{
	put(o, 0x0079, 2);
	put_at(o, r.length, o->n - r.start, 1);
	end_package(o, r.package);
}

/* 6.4.2.5 */
static void put_ports(struct out *o, uint16_t base, uint8_t ports)
{
	put(o, 0x47, 1);
	put(o, 1, 1);
	put(o, base, 2);
	put(o, base, 2);
	put(o, 1, 1);
	put(o, ports, 1);
}

/* 6.4.3.6: edge-triggered, active high. */
static void put_interrupt(struct out *o, uint32_t gsi)
{
	put(o, 0x89, 1);
	put(o, 6, 2);
	put(o, 0x3, 1);
	put(o, 1, 1);
	put(o, gsi, 4);
}

/* 6.4.3.5: a range that the bus hands on, of `bytes` wide numbers. */
static void put_range(struct out *o, uint8_t tag, unsigned bytes, uint16_t kind, uint64_t from,
		      uint64_t to)
{
	put(o, tag, 1);
	put(o, 3 + 5ull * bytes, 2);
	put(o, kind & 0xff, 1);
	put(o, 0xc, 1);
	put(o, kind >> 8, 1);
	put(o, 0, bytes);
	put(o, from, bytes);
	put(o, to, bytes);
	put(o, 0, bytes);
	put(o, to - from + 1, bytes);
}

static void put_serial(struct out *o)
{
	uint32_t device = begin_device(o, "COM1", EISA_SERIAL, 1);
	struct resources r = begin_resources(o, "_CRS");

	put_ports(o, PC_SERIAL_PORT, UART_REGISTERS);
	put_interrupt(o, PC_SERIAL_GSI);
	end_resources(o, r);
	end_package(o, device);
}

/*
 * Where INTA of the slots goes: by way of a link, since without one the interrupt would be level-
 * triggered, and an irqfd raises and lowers a pin at once.
 */
static void put_link(struct out *o, unsigned i)
{
	static const char *const names[] = { "_CRS", "_PRS" };
	char name[] = "LNK0";
	uint32_t device, method;

	name[3] = (char)('0' + i);
	device = begin_device(o, name, EISA_PCI_LINK, (uint8_t)i);
	for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++) {
		struct resources r = begin_resources(o, names[n]);

		put_interrupt(o, PCI_PIN_FIRST + i);
		end_resources(o, r);
	}
	put(o, AML_METHOD, 1);
	method = begin_package(o);
	put_text(o, "_SRS", 4);
	put(o, 1, 1); /* one argument, and nothing to do */
	end_package(o, method);
	end_package(o, device);
}

static void put_route(struct out *o, unsigned slot)
{
	char name[] = "LNK0";
	uint32_t package;

	put(o, AML_PACKAGE, 1);
	package = begin_package(o);
	put(o, 4, 1);
	put_dword(o, slot << 16 | 0xffff);
	put_byte(o, 0);
	name[3] = (char)('0' + slot % PCI_SLOTS);
	put_text(o, name, 4);
	put_byte(o, 0);
	end_package(o, package);
}

static void put_pci(struct out *o)
{
	uint32_t device = begin_device(o, "PCI0", EISA_PCI_BUS, 0), routes;
	struct resources r = begin_resources(o, "_CRS");

	put_range(o, 0x88, 2, 2, 0, 0);
	put_ports(o, 0xcf8, 8);
	put_range(o, 0x88, 2, 0x301, 0xd00, 0xffff);
	put_range(o, 0x87, 4, 0x100, PCI_WINDOW, PCI_WINDOW_END - 1);
	end_resources(o, r);
	put_name(o, "_PRT");
	put(o, AML_PACKAGE, 1);
	routes = begin_package(o);
	put(o, 2 * PCI_SLOTS, 1);
	for (unsigned slot = 0; slot < 2 * PCI_SLOTS; slot++)
		put_route(o, slot);
	end_package(o, routes);
	end_package(o, device);
}

static uint64_t put_dsdt(struct out *o)
{
	static const uint8_t off[] = { 5, 5, 0, 0 };
	uint32_t table = begin_table(o, "DSDT", 2), scope;

	put_package_of_bytes(o, "_S5_", off, sizeof(off));
	put(o, AML_SCOPE, 1);
	scope = begin_package(o);
	put_text(o, "_SB_", 4);
	put_serial(o);
	for (unsigned i = 0; i < PCI_SLOTS; i++)
		put_link(o, i);
	put_pci(o);
	end_package(o, scope);
	return end_table(o, table);
}

/* ---- the other tables ---- */

/* 5.2.3.2: a register of one byte at an I/O port. */
static void put_register(struct out *o, uint32_t at, uint16_t port)
{
	put_at(o, at, SPACE_IO, 1);
	put_at(o, at + 1, 8, 1);
	put_at(o, at + 3, ACCESS_BYTE, 1);
	put_at(o, at + 4, port, 8);
}

static uint64_t put_fadt(struct out *o, uint64_t dsdt)
{
	uint32_t t = begin_table(o, "FACP", 6);

	put(o, 0, FADT_BYTES - HEADER_BYTES);
	put_at(o, t + 40, dsdt, 4);
	put_at(o, t + 109, FADT_NO_VGA | FADT_NO_CLOCK, 2);
	put_at(o, t + 112,
	       FADT_WBINVD | FADT_NO_POWER_BUTTON | FADT_NO_SLEEP_BUTTON | FADT_RESET |
		       FADT_HW_REDUCED,
	       4);
	put_register(o, t + 116, PC_RESET_PORT);
	put_at(o, t + 128, PC_RESET_VALUE, 1);
	put_at(o, t + 131, 3, 1); /* 6.3 */
	put_at(o, t + 140, dsdt, 8);
	put_register(o, t + 244, PC_SLEEP_PORT);
	put_register(o, t + 256, PC_SLEEP_PORT + 1);
	return end_table(o, t);
}

/* 5.2.12: the processors, and the one interrupt controller besides their own. */
static uint64_t put_madt(struct out *o, unsigned vcpus)
{
	uint32_t t = begin_table(o, "APIC", 5);

	put(o, LAPIC_GPA, 4);
	put(o, 0, 4);
	for (unsigned i = 0; i < vcpus; i++) {
		put(o, 0x0800, 2);
		put(o, i, 1);
		put(o, i, 1);
		put(o, 1, 4);
	}
	put(o, 0x0c01, 2);
	put(o, vcpus, 1);
	put(o, 0, 1);
	put(o, IOAPIC_GPA, 4);
	put(o, 0, 4);
	return end_table(o, t);
}

static uint64_t put_xsdt(struct out *o, uint64_t fadt, uint64_t madt)
{
	uint32_t t = begin_table(o, "XSDT", 1);

	put(o, fadt, 8);
	put(o, madt, 8);
	return end_table(o, t);
}

/* 5.2.5.3, in front of all others. */
static void put_rsdp(struct out *o, uint64_t xsdt)
{
	put_text(o, "RSD PTR ", 8);
	put(o, 0, 1);
	put_text(o, "TANDEM", 6);
	put(o, 2, 1);
	put(o, 0, 4);
	put(o, 36, 4);
	put(o, xsdt, 8);
	put(o, 0, 4);
	put_sum(o, 0, 20, 8);
	put_sum(o, 0, 36, 32);
}

bool acpi_write(const struct gmem *mem, unsigned vcpus)
{
	struct out o = { gmem_ptr(mem, gpa(ACPI_GPA), ACPI_BYTES), 36, ACPI_BYTES };
	uint64_t fadt, madt, xsdt;

	if (!o.at)
		return false;
	fadt = put_fadt(&o, put_dsdt(&o));
	madt = put_madt(&o, vcpus);
	xsdt = put_xsdt(&o, fadt, madt);
	o.n = 0;
	put_rsdp(&o, xsdt);
	return true;
}
