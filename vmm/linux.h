// SPDX-License-Identifier: BSD-2-Clause
// A stock Linux kernel into a virtual machine's memory.
#ifndef VMM_LINUX_H
#define VMM_LINUX_H

#include "vmm/linux_types.h"

struct vm;

/*
 * Would it go into a guest with so much memory? 0; or -errno and why not, in words: -ENOEXEC the
 * kernel's image is none for this architecture, or not whole; -E2BIG something does not fit;
 * -ENOSYS not on this architecture yet.
 */
int linux_check(const struct linux_image *image, uint64_t ram_bytes, char why[LINUX_WHY_BYTES]);

/*
 * Control thread, of a VM with config.stock: the kernel with all it is told into memory, the first
 * vCPU at its entry. 0; or -errno and why not, as linux_check().
 */
int vm_load_linux(struct vm *vm, const struct linux_image *image, char why[LINUX_WHY_BYTES]);

/* The same into memory alone, for `vcpus`, and where it begins. For tests. */
int linux_place(const struct gmem *mem, const struct linux_image *image, unsigned vcpus,
		struct linux_entry *entry, char why[LINUX_WHY_BYTES]);

#endif
