// SPDX-License-Identifier: BSD-2-Clause
// What a virtual machine and its vCPUs consist of; for files of vmm/ only.
#ifndef VMM_STATE_H
#define VMM_STATE_H

#include <linux/kvm.h>

#include "lib/thread.h"
#include "vmm/vm_types.h"

#define ROUTES_MAX 64u

/* As KVM_SET_GSI_ROUTING takes it. */
struct routes {
	struct kvm_irq_routing head;
	struct kvm_irq_routing_entry entry[ROUTES_MAX];
};

struct vcpu {
	struct vm *vm;
	unsigned index; /* also its id for KVM; 0 boots */
	int fd;
	int stats_fd; /* -1: this kernel has none */
	struct kvm_run *run;
	uint64_t run_bytes;
	struct thread thread;
	bool has_run;  /* KVM_RUN has come back otherwise than by EAGAIN */
	bool runnable; /* was, when KVM_RUN last came back by EAGAIN */
	struct vm_exits exits;
};

struct vm {
	struct vm_config config;
	int fd;
	int stats_fd;			/* -1: this kernel has none */
	struct vcpu vcpu[VM_VCPUS_MAX]; /* config.vcpus of them */
	int state;			/* enum vm_state */
	bool stopping;
	bool ended;
	bool failing;	      /* the first vCPU that fails says why */
	bool lacks_threads;   /* KVM's own thread could not be made */
	struct routes routes; /* empty: those it was born with */
	unsigned msis;	      /* GSIs given to MSIs so far */
	char failure[256];
};

#endif
