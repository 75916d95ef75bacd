// SPDX-License-Identifier: BSD-2-Clause
// arm64: a stock Linux kernel, which is not loaded yet.
#include <errno.h>
#include <stdio.h>

#include "vmm/arch.h"

const unsigned arch_probe_bytes = 0;
const unsigned char arch_probe_code[1];

int arch_linux_check(const struct linux_image *image, uint64_t ram_bytes, char why[LINUX_WHY_BYTES])
{
	(void)image;
	(void)ram_bytes;
	snprintf(why, LINUX_WHY_BYTES, "--guest=linux is not there yet on arm64; use x86_64");
	return -ENOSYS;
}

int arch_linux_place(const struct gmem *mem, const struct linux_image *image, unsigned vcpus,
		     struct linux_entry *entry, char why[LINUX_WHY_BYTES])
{
	(void)vcpus;
	(void)entry;
	return arch_linux_check(image, mem->bytes, why);
}

int arch_linux_enter(struct vcpu *vcpu, const struct linux_entry *entry)
{
	(void)vcpu;
	(void)entry;
	return -ENOSYS;
}
