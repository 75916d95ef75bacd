// SPDX-License-Identifier: BSD-2-Clause
// Fuzz target: the ELF loader. Input: the image, loaded into a small guest memory; no KVM behind it.
#include <elf.h>

#include "tandem/abi.h"
#include "tests/fuzz/fuzz.h"
#include "vmm/arch.h"
#include "vmm/loader.h"
#include "vmm/vm.h"

#define RAM_BYTES 0x28000u /* the loader's own page tables end at 0x20000 */

/*
 * Most bytes of a good header are one and the same: with its first byte odd, the input is only what may
 * differ, so that a mutation reaches the segments.
 */
static size_t unfold(struct input *in, uint8_t *image, size_t max, uint64_t ram)
{
	unsigned n = take8(in) % 5;
	Elf64_Ehdr eh = {
		.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_EXEC,
		.e_machine = arch_elf_machine,
		.e_entry = ram + take32(in),
		.e_phoff = sizeof(eh),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = (uint16_t)n,
	};
	size_t at = sizeof(eh), left;

	memcpy(image, &eh, sizeof(eh));
	for (; n; n--) {
		Elf64_Phdr ph = { .p_type = PT_LOAD };

		ph.p_offset = take16(in);
		ph.p_paddr = ram + (uint64_t)(int64_t)(int32_t)take32(in);
		ph.p_filesz = take16(in);
		ph.p_memsz = take32(in);
		memcpy(image + at, &ph, sizeof(ph));
		at += sizeof(ph);
	}
	left = in->left < max - at ? in->left : max - at;
	memcpy(image + at, in->p, left);
	return at + left;
}

static void load(struct vm *vm, const uint8_t *image, size_t bytes)
{
	/* Exactly as large as it says, for AddressSanitizer. */
	uint8_t *exact = malloc(bytes ? bytes : 1);
	int err;

	CHECK(exact);
	memcpy(exact, image, bytes);
	err = vm_load_elf(vm, exact, bytes);
	CHECK(err < 0); /* a good one gets as far as the vCPU, of which there is none */
	CHECK(memcmp(exact, image, bytes) == 0);
	free(exact);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t image[4096];
	struct gmem mem = { .base = vm_layout()->ram_gpa, .bytes = RAM_BYTES, .fd = -1 };
	struct vm vm = { .config = { .name = "fuzz", .kvm_fd = -1, .mem = &mem, .vcpus = 1 },
			 .fd = -1,
			 .vcpu = { { .vm = &vm, .fd = -1 } } };
	struct input in = { data, size };

	mem.host = calloc(1, RAM_BYTES);
	CHECK(mem.host);
	if (take8(&in) & 1)
		load(&vm, image, unfold(&in, image, sizeof(image), mem.base));
	else
		load(&vm, in.p, in.left);
	free(mem.host);
	return 0;
}
