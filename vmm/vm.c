// SPDX-License-Identifier: BSD-2-Clause
// A virtual machine: making it, wiring it, ending it.
#include "vmm/vm.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "lib/fd.h"
#include "lib/log.h"
#include "tandem/shared.h"
#include "vmm/arch.h"
#include "vmm/ioctl.h"
#include "vmm/routes.h"
#include "vmm/stats.h"
#include "vmm/vcpu.h"

const struct vm_layout *vm_layout(void)
{
	return &arch_layout;
}

static int explain_open(int err, char why[VM_WHY_BYTES])
{
	if (err == -ENOENT)
		snprintf(why, VM_WHY_BYTES, "is not there");
	else if (err == -EACCES || err == -EPERM)
		snprintf(why, VM_WHY_BYTES, "may not be opened");
	else
		snprintf(why, VM_WHY_BYTES, "cannot be opened: %s", strerror(-err));
	return err;
}

const char *vm_kvm_hint(int err)
{
	if (err == -ENOENT)
		return "load kvm_intel or kvm_amd (x86), boot Linux at EL2 (arm64), or use "
		       "--accel=thread";
	if (err == -EACCES || err == -EPERM)
		return "add yourself to group kvm, run as root, or use --accel=thread";
	return "use --accel=thread";
}

static int check_version(int fd, char why[VM_WHY_BYTES])
{
	int version = vm_ioctl_again(fd, KVM_GET_API_VERSION, NULL), err = -errno;

	if (version == KVM_API_VERSION)
		return 0;
	if (version >= 0)
		snprintf(why, VM_WHY_BYTES, "has version %d of the API, not %d", version,
			 KVM_API_VERSION);
	else if (err == -ENOTTY)
		snprintf(why, VM_WHY_BYTES, "is not KVM (no answer to KVM_GET_API_VERSION)");
	else
		snprintf(why, VM_WHY_BYTES, "does not tell its version: %s", strerror(-err));
	return version >= 0 || err == -ENOTTY ? -ENOSYS : err;
}

static int check_capabilities(int fd, char why[VM_WHY_BYTES])
{
	static const struct {
		int number;
		const char *name;
	} needed[] = {
		{ KVM_CAP_USER_MEMORY, "KVM_CAP_USER_MEMORY" },
		{ KVM_CAP_IRQCHIP, "KVM_CAP_IRQCHIP" },
		{ KVM_CAP_IRQFD, "KVM_CAP_IRQFD" },
		{ KVM_CAP_IOEVENTFD, "KVM_CAP_IOEVENTFD" },
	};

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		int has = vm_ioctl_again(fd, KVM_CHECK_EXTENSION, (void *)(long)needed[i].number);
		int err = has < 0 ? -errno : -ENOSYS;

		if (has > 0)
			continue;
		snprintf(why, VM_WHY_BYTES, "does not offer %s%s%s", needed[i].name,
			 has < 0 ? ": " : "", has < 0 ? strerror(-err) : "");
		return err;
	}
	return 0;
}

int vm_try_kvm(char why[VM_WHY_BYTES])
{
	int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC), err;

	if (fd < 0)
		return explain_open(-errno, why);
	err = check_version(fd, why);
	if (!err)
		err = check_capabilities(fd, why);
	if (err)
		fd_close(&fd);
	return err ? err : fd;
}

int vm_open_kvm(void)
{
	char why[VM_WHY_BYTES];
	int fd = vm_try_kvm(why);

	if (fd < 0)
		log_error("/dev/kvm %s; %s", why, vm_kvm_hint(fd));
	return fd;
}

int vm_open_empty(void)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC), vm;

	if (kvm < 0)
		return -errno;
	vm = vm_ioctl_again(kvm, KVM_CREATE_VM, (void *)arch_vm_type(kvm));
	if (vm < 0)
		vm = -errno;
	fd_close(&kvm);
	return vm;
}

static int add_memory(struct vm *vm)
{
	const struct gmem *m = vm->config.mem;
	int err = 0;

	for (unsigned i = 0; i < m->nregions && err >= 0; i++) {
		struct kvm_userspace_memory_region slot = {
			.slot = i,
			.guest_phys_addr = m->region[i].base,
			.memory_size = m->region[i].bytes,
			.userspace_addr = (uint64_t)m->region[i].host,
		};

		err = vm_ioctl(vm, vm->fd, KVM_SET_USER_MEMORY_REGION, "KVM_SET_USER_MEMORY_REGION",
			       &slot);
	}
	return err;
}

static int add_vcpu(struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;
	int bytes = vm_ioctl(vm, vm->config.kvm_fd, KVM_GET_VCPU_MMAP_SIZE,
			     "KVM_GET_VCPU_MMAP_SIZE", NULL);
	void *run;

	if (bytes < 0)
		return bytes;
	vcpu->fd = vm_ioctl(vm, vm->fd, KVM_CREATE_VCPU, "KVM_CREATE_VCPU",
			    (void *)(uintptr_t)vcpu->index);
	if (vcpu->fd < 0)
		return vcpu->fd;
	run = mmap(NULL, (size_t)bytes, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu->fd, 0);
	if (run == MAP_FAILED)
		return log_errno(-errno, "vm %s: mmap of kvm_run", vm->config.name);
	vcpu->run = run;
	vcpu->run_bytes = (uint64_t)bytes;
	return 0;
}

/* Only inside KVM_RUN is SIGUSR1 let through, so that vm_stop() can't come too early. */
static int set_signal_mask(struct vcpu *vcpu)
{
	/* The set begins right behind the length, where a uint64_t would not by itself. */
	struct {
		struct kvm_signal_mask head;
		uint64_t set;
	} __attribute__((packed)) mask = { .head.len = 8, .set = ~(1ull << (SIGUSR1 - 1)) };

	_Static_assert(sizeof(mask) == sizeof(mask.head) + 8, "no gap before the set");
	return vm_ioctl(vcpu->vm, vcpu->fd, KVM_SET_SIGNAL_MASK, "KVM_SET_SIGNAL_MASK", &mask);
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

/*
 * As KVM_CAP_X86_DISABLE_EXITS has it: where there is none, there are none to switch off that way.
 */
static int set_pause_exits(struct vm *vm)
{
	struct kvm_enable_cap cap = { .cap = KVM_CAP_X86_DISABLE_EXITS,
				      .args = { KVM_X86_DISABLE_EXITS_PAUSE } };
	int can = vm_ioctl_again(vm->config.kvm_fd, KVM_CHECK_EXTENSION,
				 (void *)(long)KVM_CAP_X86_DISABLE_EXITS);

	if (!vm->config.no_pause_exits)
		return 0;
	if (can > 0 && can & KVM_X86_DISABLE_EXITS_PAUSE)
		return vm_ioctl(vm, vm->fd, KVM_ENABLE_CAP, "KVM_CAP_X86_DISABLE_EXITS", &cap);
	log_error("vm %s: this KVM has no pause-loop exits that could be switched off for one VM "
		  "(KVM_CAP_X86_DISABLE_EXITS); leave --ple as it is",
		  vm->config.name);
	return -ENOSYS;
}

static int check_vcpus(struct vm *vm)
{
	int max = vm_ioctl_again(vm->config.kvm_fd, KVM_CHECK_EXTENSION,
				 (void *)(long)KVM_CAP_MAX_VCPUS);

	if (!vm->config.vcpus)
		vm->config.vcpus = 1;
	if (max <= 0)
		max = 1; /* so the KVM API says of a kernel that does not know the question */
	if (max > (int)VM_VCPUS_MAX)
		max = VM_VCPUS_MAX;
	if (vm->config.vcpus <= (unsigned)max)
		return 0;
	log_error("vm %s: %u vCPUs are more than the %d that a VM can have here; ask for fewer",
		  vm->config.name, vm->config.vcpus, max);
	vm->config.vcpus = 0;
	return -EINVAL;
}

static int make_vcpu(struct vcpu *vcpu)
{
	int err = add_vcpu(vcpu);

	if (err >= 0)
		err = set_signal_mask(vcpu);
	return err < 0 ? err : arch_vcpu_init(vcpu);
}

static int make(struct vm *vm)
{
	int err = check_vcpus(vm);

	if (err < 0)
		return err;
	vm->fd = vm_ioctl_again(vm->config.kvm_fd, KVM_CREATE_VM,
				(void *)arch_vm_type(vm->config.kvm_fd));
	if (vm->fd < 0)
		return log_errno(-errno, "vm %s: KVM_CREATE_VM", vm->config.name);
	err = set_halt_poll(vm);
	if (err >= 0)
		err = set_pause_exits(vm);
	if (err >= 0)
		err = add_memory(vm);
	if (err >= 0)
		err = arch_vm_init(vm);
	for (unsigned i = 0; i < vm->config.vcpus && err >= 0; i++)
		err = make_vcpu(&vm->vcpu[i]);
	if (err >= 0)
		err = arch_vm_complete(vm);
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
	vm->stats_fd = -1;
	for (unsigned i = 0; i < VM_VCPUS_MAX; i++)
		vm->vcpu[i] = (struct vcpu){ .vm = vm, .index = i, .fd = -1, .stats_fd = -1 };
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
	vm_stats_close(vm);
	for (unsigned i = 0; i < VM_VCPUS_MAX; i++) {
		if (vm->vcpu[i].run)
			munmap(vm->vcpu[i].run, vm->vcpu[i].run_bytes);
		fd_close(&vm->vcpu[i].fd);
	}
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

int vm_add_irq(struct vm *vm, const struct vm_irq *irq)
{
	return arch_route_irq(vm, irq);
}

int vm_set_msi(struct vm *vm, int gsi, uint64_t address, uint32_t data)
{
	struct kvm_irq_routing_entry e = routes_msi((uint32_t)gsi, address, data);

	return routes_set(vm, &e);
}

int vm_add_msi(struct vm *vm, uint64_t address, uint32_t data)
{
	int gsi = arch_next_msi(vm), err;

	if (gsi < 0)
		return gsi;
	err = vm_set_msi(vm, gsi, address, data);
	return err ? err : gsi;
}

bool vm_irq_message(const struct vm_irq *irq, uint64_t *address, uint32_t *data)
{
	return arch_irq_message(irq, address, data);
}

bool vm_has_pci(void)
{
	return arch_has_pci;
}

int vm_irqfd(struct vm *vm, int gsi, int fd)
{
	struct kvm_irqfd irqfd = { .fd = (uint32_t)fd, .gsi = (uint32_t)gsi };

	return vm_ioctl(vm, vm->fd, KVM_IRQFD, "KVM_IRQFD", &irqfd);
}

int vm_irqfd_off(struct vm *vm, int gsi, int fd)
{
	struct kvm_irqfd irqfd = { .fd = (uint32_t)fd,
				   .gsi = (uint32_t)gsi,
				   .flags = KVM_IRQFD_FLAG_DEASSIGN };

	return vm_ioctl(vm, vm->fd, KVM_IRQFD, "KVM_IRQFD: DEASSIGN", &irqfd);
}

static void set_doorbell(struct vm *vm, int fd, uint64_t at, uint32_t flags)
{
	struct kvm_ioeventfd ioeventfd = { .addr = at, .fd = fd, .flags = flags };

	if (at)
		vm_ioctl_again(vm->fd, KVM_IOEVENTFD, &ioeventfd);
}

void vm_move_doorbell(struct vm *vm, int fd, uint64_t from, uint64_t to)
{
	set_doorbell(vm, fd, from, KVM_IOEVENTFD_FLAG_DEASSIGN);
	set_doorbell(vm, fd, to, 0);
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

/* "tandem-b"; the others than the first: "tandem-b.1" */
static int start_vcpu(struct vcpu *vcpu, const cpu_set_t *cpus)
{
	char name[16];

	snprintf(name, sizeof(name), vcpu->index ? "tandem-%.5s.%u" : "tandem-%.8s",
		 vcpu->vm->config.name, vcpu->index);
	vcpu->thread.filter = vcpu->vm->config.confine ? vcpu_filter : NULL;
	return thread_start(&vcpu->thread, name, cpus, vcpu_main, vcpu);
}

int vm_start(struct vm *vm, const cpu_set_t *cpus)
{
	int err = 0;

	shared_store(&vm->ended, false);
	shared_store(&vm->failing, false);
	shared_store(&vm->lacks_threads, false);
	shared_store(&vm->stopping, false);
	shared_store(&vm->state, VM_RUNNING);
	for (unsigned i = 0; i < vm->config.vcpus && !err; i++)
		err = start_vcpu(&vm->vcpu[i], cpus);
	if (!err)
		return 0;
	vm_stop(vm);
	shared_store(&vm->state, VM_STOPPED);
	log_error("vm %s: starting its vCPU threads: %s", vm->config.name, thread_error(err));
	return err;
}

void vm_stop(struct vm *vm)
{
	shared_store_release(&vm->stopping, true);
	for (unsigned i = 0; i < vm->config.vcpus; i++)
		if (vm->vcpu[i].thread.started)
			pthread_kill(vm->vcpu[i].thread.handle, SIGUSR1);
	for (unsigned i = 0; i < vm->config.vcpus; i++)
		thread_join(&vm->vcpu[i].thread);
}

void vm_end(struct vm *vm)
{
	shared_store(&vm->ended, true);
}

enum vm_state vm_state(const struct vm *vm)
{
	return (enum vm_state)shared_load_acquire(&vm->state);
}

bool vm_lacks_threads(const struct vm *vm)
{
	return vm_state(vm) == VM_FAILED && vm->lacks_threads;
}

const char *vm_failure(const struct vm *vm)
{
	return vm->failure;
}

pid_t vm_tid(const struct vm *vm)
{
	return vm_vcpu_tid(vm, 0);
}

pid_t vm_vcpu_tid(const struct vm *vm, unsigned index)
{
	return index < vm->config.vcpus ? vm->vcpu[index].thread.tid : 0;
}

struct vm_exits vm_exits(const struct vm *vm)
{
	struct vm_exits sum = { 0 };

	for (unsigned i = 0; i < vm->config.vcpus; i++) {
		const struct vm_exits *e = &vm->vcpu[i].exits;

		sum.mmio += shared_load(&e->mmio);
		sum.io += shared_load(&e->io);
		sum.intr += shared_load(&e->intr);
		sum.other += shared_load(&e->other);
	}
	return sum;
}
