// SPDX-License-Identifier: BSD-2-Clause
// The arm64 part of a VM.
#ifndef VMM_ARM64_ARCH_VM_H
#define VMM_ARM64_ARCH_VM_H

struct arch_vm {
	int unused;
};

struct arch_vcpu {
	int unused;
};

#endif
