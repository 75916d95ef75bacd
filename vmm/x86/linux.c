// SPDX-License-Identifier: BSD-2-Clause
// x86_64: a bzImage into memory, with its parameters, for its 64-bit entry
// (Documentation/arch/x86/boot.rst).
#include "vmm/linux_types.h"

#include <asm/bootparam.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "vmm/arch.h"
#include "vmm/x86/acpi.h"

#define PARAMETERS_GPA 0x8000u
#define TABLES_GPA 0x10000u
#define COMMAND_LINE_GPA 0x20000u
#define COMMAND_LINE_MAX 0x8000u
#define LOW_END 0xa0000u     /* of memory below a PC's hole */
#define HIGH_START 0x100000u /* and above */

#define SETUP_AT offsetof(struct boot_params, hdr)
#define SECTOR 512u
#define ENTRY_64 0x200u
#define BOOT_FLAG 0xaa55u
#define VERSION_MIN 0x20cu /* knows of xloadflags */
#define LOADER_OTHER 0xffu
#define PAGE 4096ull
#define MIB (1ull << 20)

_Static_assert(sizeof(struct boot_params) == PAGE, "the zero page");

/* What the kernel's own header says, checked. */
struct bzimage {
	struct setup_header header;
	uint32_t header_bytes;
	const uint8_t *code;
	uint64_t code_bytes;
	uint64_t at;	 /* where it wants to lie */
	uint64_t need;	 /* how much from there on it uses before it can look around */
	uint64_t initrd; /* where that goes */
};

#define refuse(why, err, ...) (snprintf(why, LINUX_WHY_BYTES, __VA_ARGS__), err)

/* As many bytes of the header as the jump over it says, and this program knows. */
static int read_header(const struct linux_image *image, struct bzimage *b,
		       char why[LINUX_WHY_BYTES])
{
	const uint8_t *file = image->kernel;

	if (image->kernel_bytes < SETUP_AT + sizeof(b->header))
		return refuse(why, -ENOEXEC, "truncated: shorter than a kernel's header");
	b->header_bytes = 0x202 + file[0x201] - (uint32_t)SETUP_AT;
	if (b->header_bytes > sizeof(b->header))
		b->header_bytes = sizeof(b->header);
	memcpy(&b->header, file + SETUP_AT, b->header_bytes);
	if (b->header.boot_flag != BOOT_FLAG || b->header.version < VERSION_MIN ||
	    !(b->header.xloadflags & XLF_KERNEL_64))
		return refuse(why, -ENOEXEC,
			      "has no 64-bit entry (boot protocol %u.%u): not an x86_64 kernel, "
			      "or one older than Linux 3.8",
			      b->header.version >> 8, b->header.version & 0xff);
	return 0;
}

static int find_code(const struct linux_image *image, struct bzimage *b, char why[LINUX_WHY_BYTES])
{
	uint64_t setup = (b->header.setup_sects ? b->header.setup_sects + 1u : 5u) * SECTOR;
	uint64_t end = setup + 16ull * b->header.syssize;

	if (image->kernel_bytes < end || b->header.syssize * 16ull <= ENTRY_64)
		return refuse(why, -ENOEXEC,
			      "truncated: %llu bytes of %llu; copy or build it again",
			      (unsigned long long)image->kernel_bytes, (unsigned long long)end);
	b->code = (const uint8_t *)image->kernel + setup;
	b->code_bytes = end - setup;
	return 0;
}

static int find_place(uint64_t ram_bytes, struct bzimage *b, char why[LINUX_WHY_BYTES])
{
	b->at = b->header.pref_address;
	b->need = b->header.init_size > b->code_bytes ? b->header.init_size : b->code_bytes;
	b->need = (b->need + PAGE - 1) & ~(PAGE - 1);
	if (b->at < HIGH_START || b->at % PAGE || b->at >= UINT32_MAX)
		return refuse(why, -ENOEXEC, "its header makes no sense: it wants to lie at 0x%llx",
			      (unsigned long long)b->at);
	if (b->at > ram_bytes || b->need > ram_bytes - b->at)
		return refuse(why, -E2BIG,
			      "needs %llu MiB of memory to start, and the guest has %llu; raise "
			      "--guest-mem",
			      (unsigned long long)((b->at + b->need + MIB - 1) / MIB),
			      (unsigned long long)(ram_bytes / MIB));
	return 0;
}

static uint64_t command_line_max(const struct bzimage *b)
{
	return b->header.cmdline_size < COMMAND_LINE_MAX ? b->header.cmdline_size
							 : COMMAND_LINE_MAX - 1;
}

static int check_command_line(const struct linux_image *image, const struct bzimage *b,
			      char why[LINUX_WHY_BYTES])
{
	uint64_t n = strlen(image->command_line);

	if (n <= command_line_max(b))
		return 0;
	return refuse(why, -E2BIG, "takes a command line of at most %llu characters, not %llu",
		      (unsigned long long)command_line_max(b), (unsigned long long)n);
}

/* As high as the kernel can reach, so that it is out of its way. */
static int find_initrd(const struct linux_image *image, uint64_t ram_bytes, struct bzimage *b,
		       char why[LINUX_WHY_BYTES])
{
	uint64_t end = ram_bytes, free_from = b->at + b->need;

	if (end > b->header.initrd_addr_max + 1ull)
		end = b->header.initrd_addr_max + 1ull;
	if (end > free_from && image->initrd_bytes <= end - free_from) {
		b->initrd = (end - image->initrd_bytes) & ~(PAGE - 1);
		if (b->initrd >= free_from)
			return 0;
	}
	return refuse(why, -E2BIG,
		      "initrd too large: %llu MiB, and of the guest's %llu MiB %llu are free for "
		      "it; raise --guest-mem",
		      (unsigned long long)(image->initrd_bytes / MIB),
		      (unsigned long long)(ram_bytes / MIB),
		      (unsigned long long)(end > free_from ? (end - free_from) / MIB : 0));
}

static int plan(const struct linux_image *image, uint64_t ram_bytes, struct bzimage *b,
		char why[LINUX_WHY_BYTES])
{
	int err = read_header(image, b, why);

	if (!err)
		err = find_code(image, b, why);
	if (!err)
		err = find_place(ram_bytes, b, why);
	if (!err)
		err = check_command_line(image, b, why);
	if (!err && image->initrd_bytes)
		err = find_initrd(image, ram_bytes, b, why);
	return err;
}

int arch_linux_check(const struct linux_image *image, uint64_t ram_bytes, char why[LINUX_WHY_BYTES])
{
	struct bzimage b = { 0 };

	return plan(image, ram_bytes, &b, why);
}

static void add_range(struct boot_params *p, uint64_t from, uint64_t to, uint32_t type)
{
	p->e820_table[p->e820_entries++] = (struct boot_e820_entry){ from, to - from, type };
}

/* Types of memory: 1 to be used, 2 not. */
static void describe_memory(struct boot_params *p, uint64_t bytes)
{
	add_range(p, 0, LOW_END, 1);
	add_range(p, LOW_END, HIGH_START, 2);
	add_range(p, HIGH_START, bytes, 1);
}

static void place_parameters(const struct gmem *mem, const struct bzimage *b,
			     const struct linux_image *image)
{
	struct boot_params p = { 0 };

	memcpy(&p.hdr, &b->header, b->header_bytes);
	p.hdr.type_of_loader = LOADER_OTHER;
	p.hdr.cmd_line_ptr = COMMAND_LINE_GPA;
	p.hdr.ramdisk_image = (uint32_t)b->initrd;
	p.hdr.ramdisk_size = (uint32_t)image->initrd_bytes;
	p.acpi_rsdp_addr = ACPI_GPA;
	describe_memory(&p, mem->bytes);
	memcpy(gmem_ptr(mem, gpa(PARAMETERS_GPA), sizeof(p)), &p, sizeof(p));
}

/* The plan has seen to it that all of this is inside the memory. */
static void put(const struct gmem *mem, uint64_t at, const void *from, uint64_t bytes)
{
	if (bytes)
		memcpy(gmem_ptr(mem, gpa(at), bytes), from, bytes);
}

int arch_linux_place(const struct gmem *mem, const struct linux_image *image, unsigned vcpus,
		     struct linux_entry *entry, char why[LINUX_WHY_BYTES])
{
	struct bzimage b = { 0 };
	int err = plan(image, mem->bytes, &b, why);

	if (err)
		return err;
	put(mem, b.at, b.code, b.code_bytes);
	put(mem, b.initrd, image->initrd, image->initrd_bytes);
	put(mem, COMMAND_LINE_GPA, image->command_line, strlen(image->command_line) + 1);
	place_parameters(mem, &b, image);
	acpi_write(mem, vcpus);
	*entry = (struct linux_entry){ gpa(b.at + ENTRY_64), gpa(PARAMETERS_GPA), gpa(TABLES_GPA) };
	return 0;
}
