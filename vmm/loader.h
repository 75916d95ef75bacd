// SPDX-License-Identifier: BSD-2-Clause
// The guest program into a virtual machine's memory.
#ifndef VMM_LOADER_H
#define VMM_LOADER_H

#include <stdint.h>

struct vm;

/*
 * Control thread: puts the bundled guest into memory and the vCPUs at its entry; the boot page at
 * TANDEM_BOOT_OFFSET is passed to it. On arm64 the guest starts all but the first itself (PSCI
 * CPU_ON).
 * 0 or -errno (logged).
 */
int vm_load_guest(struct vm *vm);

/* Same, for an ELF executable of `bytes` at `image`; for tests and the loader's own errors. */
int vm_load_elf(struct vm *vm, const void *image, uint64_t bytes);

#endif
