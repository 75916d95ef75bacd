// SPDX-License-Identifier: BSD-2-Clause
// x86_64: the ACPI tables that a stock kernel finds: processors, interrupt controller, serial port,
// PCI bus, the registers of sleep and reset.
#ifndef VMM_X86_ACPI_H
#define VMM_X86_ACPI_H

#include "lib/gmem.h"

#define ACPI_GPA 0xe0000u /* where a PC's firmware has them, and kernels look for them */
#define ACPI_BYTES 0x4000u

/* Writes them for `vcpus`. False: this memory does not reach there. */
bool acpi_write(const struct gmem *mem, unsigned vcpus);

#endif
