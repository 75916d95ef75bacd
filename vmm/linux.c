// SPDX-License-Identifier: BSD-2-Clause
// A stock Linux kernel into a virtual machine's memory: what kind of image it is.
#include "vmm/linux.h"

#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "vmm/arch.h"

static bool has(const struct linux_image *image, uint64_t at, const char *magic)
{
	uint64_t n = strlen(magic);

	return image->kernel_bytes >= n && at <= image->kernel_bytes - n &&
	       memcmp((const char *)image->kernel + at, magic, n) == 0;
}

/* Documentation/arch/x86/boot.rst, Documentation/arch/arm64/booting.rst. NULL: another kind. */
static const char *kind_of(const struct linux_image *image, uint16_t *machine)
{
	*machine = EM_NONE;
	if (has(image, 0x202, "HdrS"))
		*machine = EM_X86_64;
	else if (has(image, 56, "ARM\x64"))
		*machine = EM_AARCH64;
	else if (has(image, 0, ELFMAG))
		return "an ELF file, perhaps vmlinux";
	else if (has(image, 4, "zimg") || has(image, 0, "\x1f\x8b"))
		return "a compressed arm64 kernel";
	else
		return "not a Linux kernel";
	return NULL;
}

static int check_kind(const struct linux_image *image, char why[LINUX_WHY_BYTES])
{
	uint16_t machine;
	const char *kind = kind_of(image, &machine);

	if (machine == arch_elf_machine)
		return 0;
	if (machine == EM_X86_64)
		kind = "an x86 kernel, which this machine cannot run";
	else if (machine == EM_AARCH64)
		kind = "an arm64 kernel, which this machine cannot run";
	snprintf(why, LINUX_WHY_BYTES,
		 "%s; give a bzImage (x86_64: arch/x86/boot/bzImage) or an Image (arm64: "
		 "arch/arm64/boot/Image)",
		 kind);
	return -ENOEXEC;
}

int linux_check(const struct linux_image *image, uint64_t ram_bytes, char why[LINUX_WHY_BYTES])
{
	int err = check_kind(image, why);

	return err ? err : arch_linux_check(image, ram_bytes, why);
}

int linux_place(const struct gmem *mem, const struct linux_image *image, unsigned vcpus,
		struct linux_entry *entry, char why[LINUX_WHY_BYTES])
{
	int err = check_kind(image, why);

	return err ? err : arch_linux_place(mem, image, vcpus, entry, why);
}

int vm_load_linux(struct vm *vm, const struct linux_image *image, char why[LINUX_WHY_BYTES])
{
	struct linux_entry entry;
	int err = linux_place(vm->config.mem, image, vm->config.vcpus, &entry, why);

	if (err)
		return err;
	err = arch_linux_enter(&vm->vcpu[0], &entry);
	if (err)
		snprintf(why, LINUX_WHY_BYTES, "the vCPU's registers could not be set");
	return err;
}
