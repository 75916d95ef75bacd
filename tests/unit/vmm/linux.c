// SPDX-License-Identifier: BSD-2-Clause
// A stock kernel's image into memory: made-up bzImages, whole and broken, and what the kernel is
// told. Without KVM; on arm64 only that it says so.
#include "tests/common/suite.h"

#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/gmem.h"
#include "vmm/arch.h"
#include "vmm/linux.h"
#include "vmm/probe.h"

#define MIB (1ull << 20)
#define RAM (32 * MIB)
#define SETUP_BYTES 2048u
#define CODE_BYTES 8192u
#define IMAGE_BYTES (SETUP_BYTES + CODE_BYTES)
#define PREFERRED (16 * MIB)
#define INIT_BYTES (4 * MIB)
#define PARAMETERS 0x8000u

static uint8_t image[IMAGE_BYTES + 64];
static struct gmem mem;
static struct linux_image given;
static struct linux_entry entry;
static char why[LINUX_WHY_BYTES];

static void set(uint32_t at, uint64_t value, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		image[at + i] = (uint8_t)(value >> 8 * i);
}

static uint64_t get(uint64_t at, unsigned bytes)
{
	const uint8_t *p = gmem_ptr(&mem, gpa(at), bytes);
	uint64_t value = 0;

	assert_non_null(p);
	while (bytes--)
		value = value << 8 | p[bytes];
	return value;
}

/* Offsets: Documentation/arch/x86/boot.rst. */
static void make_image(void)
{
	memset(image, 0, sizeof(image));
	for (unsigned i = 0; i < CODE_BYTES; i++)
		image[SETUP_BYTES + i] = (uint8_t)(i * 7 + 3);
	set(0x1f1, SETUP_BYTES / 512 - 1, 1);
	set(0x1f4, CODE_BYTES / 16, 4);
	set(0x1fe, 0xaa55, 2);
	set(0x200, 0x6aeb, 2); /* jmp over the header, to 0x26c */
	memcpy(image + 0x202, "HdrS", 4);
	set(0x206, 0x20f, 2);
	set(0x22c, 0x7fffffff, 4); /* initrd_addr_max */
	set(0x236, 1, 2);	   /* a 64-bit entry */
	set(0x238, 2047, 4);	   /* cmdline_size */
	set(0x258, PREFERRED, 8);
	set(0x260, INIT_BYTES, 4);
}

static int set_up(void **state)
{
	(void)state;
	make_image();
	given = (struct linux_image){ .kernel = image,
				      .kernel_bytes = IMAGE_BYTES,
				      .command_line = "console=ttyS0" };
	memset(why, 0, sizeof(why));
	mem = GMEM_NONE;
	return gmem_create(&mem, "test", gpa(0), RAM);
}

static int tear_down(void **state)
{
	(void)state;
	gmem_destroy(&mem);
	return 0;
}

static void need_x86(void)
{
	if (arch_elf_machine != EM_X86_64)
		skip();
}

static void assert_placed(unsigned vcpus)
{
	assert_int_equal(linux_place(&mem, &given, vcpus, &entry, why), 0);
}

static void test_placed(void **state)
{
	(void)state;
	need_x86();
	assert_placed(1);
	assert_int_equal(entry.code.v, PREFERRED + 0x200);
	assert_memory_equal(gmem_ptr(&mem, gpa(PREFERRED), CODE_BYTES), image + SETUP_BYTES,
			    CODE_BYTES);
	assert_int_equal(get(entry.parameters.v + 0x202, 4), 0x53726448);
	assert_int_equal(get(entry.parameters.v + 0x210, 1), 0xff); /* no loader they know */
	assert_string_equal(gmem_ptr(&mem, gpa(get(entry.parameters.v + 0x228, 4)), 14),
			    "console=ttyS0");
	assert_int_equal(get(entry.parameters.v + 0x218, 4), 0); /* no initrd */
}

static void test_memory_map(void **state)
{
	static const uint64_t expected[3][3] = { { 0, 0xa0000, 1 },
						 { 0xa0000, 0x60000, 2 },
						 { 0x100000, RAM - 0x100000, 1 } };
	uint64_t at;

	(void)state;
	need_x86();
	assert_placed(1);
	at = entry.parameters.v;
	assert_int_equal(get(at + 0x1e8, 1), 3);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(get(at + 0x2d0 + 20 * i, 8), expected[i][0]);
		assert_int_equal(get(at + 0x2d8 + 20 * i, 8), expected[i][1]);
		assert_int_equal(get(at + 0x2e0 + 20 * i, 4), expected[i][2]);
	}
}

static void test_initrd(void **state)
{
	static char initrd[5000];
	uint64_t at;

	(void)state;
	need_x86();
	memset(initrd, 0x5a, sizeof(initrd));
	given.initrd = initrd;
	given.initrd_bytes = sizeof(initrd);
	assert_placed(1);
	at = get(entry.parameters.v + 0x218, 4);
	assert_int_equal(at, RAM - 8192); /* at a page, as high as it goes */
	assert_int_equal(get(entry.parameters.v + 0x21c, 4), sizeof(initrd));
	assert_memory_equal(gmem_ptr(&mem, gpa(at), sizeof(initrd)), initrd, sizeof(initrd));
	set(0x22c, 24 * MIB - 1, 4);
	assert_placed(1);
	assert_int_equal(get(entry.parameters.v + 0x218, 4), 24 * MIB - 8192);
}

/* An initrd exactly as large as there is room, and a byte more. */
static void test_initrd_room(void **state)
{
	uint64_t room = RAM - PREFERRED - INIT_BYTES;
	char *initrd = calloc(1, room + 1);

	(void)state;
	assert_non_null(initrd);
	given.initrd = initrd;
	given.initrd_bytes = room;
	if (arch_elf_machine == EM_X86_64) {
		assert_placed(1);
		assert_int_equal(get(entry.parameters.v + 0x218, 4), PREFERRED + INIT_BYTES);
		given.initrd_bytes++;
		assert_int_equal(linux_place(&mem, &given, 1, &entry, why), -E2BIG);
		assert_non_null(strstr(why, "initrd too large"));
	}
	free(initrd);
}

/* What is broken about an image: a field of it, or how long it is. */
struct refusal {
	const char *name;
	uint32_t at, bytes;
	uint64_t value;
	uint64_t kernel_bytes; /* 0: as it is */
	int err;
	const char *why;
};

static const struct refusal refusals[] = {
	{ "nothing", 0, 0, 0, 1, -ENOEXEC, "not a Linux kernel" },
	{ "no_mark", 0x202, 4, 0, 0, -ENOEXEC, "not a Linux kernel" },
	{ "an_elf_file", 0, 4, 0x464c457f, IMAGE_BYTES, -ENOEXEC, "vmlinux" },
	{ "cut_within_the_header", 0, 0, 0, 0x250, -ENOEXEC, "truncated" },
	{ "cut_within_the_code", 0, 0, 0, IMAGE_BYTES - 1, -ENOEXEC, "truncated: 10239 bytes" },
	{ "no_boot_flag", 0x1fe, 2, 0, 0, -ENOEXEC, "64-bit entry" },
	{ "an_old_protocol", 0x206, 2, 0x20b, 0, -ENOEXEC, "boot protocol 2.11" },
	{ "no_64_bit_entry", 0x236, 2, 0, 0, -ENOEXEC, "64-bit entry" },
	{ "a_header_that_ends_at_once", 0x201, 1, 0, 0, -ENOEXEC, "64-bit entry" },
	{ "no_code", 0x1f4, 4, 0, 0, -ENOEXEC, "truncated" },
	{ "code_that_ends_before_the_entry", 0x1f4, 4, 32, 0, -ENOEXEC, "truncated" },
	{ "more_code_than_the_file_has", 0x1f4, 4, 0xffffffff, 0, -ENOEXEC, "truncated" },
	{ "more_setup_than_the_file_has", 0x1f1, 1, 0xff, 0, -ENOEXEC, "truncated" },
	{ "a_place_below_1_MiB", 0x258, 8, 0x1000, 0, -ENOEXEC, "0x1000" },
	{ "a_place_beside_a_page", 0x258, 8, PREFERRED + 16, 0, -ENOEXEC, "makes no sense" },
	{ "a_place_above_4_GiB", 0x258, 8, 1ull << 32, 0, -ENOEXEC, "makes no sense" },
	{ "a_place_at_the_end_of_all", 0x258, 8, 0xfffffffffffff000, 0, -ENOEXEC, "no sense" },
	{ "a_place_behind_the_memory", 0x258, 8, RAM, 0, -E2BIG, "has 32; raise --guest-mem" },
	{ "more_than_there_is_memory", 0x260, 4, RAM, 0, -E2BIG, "needs 48 MiB" },
	{ "the_most_that_can_be_asked_for", 0x260, 4, 0xffffffff, 0, -E2BIG, "memory to start" },
	{ "a_short_command_line", 0x238, 4, 12, 0, -E2BIG, "at most 12 characters, not 13" },
};

static void test_refusal(void **state)
{
	const struct refusal *r = *state;

	if (strcmp(r->name, "nothing") && strcmp(r->name, "no_mark") &&
	    strcmp(r->name, "an_elf_file"))
		need_x86();
	set(r->at, r->value, r->bytes);
	if (r->at == 0 && r->bytes)
		set(0x202, 0, 4);
	if (r->kernel_bytes)
		given.kernel_bytes = r->kernel_bytes;
	assert_int_equal(linux_check(&given, RAM, why), r->err);
	if (!strstr(why, r->why))
		print_message("# %s\n", why);
	assert_non_null(strstr(why, r->why));
	memset(why, 0, sizeof(why));
	assert_int_equal(linux_place(&mem, &given, 1, &entry, why), r->err);
	assert_non_null(strstr(why, r->why));
}

static void test_other_architecture(void **state)
{
	(void)state;
	if (arch_elf_machine == EM_X86_64) {
		set(0x202, 0, 4);
		memcpy(image + 56, "ARM\x64", 4);
	}
	assert_int_equal(linux_check(&given, RAM, why), -ENOEXEC);
	assert_non_null(strstr(why, "which this machine cannot run"));
}

static void test_compressed(void **state)
{
	(void)state;
	set(0x202, 0, 4);
	memcpy(image + 4, "zimg", 4);
	assert_int_equal(linux_check(&given, RAM, why), -ENOEXEC);
	assert_non_null(strstr(why, "a compressed arm64 kernel"));
}

/* Whatever bytes a file has: it is refused, or lies inside the memory. */
static void test_noise(void **state)
{
	uint64_t seed = 4711;
	unsigned placed = 0;

	(void)state;
	for (unsigned round = 0; round < 20000; round++) {
		make_image();
		for (unsigned i = 0; i < 3; i++)
			image[0x1f1 + suite_random(&seed) % 0x80] = (uint8_t)suite_random(&seed);
		given.kernel_bytes = suite_random(&seed) % 4 ? IMAGE_BYTES
							     : suite_random(&seed) % IMAGE_BYTES;
		if (linux_check(&given, RAM, why) == 0)
			placed++;
		else
			assert_true(strlen(why) > 0 && strlen(why) < sizeof(why));
	}
	if (arch_elf_machine == EM_X86_64)
		assert_true(placed > 100);
}

/* ---- ACPI ---- */

static uint8_t sum(uint64_t at, uint64_t bytes)
{
	uint8_t s = 0;

	while (bytes--)
		s = (uint8_t)(s + get(at + bytes, 1));
	return s;
}

static void assert_table(uint64_t at, const char *signature)
{
	uint64_t bytes = get(at + 4, 4);

	assert_memory_equal(gmem_ptr(&mem, gpa(at), 4), signature, 4);
	assert_true(at >= 0xe0000 && at + bytes <= 0x100000 && bytes >= 36);
	assert_int_equal(at % 16, 0);
	assert_int_equal(sum(at, bytes), 0);
}

static void test_tables(void **state)
{
	uint64_t rsdp, xsdt, fadt, madt;

	(void)state;
	need_x86();
	assert_placed(8);
	rsdp = get(entry.parameters.v + 0x70, 8);
	assert_memory_equal(gmem_ptr(&mem, gpa(rsdp), 8), "RSD PTR ", 8);
	assert_int_equal(sum(rsdp, 20), 0);
	assert_int_equal(sum(rsdp, 36), 0);
	xsdt = get(rsdp + 24, 8);
	assert_table(xsdt, "XSDT");
	assert_int_equal(get(xsdt + 4, 4), 36 + 16);
	fadt = get(xsdt + 36, 8);
	madt = get(xsdt + 44, 8);
	assert_table(fadt, "FACP");
	assert_int_equal(get(fadt + 4, 4), 276);
	assert_int_equal(get(fadt + 112, 4) >> 20 & 1, 1); /* hardware-reduced */
	assert_int_equal(get(fadt + 40, 4), get(fadt + 140, 8));
	assert_table(get(fadt + 140, 8), "DSDT");
	assert_int_equal(get(fadt + 244, 1), 1); /* an I/O port */
	assert_int_equal(get(fadt + 248, 8), 0x600);
	assert_int_equal(get(fadt + 260, 8), 0x601);
	assert_int_equal(get(fadt + 120, 8), 0xcf9);
	assert_table(madt, "APIC");
}

static void test_processors(void **state)
{
	uint64_t madt, end;
	unsigned cpus = 0, ioapics = 0;

	(void)state;
	need_x86();
	assert_placed(8);
	madt = get(get(get(entry.parameters.v + 0x70, 8) + 24, 8) + 44, 8);
	end = madt + get(madt + 4, 4);
	for (uint64_t at = madt + 44; at < end; at += get(at + 1, 1)) {
		assert_true(get(at + 1, 1) >= 8);
		if (get(at, 1) == 0) {
			assert_int_equal(get(at + 3, 1), cpus++);
			assert_int_equal(get(at + 4, 4), 1);
		} else {
			assert_int_equal(get(at, 1), 1);
			assert_int_equal(get(at + 4, 4), 0xfec00000);
			ioapics++;
		}
	}
	assert_int_equal(cpus, 8);
	assert_int_equal(ioapics, 1);
}

/* Lengths inside the DSDT that do not add up would send a kernel's interpreter astray. */
static uint64_t package_end(uint64_t at)
{
	assert_int_equal(get(at, 1) & 0xf0, 0x40);
	return at + (get(at, 1) & 0xf) + (get(at + 1, 1) << 4);
}

static void test_dsdt(void **state)
{
	static const uint8_t off[] = { 0x08, '_', 'S', '5', '_', 0x12 };
	uint64_t fadt, dsdt, at, end;

	(void)state;
	need_x86();
	assert_placed(1);
	fadt = get(get(get(entry.parameters.v + 0x70, 8) + 24, 8) + 36, 8);
	dsdt = get(fadt + 140, 8);
	end = dsdt + get(dsdt + 4, 4);
	at = dsdt + 36;
	assert_memory_equal(gmem_ptr(&mem, gpa(at), sizeof(off)), off, sizeof(off));
	at = package_end(at + sizeof(off));
	assert_int_equal(get(at, 1), 0x10); /* the scope \_SB, up to the end */
	assert_int_equal(package_end(at + 1), end);
	at += 3 + 4;
	for (unsigned devices = 0; at < end; devices++) {
		assert_int_equal(get(at, 2), 0x825b);
		at = package_end(at + 2);
		assert_true(devices < 10 && at <= end);
	}
	assert_int_equal(at, end);
}

/* ---- the probe ---- */

static void test_probe(void **state)
{
	char text[PROBE_WHY_BYTES] = "";

	(void)state;
	assert_null(probe_verdict(0, text));
	assert_null(probe_verdict(400000, text));	  /* a processor: 1 ns each */
	assert_null(probe_verdict(8 * 1000000ull, text)); /* an emulated one: 20 ns */
	assert_ptr_equal(probe_verdict(400000 * 330ull, text), text);
	assert_non_null(strstr(text, "330 ns per instruction"));
	assert_non_null(strstr(text, "tandem lab"));
}

int main(void)
{
	static struct suite s = { .setup = set_up, .teardown = tear_down };

	suite_add(&s, "kernel_command_line_and_parameters_lie_where_they_should", test_placed,
		  NULL);
	suite_add(&s, "the_kernel_is_told_what_memory_there_is", test_memory_map, NULL);
	suite_add(&s, "the_initrd_lies_as_high_as_the_kernel_reaches", test_initrd, NULL);
	suite_add(&s, "the_initrd_may_fill_all_that_is_free", test_initrd_room, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++)
		suite_add(&s, refusals[i].name, test_refusal, &refusals[i]);
	suite_add(&s, "a_kernel_of_another_architecture", test_other_architecture, NULL);
	suite_add(&s, "a_compressed_kernel", test_compressed, NULL);
	suite_add(&s, "noise_is_refused_or_fits", test_noise, NULL);
	suite_add(&s, "acpi_tables_add_up", test_tables, NULL);
	suite_add(&s, "acpi_has_each_processor_and_one_ioapic", test_processors, NULL);
	suite_add(&s, "the_dsdt_s_packages_nest", test_dsdt, NULL);
	suite_add(&s, "an_interpreting_host_is_told_from_a_processor", test_probe, NULL);
	return suite_run(&s, "unit: linux");
}
