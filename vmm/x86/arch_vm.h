// SPDX-License-Identifier: BSD-2-Clause
// The x86 part of a VM.
#ifndef VMM_X86_ARCH_VM_H
#define VMM_X86_ARCH_VM_H

struct arch_vm {
	int unused;
};

struct arch_vcpu {
	int unused;
};

#endif
