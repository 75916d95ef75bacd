// SPDX-License-Identifier: BSD-2-Clause
// What a virtual machine is asked for, and what it says of itself.
#ifndef VMM_VM_TYPES_H
#define VMM_VM_TYPES_H

#include <stdbool.h>
#include <stdint.h>

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

/*
 * x86: a range of I/O ports; an access that lies wholly in it exits to user space. Called on the
 * vCPU's thread. Where nothing is reads as all ones.
 */
struct vm_ports {
	uint16_t base;
	uint16_t ports;
	uint32_t (*read)(void *ctx, unsigned offset, unsigned len);
	void (*write)(void *ctx, unsigned offset, unsigned len, uint32_t value);
	void *ctx;
};

#define VM_MMIO_MAX 4u
#define VM_PORTS_MAX 8u
#define VM_VCPUS_MAX 16u

struct vm_config {
	const char *name;	/* "a", "b": for messages and the thread's name */
	int kvm_fd;		/* from vm_open_kvm(); the caller's */
	const struct gmem *mem; /* the caller's; outlives the VM */
	struct vm_mmio mmio[VM_MMIO_MAX];
	unsigned nmmio;
	struct vm_ports ports[VM_PORTS_MAX];
	unsigned nports;
	unsigned vcpus; /* 0: one */
	bool stock;	/* a stock kernel will run in it, which looks at what a machine tells */
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

enum vm_state {
	VM_STOPPED, /* not started, or stopped by vm_stop() */
	VM_RUNNING,
	VM_ENDED,  /* vm_end() */
	VM_FAILED, /* an exit that should not be; logged, text in vm_failure() */
};

/* Exits of each kind that reached user space. */
struct vm_exits {
	uint64_t mmio, io, intr, other;
};

#endif
