// SPDX-License-Identifier: BSD-2-Clause
// A virtual machine: vCPUs, memory slot, in-kernel interrupt controller, doorbells, exits.
#ifndef VMM_VM_H
#define VMM_VM_H

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/filter.h"
#include "vmm/vm_types.h"

/* Those of this architecture, the default first; ends with a NULL name. */
extern const struct vm_irq vm_irqs[];
/* "auto": the default; NULL: none of this name */
const struct vm_irq *vm_irq_find(const char *name);

const struct vm_layout *vm_layout(void);

struct vm;

#define VM_WHY_BYTES 120

/*
 * Opens /dev/kvm and checks that it is KVM, its version and the capabilities needed: an fd; or
 * -errno, and what is wrong, to be said behind the words "/dev/kvm". Says nothing.
 */
int vm_try_kvm(char why[VM_WHY_BYTES]);
const char *vm_kvm_hint(int err); /* what would help */

/* The same: an fd, or -errno (logged). */
int vm_open_kvm(void);

/*
 * An empty virtual machine, for its existence: while there is one, KVM does not switch the static
 * keys that the first and the last one switch. Its descriptor, or -errno, without a message.
 */
int vm_open_empty(void);

/* Control thread: a VM with its vCPUs, not running. 0 or -errno (logged). */
int vm_create(struct vm **out, const struct vm_config *config);
void vm_destroy(struct vm *vm); /* accepts NULL; stops it first */

/*
 * Control thread: routes the device's interrupt in the given way, or one more MSI of the guest's
 * own making (x86; a vector of MSI-X). The GSI to be given to vm_irqfd(), or -errno (logged).
 */
int vm_add_irq(struct vm *vm, const struct vm_irq *irq);
int vm_add_msi(struct vm *vm, uint64_t address, uint32_t data);

/* Control thread: the MSI behind a GSI is another from now on. 0 or -errno (logged). */
int vm_set_msi(struct vm *vm, int gsi, uint64_t address, uint32_t data);

/*
 * What a guest has to write into a vector of MSI-X to be interrupted that way; false: that way is
 * no message.
 */
bool vm_irq_message(const struct vm_irq *irq, uint64_t *address, uint32_t *data);

/* Are there PCI devices on this architecture? */
bool vm_has_pci(void);

/* Control thread: signalling `fd` raises the GSI. 0 or -errno (logged). */
int vm_irqfd(struct vm *vm, int gsi, int fd);

/* Not any more. */
int vm_irqfd_off(struct vm *vm, int gsi, int fd);

/*
 * Control thread: a 32-bit write of `value` to `at` signals `fd` instead of exiting. 0 or -errno
 * (logged).
 */
int vm_add_doorbell(struct vm *vm, int fd, gpa_t at, uint32_t value);

/*
 * Control thread, or a vCPU's: a write of any width to `to`, and not to `from` any more, signals
 * `fd` instead of exiting; 0: nowhere. What KVM does not take exits, which is said nowhere.
 */
void vm_move_doorbell(struct vm *vm, int fd, uint64_t from, uint64_t to);

/* Control thread: starts and stops the vCPUs' threads. */
int vm_start(struct vm *vm, const cpu_set_t *cpus);
void vm_stop(struct vm *vm);

/*
 * vCPU thread, from an MMIO handler: the guest is done, this vCPU is not entered again; halt the
 * others first.
 */
void vm_end(struct vm *vm);

/* Any thread. */
enum vm_state vm_state(const struct vm *vm);
const char *vm_failure(const struct vm *vm);
bool vm_lacks_threads(const struct vm *vm); /* and that is why it has failed */
pid_t vm_tid(const struct vm *vm);	    /* of the first vCPU's thread */
pid_t vm_vcpu_tid(const struct vm *vm, unsigned index);

/* Control thread: of all vCPUs. */
struct vm_exits vm_exits(const struct vm *vm);

#endif
