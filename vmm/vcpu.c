// SPDX-License-Identifier: BSD-2-Clause
// The one KVM_RUN loop, for every architecture.
#include "vmm/vcpu.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>

#include "tandem/shared.h"
#include "vmm/arch.h"
#include "vmm/fail.h"
#include "vmm/ioctl.h"

/* docs/lab.md; tests/lab/inside looks for it. */
#define LOST                                                                                     \
	"; its page tables, descriptors and handlers are whole: the processor's fault, not the " \
	"guest's"

const struct filter_rule vcpu_filter[] = {
	ALLOW_IF(ioctl, 1, FILTER_WORD, KVM_RUN, "the guest runs"),
	ALLOW_IF(ioctl, 1, FILTER_WORD, KVM_GET_MP_STATE, "does it wait to be started?"),
	ALLOW_IF(ioctl, 1, FILTER_WORD, KVM_IRQFD, "the guest masks a vector (PCI)"),
	ALLOW_IF(ioctl, 1, FILTER_WORD, KVM_SET_GSI_ROUTING, "it writes a vector's message (PCI)"),
	ALLOW_IF(ioctl, 1, FILTER_WORD, KVM_IOEVENTFD, "it moves a BAR with doorbells (PCI)"),
	ALLOW(ppoll, "it asks whether a masked vector is pending (PCI)"),
	ALLOW(read, "it gives a queue a vector: what came before is forgotten (PCI)"),
	ALLOW_IF(ioctl, 1, FILTER_WORD, KVM_GET_REGS, "a failure's message names the pc (x86)"),
	ALLOW_IF(ioctl, 1, FILTER_WORD, KVM_GET_ONE_REG,
		 "a failure's message names the pc "
		 "(arm64)"),
	ALLOW(rt_sigtimedwait, "take the signal that ended KVM_RUN"),
	FILTER_END,
};

static void count(uint64_t *counter)
{
	shared_store(counter, *counter + 1);
}

static const struct vm_mmio *find_mmio(const struct vm *vm, uint64_t at, unsigned len)
{
	for (unsigned i = 0; i < vm->config.nmmio; i++) {
		const struct vm_mmio *m = &vm->config.mmio[i];
		uint64_t offset = at - m->base.v;

		if (offset < m->bytes && len <= m->bytes - offset)
			return m;
	}
	return NULL;
}

/* An access where nothing is reads as zeros and is ignored, as on a bus without a device. */
static void handle_mmio(struct vcpu *vcpu)
{
	struct kvm_run *run = vcpu->run;
	unsigned len = run->mmio.len;
	const struct vm_mmio *m = find_mmio(vcpu->vm, run->mmio.phys_addr, len);
	uint64_t value = 0, offset = m ? run->mmio.phys_addr - m->base.v : 0;

	if (len > sizeof(value))
		len = sizeof(value);
	if (run->mmio.is_write) {
		memcpy(&value, run->mmio.data, len);
		if (m)
			m->write(m->ctx, offset, len, value);
		return;
	}
	if (m)
		value = m->read(m->ctx, offset, len);
	memcpy(run->mmio.data, &value, sizeof(run->mmio.data));
}

static void fail_internal(struct vcpu *vcpu)
{
	const struct kvm_run *run = vcpu->run;
	static const char *const text[] = { "?", "emulation failed", "simultaneous exceptions",
					    "delivery of an event", "unexpected exit reason" };
	uint32_t sub = run->internal.suberror;

	vm_fail(vcpu->vm, "KVM_RUN: internal error, suberror %u (%s) at pc 0x%llx; see dmesg", sub,
		sub < sizeof(text) / sizeof(text[0]) ? text[sub] : "?",
		(unsigned long long)arch_pc(vcpu));
}

static void fail_exit(struct vcpu *vcpu)
{
	const struct kvm_run *run = vcpu->run;
	unsigned long long pc = arch_pc(vcpu);

	switch (run->exit_reason) {
	case KVM_EXIT_SHUTDOWN:
		vm_fail(vcpu->vm, "KVM_RUN: guest shut down (triple fault) at pc 0x%llx%s", pc,
			arch_takes_faults(vcpu) ? LOST : "");
		break;
	case KVM_EXIT_FAIL_ENTRY:
		vm_fail(vcpu->vm, "KVM_RUN: entry failed, hardware reason 0x%llx at pc 0x%llx",
			(unsigned long long)run->fail_entry.hardware_entry_failure_reason, pc);
		break;
	case KVM_EXIT_INTERNAL_ERROR:
		fail_internal(vcpu);
		break;
	case KVM_EXIT_SYSTEM_EVENT:
		vm_fail(vcpu->vm, "KVM_RUN: guest asked for a system event, type %u, at pc 0x%llx",
			run->system_event.type, pc);
		break;
	default:
		vm_fail(vcpu->vm,
			"KVM_RUN: exit reason %u at pc 0x%llx that tandem does not "
			"handle",
			run->exit_reason, pc);
	}
}

static void handle_exit(struct vcpu *vcpu)
{
	switch (vcpu->run->exit_reason) {
	case KVM_EXIT_MMIO:
		count(&vcpu->exits.mmio);
		handle_mmio(vcpu);
		break;
	case KVM_EXIT_INTR:
		count(&vcpu->exits.intr);
		break;
	default:
		count(&vcpu->exits.other);
		if (!arch_handle_exit(vcpu))
			fail_exit(vcpu);
	}
}

/*
 * The signal that ended KVM_RUN stays pending, blocked as it is outside: take it. false: there was
 * none.
 */
static bool take_signal(void)
{
	struct timespec now = { 0 };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	return sigtimedwait(&set, NULL, &now) == SIGUSR1;
}

static bool is_runnable(const struct vcpu *vcpu)
{
	struct kvm_mp_state state;

	return vm_ioctl_again(vcpu->fd, KVM_GET_MP_STATE, &state) == 0 &&
	       state.mp_state == KVM_MP_STATE_RUNNABLE;
}

/*
 * EAGAIN without a signal has two reasons. A vCPU that waits for its SIPI gets one when it comes,
 * and is runnable from then on. And since Linux 6.12 the first KVM_RUN of a VM makes a thread of
 * this process; where none may be made it is EAGAIN for ever. So of a vCPU that was runnable before
 * and has never run, it is the latter.
 */
static void ask_again(struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;
	bool was = vcpu->runnable;

	if (take_signal() || vcpu->has_run)
		return;
	vcpu->runnable = is_runnable(vcpu);
	if (!was || !vcpu->runnable)
		return;
	shared_store(&vm->lacks_threads, true);
	vm_fail(vm, "KVM_RUN: a thread of KVM's own: " THREADS_LACKING);
}

static void fail_run(struct vcpu *vcpu, int err)
{
	/* What ails the VM ails all its vCPUs: the first says it. */
	if (shared_load(&vcpu->vm->failing))
		return;
	/* So does KVM answer everything from then on: it cannot be asked for registers either. */
	if (err == EIO)
		vm_fail(vcpu->vm, "KVM_RUN: %s: KVM has given this VM up; dmesg may say why",
			strerror(err));
	else
		vm_fail(vcpu->vm, "KVM_RUN: %s at pc 0x%llx", strerror(err),
			(unsigned long long)arch_pc(vcpu));
}

static void run_once(struct vcpu *vcpu)
{
	int err = ioctl(vcpu->fd, KVM_RUN, 0) < 0 ? errno : 0;

	if (err != EAGAIN)
		vcpu->has_run = true;
	if (!err) {
		handle_exit(vcpu);
		return;
	}
	if (err != EINTR && err != EAGAIN) {
		fail_run(vcpu, err);
		return;
	}
	count(&vcpu->exits.intr);
	if (err == EINTR)
		take_signal();
	else
		ask_again(vcpu);
}

void vcpu_main(void *arg)
{
	struct vcpu *vcpu = arg;
	struct vm *vm = vcpu->vm;
	int running = VM_RUNNING;

	while (!shared_load_acquire(&vm->stopping) && !shared_load(&vm->ended) &&
	       shared_load(&vm->state) == VM_RUNNING)
		run_once(vcpu);
	/* Unless another one fails just now. */
	__atomic_compare_exchange_n(&vm->state, &running,
				    shared_load(&vm->ended) ? VM_ENDED : VM_STOPPED, false,
				    __ATOMIC_RELEASE, __ATOMIC_RELAXED);
}
