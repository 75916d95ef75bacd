// SPDX-License-Identifier: BSD-2-Clause
// Can this KVM run a stock kernel?
#include "vmm/probe.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "lib/clock.h"
#include "lib/gmem.h"
#include "lib/log.h"
#include "vmm/arch.h"
#include "vmm/vm.h"

#define RAM_BYTES (2ull << 20)
#define CODE_GPA 0x100000u
#define TRIES 5u
/*
 * A processor takes 1 ns or so for each, an emulated one 10; a KVM without hardware virtualization,
 * which interprets a guest's kernel mode, took 330, and lacks instructions that kernels use.
 */
#define INSTRUCTION_NS_MAX 100u

const char *probe_verdict(unsigned long long took_ns, char why[PROBE_WHY_BYTES])
{
	unsigned long long each = took_ns / ARCH_PROBE_INSTRUCTIONS;

	if (each <= INSTRUCTION_NS_MAX)
		return NULL;
	snprintf(why, PROBE_WHY_BYTES,
		 "interprets a guest's kernel mode (%llu ns per instruction): no stock kernel runs "
		 "there; use a host with hardware virtualization, or tandem lab",
		 each);
	return why;
}

/* Until the program leaves by an I/O port: how long it took, or -errno. */
static int64_t run_once(struct vcpu *vcpu)
{
	uint64_t start = clock_mono_ns();
	int err = arch_vcpu_enter_at(vcpu, gpa(CODE_GPA));

	while (!err && ioctl(vcpu->fd, KVM_RUN, 0) < 0)
		err = errno == EINTR ? 0 : -errno;
	if (err)
		return err;
	return vcpu->run->exit_reason == KVM_EXIT_IO ? (int64_t)(clock_mono_ns() - start) : -ENOSYS;
}

/* Of several the quickest: others may have the CPU meanwhile. */
static int time_it(struct vm *vm, char why[PROBE_WHY_BYTES])
{
	const char *slow = why;

	for (unsigned i = 0; i < TRIES && slow; i++) {
		int64_t took = run_once(&vm->vcpu[0]);

		if (took < 0) {
			snprintf(why, PROBE_WHY_BYTES,
				 "cannot run a guest's kernel mode: %s; use tandem lab",
				 strerror((int)-took));
			return -ENOSYS;
		}
		slow = probe_verdict((unsigned long long)took, why);
	}
	return slow ? -ENOSYS : 0;
}

int vm_probe(int kvm_fd, char why[PROBE_WHY_BYTES])
{
	struct gmem mem = GMEM_NONE;
	struct vm_config config = {
		.name = "probe", .kvm_fd = kvm_fd, .mem = &mem, .halt_poll_ns = -1
	};
	struct vm *vm = NULL;
	int err;

	if (!arch_probe_bytes)
		return 0;
	err = gmem_create(&mem, "tandem-probe", gpa(vm_layout()->ram_gpa), RAM_BYTES);
	if (err)
		return log_errno(err, "vm probe: its memory");
	memcpy(gmem_ptr(&mem, gpa(CODE_GPA), arch_probe_bytes), arch_probe_code, arch_probe_bytes);
	err = vm_create(&vm, &config);
	if (!err)
		err = time_it(vm, why);
	vm_destroy(vm);
	gmem_destroy(&mem);
	return err;
}
