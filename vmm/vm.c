// SPDX-License-Identifier: BSD-2-Clause
// A virtual machine: making it, wiring it, ending it.
#include "vmm/vm.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "lib/fd.h"
#include "lib/log.h"
#include "tandem/shared.h"
#include "vmm/arch.h"
#include "vmm/stats.h"

const struct vm_layout *vm_layout(void)
{
	return &arch_layout;
}

static int explain_open(int err)
{
	if (err == -ENOENT)
		log_error("/dev/kvm: open: no such device; load kvm_intel or kvm_amd (x86), boot "
			  "Linux at EL2 (arm64), or use --accel=thread");
	else if (err == -EACCES || err == -EPERM)
		log_error("/dev/kvm: open: permission denied; add yourself to group kvm, run as "
			  "root, or use --accel=thread");
	else
		log_errno(err, "/dev/kvm: open");
	return err;
}

/*
 * A signal, or task work that io_uring has for this thread, may interrupt any of these before it has
 * begun (KVM_CREATE_VM is the one that does): it is simply asked again.
 */
int vm_ioctl_again(int fd, unsigned long request, void *arg)
{
	int ret;

	do {
		ret = ioctl(fd, request, arg);
	} while (ret < 0 && errno == EINTR);
	return ret;
}

static int check_capabilities(int fd)
{
	static const struct {
		int number;
		const char *name;
	} needed[] = {
		{ KVM_CAP_USER_MEMORY, "KVM_CAP_USER_MEMORY" },
		{ KVM_CAP_IRQCHIP, "KVM_CAP_IRQCHIP" },
		{ KVM_CAP_IRQFD, "KVM_CAP_IRQFD" },
		{ KVM_CAP_IOEVENTFD, "KVM_CAP_IOEVENTFD" },
		{ KVM_CAP_IMMEDIATE_EXIT, "KVM_CAP_IMMEDIATE_EXIT" },
	};

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		int has = vm_ioctl_again(fd, KVM_CHECK_EXTENSION, (void *)(long)needed[i].number);

		if (has < 0)
			return log_errno(-errno, "/dev/kvm: KVM_CHECK_EXTENSION");
		if (has)
			continue;
		log_error("/dev/kvm: %s is missing; tandem needs a kernel with it, or --accel=thread",
			  needed[i].name);
		return -ENOSYS;
	}
	return 0;
}

int vm_open_kvm(void)
{
	int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC), err, version;

	if (fd < 0)
		return explain_open(-errno);
	version = vm_ioctl_again(fd, KVM_GET_API_VERSION, NULL);
	if (version < 0) {
		err = log_errno(-errno, "/dev/kvm: KVM_GET_API_VERSION");
	} else if (version != KVM_API_VERSION) {
		log_error("/dev/kvm: KVM_GET_API_VERSION: not version %d; use --accel=thread",
			  KVM_API_VERSION);
		err = -ENOSYS;
	} else {
		err = check_capabilities(fd);
	}
	if (err)
		fd_close(&fd);
	return err ? err : fd;
}

int vm_ioctl(struct vm *vm, int fd, unsigned long request, const char *what, void *arg)
{
	int ret = vm_ioctl_again(fd, request, arg);

	return ret < 0 ? log_errno(-errno, "vm %s: %s", vm->config.name, what) : ret;
}

void vm_fail(struct vm *vm, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(vm->failure, sizeof(vm->failure), fmt, ap);
	va_end(ap);
	log_error("vm %s: %s", vm->config.name, vm->failure);
	shared_store_release(&vm->state, VM_FAILED);
}

static int add_memory(struct vm *vm)
{
	const struct gmem *m = vm->config.mem;
	struct kvm_userspace_memory_region region = {
		.guest_phys_addr = m->base,
		.memory_size = m->bytes,
		.userspace_addr = (uint64_t)m->host,
	};

	return vm_ioctl(vm, vm->fd, KVM_SET_USER_MEMORY_REGION, "KVM_SET_USER_MEMORY_REGION",
			&region);
}

static int add_vcpu(struct vm *vm)
{
	int bytes = vm_ioctl(vm, vm->config.kvm_fd, KVM_GET_VCPU_MMAP_SIZE,
			     "KVM_GET_VCPU_MMAP_SIZE", NULL);
	void *run;

	if (bytes < 0)
		return bytes;
	vm->vcpu_fd = vm_ioctl(vm, vm->fd, KVM_CREATE_VCPU, "KVM_CREATE_VCPU", NULL);
	if (vm->vcpu_fd < 0)
		return vm->vcpu_fd;
	run = mmap(NULL, (size_t)bytes, PROT_READ | PROT_WRITE, MAP_SHARED, vm->vcpu_fd, 0);
	if (run == MAP_FAILED)
		return log_errno(-errno, "vm %s: mmap of kvm_run", vm->config.name);
	vm->run = run;
	vm->run_bytes = (uint64_t)bytes;
	return 0;
}

/* Only inside KVM_RUN is SIGUSR1 let through, so that vm_stop() can't come too early. */
static int set_signal_mask(struct vm *vm)
{
	struct {
		struct kvm_signal_mask head;
		uint64_t set;
	} mask = { .head.len = 8, .set = ~(1ull << (SIGUSR1 - 1)) };

	return vm_ioctl(vm, vm->vcpu_fd, KVM_SET_SIGNAL_MASK, "KVM_SET_SIGNAL_MASK", &mask);
}

static int set_halt_poll(struct vm *vm)
{
	struct kvm_enable_cap cap = { .cap = KVM_CAP_HALT_POLL,
				      .args = { (uint64_t)vm->config.halt_poll_ns } };

	if (vm->config.halt_poll_ns < 0)
		return 0;
	return vm_ioctl(vm, vm->fd, KVM_ENABLE_CAP, "KVM_CAP_HALT_POLL (try --halt-poll=host)",
			&cap);
}

static int make(struct vm *vm)
{
	int err;

	vm->fd = vm_ioctl_again(vm->config.kvm_fd, KVM_CREATE_VM,
				(void *)arch_vm_type(vm->config.kvm_fd));
	if (vm->fd < 0)
		return log_errno(-errno, "vm %s: KVM_CREATE_VM", vm->config.name);
	err = set_halt_poll(vm);
	if (err >= 0)
		err = add_memory(vm);
	if (err >= 0)
		err = arch_vm_init(vm);
	if (err >= 0)
		err = add_vcpu(vm);
	if (err >= 0)
		err = set_signal_mask(vm);
	if (err >= 0)
		err = arch_vcpu_init(vm);
	if (err >= 0)
		vm_stats_open(vm);
	return err < 0 ? err : 0;
}

int vm_create(struct vm **out, const struct vm_config *config)
{
	struct vm *vm = calloc(1, sizeof(*vm));
	int err;

	if (!vm)
		return log_errno(-ENOMEM, "vm %s: create", config->name);
	vm->config = *config;
	vm->fd = -1;
	vm->vcpu_fd = -1;
	vm->stats_fd[0] = vm->stats_fd[1] = -1;
	err = make(vm);
	if (err) {
		vm_destroy(vm);
		return err;
	}
	*out = vm;
	return 0;
}

void vm_destroy(struct vm *vm)
{
	if (!vm)
		return;
	vm_stop(vm);
	if (vm->run)
		munmap(vm->run, vm->run_bytes);
	vm_stats_close(vm);
	fd_close(&vm->vcpu_fd);
	fd_close(&vm->fd);
	free(vm);
}

const struct vm_irq *vm_irq_find(const char *name)
{
	if (strcmp(name, "auto") == 0)
		return &vm_irqs[0];
	for (const struct vm_irq *irq = vm_irqs; irq->name; irq++)
		if (strcmp(irq->name, name) == 0)
			return irq;
	return NULL;
}

int vm_add_irqfd(struct vm *vm, int fd, const struct vm_irq *irq)
{
	int gsi = arch_route_irq(vm, irq);
	struct kvm_irqfd irqfd = { .fd = (uint32_t)fd, .gsi = (uint32_t)gsi };

	if (gsi < 0)
		return gsi;
	return vm_ioctl(vm, vm->fd, KVM_IRQFD, "KVM_IRQFD", &irqfd);
}

int vm_add_doorbell(struct vm *vm, int fd, gpa_t at, uint32_t value)
{
	struct kvm_ioeventfd ioeventfd = {
		.datamatch = value,
		.addr = at.v,
		.len = 4,
		.fd = fd,
		.flags = KVM_IOEVENTFD_FLAG_DATAMATCH,
	};

	return vm_ioctl(vm, vm->fd, KVM_IOEVENTFD, "KVM_IOEVENTFD", &ioeventfd);
}

int vm_start(struct vm *vm, const cpu_set_t *cpus)
{
	char name[16];
	int err;

	snprintf(name, sizeof(name), "tandem-%.8s", vm->config.name);
	vm->ended = false;
	vm->thread.filter = vm->config.confine ? vcpu_filter : NULL;
	shared_store(&vm->stopping, false);
	shared_store(&vm->state, VM_RUNNING);
	err = thread_start(&vm->thread, name, cpus, vcpu_main, vm);
	if (err) {
		shared_store(&vm->state, VM_STOPPED);
		return log_errno(err, "vm %s: starting its vCPU thread", vm->config.name);
	}
	return 0;
}

void vm_stop(struct vm *vm)
{
	if (!vm->thread.started)
		return;
	shared_store_release(&vm->stopping, true);
	pthread_kill(vm->thread.handle, SIGUSR1);
	thread_join(&vm->thread);
}

void vm_end(struct vm *vm)
{
	vm->ended = true;
}

enum vm_state vm_state(const struct vm *vm)
{
	return (enum vm_state)shared_load_acquire(&vm->state);
}

const char *vm_failure(const struct vm *vm)
{
	return vm->failure;
}

pid_t vm_tid(const struct vm *vm)
{
	return vm->thread.tid;
}

struct vm_exits vm_exits(const struct vm *vm)
{
	return (struct vm_exits){
		.mmio = shared_load(&vm->exits.mmio),
		.io = shared_load(&vm->exits.io),
		.intr = shared_load(&vm->exits.intr),
		.other = shared_load(&vm->exits.other),
	};
}
