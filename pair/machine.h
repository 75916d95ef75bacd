// SPDX-License-Identifier: BSD-2-Clause
// One guest's machine: memory, vCPUs, windows that exit, doorbells, interrupts; on KVM or as host
// threads.
#ifndef PAIR_MACHINE_H
#define PAIR_MACHINE_H

#include <sched.h>
#include <stdbool.h>
#include <sys/types.h>

#include "lib/gmem.h"
#include "vmm/lines.h"
#include "vmm/linux_types.h"
#include "vmm/stats.h"
#include "vmm/vm.h"

#define MACHINE_DOORBELLS_MAX 4u

/* A 32-bit write of `value` to `at` signals `fd`, an eventfd of the caller's, and exits nowhere. */
struct machine_doorbell {
	gpa_t at;
	uint32_t value;
	int fd;
};

struct machine_config {
	const char *name; /* for messages and the threads' names */
	int kvm_fd;	  /* the caller's; accel kvm only */
	const struct gmem *mem;
	unsigned vcpus;			    /* 0: one */
	struct vm_mmio window[VM_MMIO_MAX]; /* accesses come here, on the vCPU's thread */
	unsigned nwindows;
	struct vm_ports ports[VM_PORTS_MAX]; /* x86: the same for I/O ports */
	unsigned nports;
	struct machine_doorbell doorbell[MACHINE_DOORBELLS_MAX];
	unsigned ndoorbells;
	int call_fd;		  /* an eventfd that interrupts the guest; -1: none does */
	bool has_lines;		  /* it does by way of machine_set_line() */
	const struct vm_irq *irq; /* accel kvm: how; NULL: the architecture's default */
	bool stock;		  /* accel kvm: a stock kernel runs in it */
	int serial_fd;	      /* an eventfd that raises the serial port's interrupt; of `stock` */
	int64_t halt_poll_ns; /* accel kvm; -1: the host's setting */
	bool no_pause_exits;  /* accel kvm, x86 */
	void (*console)(void *ctx, char c);
	void *console_ctx;
	bool confine; /* its threads are put under system call filters (needs no_new_privs) */
};

struct accel_ops;

struct machine {
	const struct accel_ops *accel;
	struct machine_config config;
	void *made; /* the accel's */
};

/* How guests run. All calls but those that say so are the control thread's. */
struct accel_ops {
	const char *name;
	/* it wants config.kvm_fd; KVM interrupts its guests and polls before they sleep */
	bool needs_kvm;
	const char *interrupt; /* what interrupts a guest, in a word; NULL: a struct vm_irq says */
	int (*create)(struct machine *m); /* 0 or -errno (logged) */
	/*
	 * An ELF executable of the bundled guest's kind; NULL: it has the bundled guest in
	 * itself.
	 */
	int (*load)(struct machine *m, const void *image, uint64_t bytes);
	/* A stock kernel; as vm_load_linux(). NULL: it cannot run one. */
	int (*load_linux)(struct machine *m, const struct linux_image *image,
			  char why[LINUX_WHY_BYTES]);
	int (*start)(struct machine *m, const cpu_set_t *cpus);
	/* as machine_set_line(), machine_move_doorbell() */
	void (*set_line)(struct machine *m, struct vm_line *line, const struct pci_irq *irq);
	void (*move_doorbell)(struct machine *m, unsigned queue, int fd, uint64_t from,
			      uint64_t to);
	void (*stop)(struct machine *m);
	void (*destroy)(struct machine *m); /* accepts one that was never created */
	void (*end)(struct machine *m); /* vCPU thread, from a window: it is not entered again */
	/* any thread: why it can't go on, or NULL */
	const char *(*failure)(const struct machine *m);
	bool (*lacks_threads)(const struct machine *m); /* and that is why; NULL: never */
	pid_t (*tid)(const struct machine *m, unsigned vcpu);
	int (*stats)(const struct machine *m, struct vm_stats *out); /* NULL: it has none */
};

extern const struct accel_ops accel_kvm;
extern const struct accel_ops accel_thread;

/* All of them, NULL-terminated, the one to be preferred first. */
extern const struct accel_ops *const accels[];
const struct accel_ops *accel_find(const char *name); /* NULL: none of this name */

const char *accel_name(const struct accel_ops *accel);
bool accel_needs_kvm(const struct accel_ops *accel);

/* What interrupts a guest, for tables: the irq's name, or the accel's own way. */
const char *accel_irq_name(const struct accel_ops *accel, const struct vm_irq *irq);

/* Does KVM hand the injection to a work item of its own? */
bool accel_defers(const struct accel_ops *accel, const struct vm_irq *irq);

/* The same by way of the machine's accel; all of them accept a machine that was never created. */
int machine_create(struct machine *m, const struct accel_ops *accel,
		   const struct machine_config *config);
int machine_start(struct machine *m, const cpu_set_t *cpus);
void machine_stop(struct machine *m);
void machine_destroy(struct machine *m);
void machine_end(struct machine *m);
const char *machine_failure(const struct machine *m);
bool machine_lacks_threads(const struct machine *m);
pid_t machine_tid(const struct machine *m, unsigned vcpu);
int machine_stats(const struct machine *m, struct vm_stats *out); /* -ENOSYS: there are none */

/* A PCI driver's thread: where an interrupt goes from now on. */
void machine_set_line(struct machine *m, struct vm_line *line, const struct pci_irq *irq);

/*
 * The same: a write to `to`, and not to `from` any more, signals `fd`, which kicks the queue; 0:
 * nowhere. Where this can't be had the write comes to the window.
 */
void machine_move_doorbell(struct machine *m, unsigned queue, int fd, uint64_t from, uint64_t to);

/* Any thread: something in the guest's memory; NULL: it is not inside, or there is no machine. */
void *machine_ptr(const struct machine *m, uint64_t offset, uint64_t bytes);

#endif
