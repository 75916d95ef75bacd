// SPDX-License-Identifier: BSD-2-Clause
// Loading an ELF executable into guest memory, every offset and length checked.
#include "vmm/loader.h"

#include <elf.h>
#include <errno.h>
#include <string.h>

#include "lib/log.h"
#include "vmm/arch.h"

/* vmm/guest_image.S: the bundled guest, as built for this architecture. */
extern const uint8_t guest_image[], guest_image_end[];

static int refuse(struct vm *vm, const char *why)
{
	log_error("vm %s: guest image: %s; build tandem again with `make clean all`",
		  vm->config.name, why);
	return -ENOEXEC;
}

static int load_segment(struct vm *vm, const uint8_t *image, uint64_t bytes, const Elf64_Phdr *ph)
{
	uint8_t *to;

	if (ph->p_filesz > ph->p_memsz || ph->p_offset > bytes ||
	    ph->p_filesz > bytes - ph->p_offset)
		return refuse(vm, "a segment lies outside the file");
	to = gmem_ptr(vm->config.mem, gpa(ph->p_paddr), ph->p_memsz);
	if (!to)
		return refuse(vm, "a segment lies outside guest memory");
	memcpy(to, image + ph->p_offset, ph->p_filesz);
	memset(to + ph->p_filesz, 0, ph->p_memsz - ph->p_filesz);
	return 0;
}

static const char *check_header(const Elf64_Ehdr *eh, uint64_t bytes)
{
	if (memcmp(eh->e_ident, ELFMAG, SELFMAG) != 0)
		return "not an ELF file";
	if (eh->e_ident[EI_CLASS] != ELFCLASS64 || eh->e_ident[EI_DATA] != ELFDATA2LSB)
		return "not 64-bit little-endian";
	if (eh->e_type != ET_EXEC || eh->e_machine != arch_elf_machine)
		return "not an executable for this architecture";
	if (eh->e_phentsize != sizeof(Elf64_Phdr) || eh->e_phoff > bytes ||
	    eh->e_phnum > (bytes - eh->e_phoff) / sizeof(Elf64_Phdr))
		return "program headers lie outside the file";
	return NULL;
}

int vm_load_elf(struct vm *vm, const void *image, uint64_t bytes)
{
	const uint8_t *file = image;
	const char *why;
	unsigned loaded = 0;
	Elf64_Ehdr eh;
	int err = 0;

	if (bytes < sizeof(eh))
		return refuse(vm, "shorter than an ELF header");
	memcpy(&eh, file, sizeof(eh));
	why = check_header(&eh, bytes);
	if (why)
		return refuse(vm, why);
	for (unsigned i = 0; i < eh.e_phnum && !err; i++) {
		Elf64_Phdr ph;

		memcpy(&ph, file + eh.e_phoff + i * sizeof(ph), sizeof(ph));
		if (ph.p_type != PT_LOAD)
			continue;
		err = load_segment(vm, file, bytes, &ph);
		loaded++;
	}
	if (err)
		return err;
	if (!loaded)
		return refuse(vm, "no segment to load");
	if (!gmem_ptr(vm->config.mem, gpa(eh.e_entry), 1))
		return refuse(vm, "its entry lies outside guest memory");
	for (unsigned i = 0; i < vm->config.vcpus && !err; i++)
		err = arch_vcpu_enter_at(&vm->vcpu[i], gpa(eh.e_entry));
	return err;
}

int vm_load_guest(struct vm *vm)
{
	return vm_load_elf(vm, guest_image, (uint64_t)(guest_image_end - guest_image));
}
