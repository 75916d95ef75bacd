// SPDX-License-Identifier: BSD-2-Clause
// A virtual machine: vCPUs, memory slot, in-kernel interrupt controller, doorbells, exits.
#ifndef VMM_VM_H
#define VMM_VM_H

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/filter.h"
#include "lib/gmem.h"

/*
 * A range of guest physical addresses whose accesses exit to user space. Called on the vCPU's
 * thread.
 */
struct vm_mmio {
	gpa_t base;
	uint64_t bytes;
	uint64_t (*read)(void *ctx, uint64_t offset, unsigned len);
	void (*write)(void *ctx, uint64_t offset, unsigned len, uint64_t value);
	void *ctx;
};

#define VM_MMIO_MAX 4u
#define VM_VCPUS_MAX 16u

struct vm_config {
	const char *name;	/* "a", "b": for messages and the thread's name */
	int kvm_fd;		/* from vm_open_kvm(); the caller's */
	const struct gmem *mem; /* the caller's; outlives the VM */
	struct vm_mmio mmio[VM_MMIO_MAX];
	unsigned nmmio;
	unsigned vcpus; /* 0: one */
	/* how long KVM polls before a halted vCPU sleeps; -1: the host's setting */
	int64_t halt_poll_ns;
	bool no_pause_exits; /* x86: PAUSE loops of this VM never exit (no PLE, no pause filter) */
	void (*console)(void *ctx, char c); /* a character from the debug console */
	void *console_ctx;
	bool confine; /* its thread is put under a system call filter (needs no_new_privs) */
};

/* Where the guest finds things, the same for every VM of this architecture. */
struct vm_layout {
	uint64_t ram_gpa;
	uint64_t ram_max;     /* bytes of RAM at most */
	uint64_t virtio_gpa;  /* the virtio-mmio page */
	uint64_t ctl_gpa;     /* the control page */
	uint64_t intc_gpa[2]; /* arm64: distributor, redistributor */
	uint32_t irq;	      /* x86: vector; arm64: INTID */
};

/* How a write to the irqfd gets an interrupt into the guest. */
struct vm_irq {
	const char *name;    /* "msi" */
	const char *summary; /* for --help */
	bool deferred;	     /* KVM hands it to its own work item on system_percpu_wq */
	int kind;	     /* the architecture's */
};

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
 * Control thread, within vmm/: sets the route of one GSI and gives KVM the whole table, which
 * replaces the routes that the VM was born with. 0 or -errno (logged).
 */
struct kvm_irq_routing_entry;
int vm_set_route(struct vm *vm, const struct kvm_irq_routing_entry *route);

/*
 * Control thread: routes the device's interrupt in the given way, or one more MSI of the guest's
 * own making (x86; a vector of MSI-X). The GSI to be given to vm_irqfd(), or -errno (logged).
 */
int vm_add_irq(struct vm *vm, const struct vm_irq *irq);
int vm_add_msi(struct vm *vm, uint64_t address, uint32_t data);

/* Control thread: the MSI behind a GSI is another from now on. 0 or -errno (logged). */
int vm_set_msi(struct vm *vm, int gsi, uint64_t address, uint32_t data);

/* Control thread: signalling `fd` raises the GSI. 0 or -errno (logged). */
int vm_irqfd(struct vm *vm, int gsi, int fd);

/*
 * Control thread: a 32-bit write of `value` to `at` signals `fd` instead of exiting. 0 or -errno
 * (logged).
 */
int vm_add_doorbell(struct vm *vm, int fd, gpa_t at, uint32_t value);

/*
 * Control thread: puts the bundled guest into memory and the vCPUs at its entry; the boot page at
 * TANDEM_BOOT_OFFSET is passed to it. On arm64 the guest starts all but the first itself (PSCI
 * CPU_ON).
 * 0 or -errno (logged).
 */
int vm_load_guest(struct vm *vm);

/* Same, for an ELF executable of `bytes` at `image`; for tests and the loader's own errors. */
int vm_load_elf(struct vm *vm, const void *image, uint64_t bytes);

/* Control thread: starts and stops the vCPUs' threads. */
int vm_start(struct vm *vm, const cpu_set_t *cpus);
void vm_stop(struct vm *vm);

/*
 * vCPU thread, from an MMIO handler: the guest is done, this vCPU is not entered again; halt the
 * others first.
 */
void vm_end(struct vm *vm);

enum vm_state {
	VM_STOPPED, /* not started, or stopped by vm_stop() */
	VM_RUNNING,
	VM_ENDED,  /* vm_end() */
	VM_FAILED, /* an exit that should not be; logged, text in vm_failure() */
};

/* Any thread. */
enum vm_state vm_state(const struct vm *vm);
const char *vm_failure(const struct vm *vm);
bool vm_lacks_threads(const struct vm *vm); /* and that is why it has failed */
pid_t vm_tid(const struct vm *vm);	    /* of the first vCPU's thread */
pid_t vm_vcpu_tid(const struct vm *vm, unsigned index);

/* Control thread: exits of each kind that reached user space, of all vCPUs. */
struct vm_exits {
	uint64_t mmio, io, intr, other;
};
struct vm_exits vm_exits(const struct vm *vm);

#endif
