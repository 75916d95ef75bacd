// SPDX-License-Identifier: BSD-2-Clause
// The architectures that the lab can boot.
#include "lab/arch.h"

#include <elf.h>
#include <stddef.h>
#include <string.h>
#include <sys/utsname.h>

#include "lab/kconfig.h"

#define N_ARCHS (sizeof(archs) / sizeof(archs[0]))

/* oops=panic: a kernel that went wrong must stop the run, not go on to a wrong figure. */
static const struct lab_arch archs[] = {
	{
		.name = "x86_64",
		.alias = "amd64",
		.deb = "amd64",
		.qemu = "qemu-system-x86_64",
		.qemu_pkg = "qemu-system-x86",
		.elf_machine = EM_X86_64,
		.machine = "q35",
		/*
		 * Without cmpxchg16b: QEMU 7.2 can leave garbage in the flags after it, and an
		 * interrupt there is a double fault (5 of 41 boots of 6.12).
		 */
		.cpu = "max,cx16=off",
		/* The emulated TSC is sound, but the watchdog can be fooled by a loaded host. */
		.cmdline = "console=ttyS0 quiet panic=-1 oops=panic tsc=reliable",
		/* KVM refuses RT hosts whose TSC is not constant; the emulator does not say so. */
		.cmdline_rt = "setcpuid=constant_tsc",
		/* SVM is what the emulator has; there is no VMX in it. */
		.kvm_module = "kvm-amd",
		.modules = { "virtio_pci", "virtio_console", "tun", "bridge", "vhost_net",
			     "virtio_net" },
		.gnu = "x86-64-linux-gnu",
		.cross = "x86_64-linux-gnu-",
		.srcarch = "x86",
		.image = "bzImage",
		.config = lab_config_x86_64,
		.build_steps = 1600,
		.parallel_races = true,
		.loses_interrupts = true,
	},
	{
		.name = "arm64",
		.alias = "aarch64",
		.deb = "arm64",
		.qemu = "qemu-system-aarch64",
		.qemu_pkg = "qemu-system-arm",
		.elf_machine = EM_AARCH64,
		.machine = "virt,virtualization=on,gic-version=3",
		/* The architected pointer authentication is slow to emulate. */
		.cpu = "max,pauth-impdef=on",
		.cmdline = "console=ttyAMA0 quiet panic=-1 oops=panic",
		.cmdline_rt = "",
		.modules = { "virtio_pci", "virtio_console", "tun", "bridge", "vhost_net",
			     "virtio_net" },
		.gnu = "aarch64-linux-gnu",
		.cross = "aarch64-linux-gnu-",
		.srcarch = "arm64",
		.image = "Image",
		.config = lab_config_arm64,
		.build_steps = 1600,
	},
};

const struct lab_arch *lab_arch_find(const char *name)
{
	size_t i;

	for (i = 0; i < N_ARCHS; i++)
		if (!strcmp(name, archs[i].name) || !strcmp(name, archs[i].alias))
			return &archs[i];
	return NULL;
}

const struct lab_arch *lab_arch_native(void)
{
	struct utsname u;

	return uname(&u) ? NULL : lab_arch_find(u.machine);
}

const struct lab_arch *lab_arch_of_elf(uint16_t machine)
{
	size_t i;

	for (i = 0; i < N_ARCHS; i++)
		if (archs[i].elf_machine == machine)
			return &archs[i];
	return NULL;
}
