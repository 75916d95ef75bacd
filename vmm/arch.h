// SPDX-License-Identifier: BSD-2-Clause
// What an architecture provides to the VM and to the one run loop.
#ifndef VMM_ARCH_H
#define VMM_ARCH_H

#include "vmm/linux_types.h"
#include "vmm/state.h"

/* 0. What KVM_CREATE_VM is asked for. */
unsigned long arch_vm_type(int kvm_fd);

/* 1. The VM is there: make its interrupt controller and whatever must precede its vCPUs. */
int arch_vm_init(struct vm *vm);

/* 2. A vCPU is there: give it features, registers' fixed part, and the host's clock. */
int arch_vcpu_init(struct vcpu *vcpu);

/* 2a. All vCPUs are there: whatever wants to know how many. */
int arch_vm_complete(struct vm *vm);

/*
 * 3. The guest is in memory: point the vCPU at `entry`, with the boot page's address and its own
 * index. Of the others than the first: where the architecture has the guest start them itself,
 * nothing.
 */
int arch_vcpu_enter_at(struct vcpu *vcpu, gpa_t entry);

/*
 * 3a. A stock kernel of this architecture: would it fit; into memory; the first vCPU at its entry.
 * As vmm/linux.h has it.
 */
int arch_linux_check(const struct linux_image *image, uint64_t ram_bytes,
		     char why[LINUX_WHY_BYTES]);
int arch_linux_place(const struct gmem *mem, const struct linux_image *image, unsigned vcpus,
		     struct linux_entry *entry, char why[LINUX_WHY_BYTES]);
int arch_linux_enter(struct vcpu *vcpu, const struct linux_entry *entry);

/* 4. Route an interrupt for irqfd, in one of vm_irqs' ways: its GSI number, or -errno. */
int arch_route_irq(struct vm *vm, const struct vm_irq *irq);

/* 4a. A GSI for one more MSI, or -errno (logged) where the architecture has none. */
int arch_next_msi(struct vm *vm);

/* 4b. What a message has to be that a vector of MSI-X sends; false: this way is none. */
bool arch_irq_message(const struct vm_irq *irq, uint64_t *address, uint32_t *data);

/* 4c. Is there a PCI bus? */
extern const bool arch_has_pci;

/* 5. An exit the shared loop does not know: true when it was handled. vCPU thread. */
bool arch_handle_exit(struct vcpu *vcpu);

/* 6. The vCPU's program counter, for messages. vCPU thread. */
uint64_t arch_pc(struct vcpu *vcpu);

/*
 * 6a. After a triple fault: is everything of the guest whole that the processor needs to deliver
 * one fault? False where there is no such thing. vCPU thread.
 */
bool arch_takes_faults(struct vcpu *vcpu);

/* 7. Where things are; the ELF machine number. */
extern const struct vm_layout arch_layout;
extern const uint16_t arch_elf_machine;

/*
 * 8. A program that takes ARCH_PROBE_INSTRUCTIONS or so, and then leaves by an I/O port; 0 bytes:
 * there is none, for no stock kernel runs on this architecture yet.
 */
#define ARCH_PROBE_INSTRUCTIONS 400000u
extern const unsigned arch_probe_bytes;
extern const unsigned char arch_probe_code[];

#endif
