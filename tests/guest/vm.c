// SPDX-License-Identifier: BSD-2-Clause
// A bare virtual machine: garbage images; guests that spin, crash, or touch what is not there.
#include "tests/common/suite.h"

#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/clock.h"
#include "lib/fd.h"
#include "tandem/abi.h"
#include "tests/common/proc.h"
#include "tests/guest/need_kvm.h"
#include "vmm/loader.h"
#include "vmm/vm.h"

#define RAM_BYTES (4ull << 20)
#define PATIENCE_MS suite_patience(10000)
#define STOP_MS 1000u

extern const uint8_t guest_image[], guest_image_end[];

/* What a micro guest tells: the values it wrote to the test's page. */
#define TOLD_MAX 8u

static int kvm_fd = -1;
static struct gmem mem;
static struct vm *vm;
static uint64_t told[TOLD_MAX];
static unsigned ntold;

static uint64_t on_read(void *ctx, uint64_t offset, unsigned len)
{
	(void)ctx;
	(void)len;
	return 0x1122334455667788ull + offset;
}

/* The first register takes values, the second ends the guest. */
static void on_write(void *ctx, uint64_t offset, unsigned len, uint64_t value)
{
	(void)ctx;
	(void)len;
	if (offset == 0 && ntold < TOLD_MAX)
		told[ntold++] = value;
	if (offset == 8)
		vm_end(vm);
}

static char printed[16];
static unsigned nprinted;

static void on_console(void *ctx, char c)
{
	(void)ctx;
	if (nprinted < sizeof(printed) - 1)
		printed[nprinted++] = c;
}

static int set_up(void **state)
{
	struct vm_config config = {
		.name = "t",
		.kvm_fd = kvm_fd,
		.mem = &mem,
		.mmio = { { gpa(vm_layout()->ctl_gpa), 0x1000, on_read, on_write, NULL } },
		.nmmio = 1,
		.console = on_console,
	};

	(void)state;
	ntold = 0;
	nprinted = 0;
	memset(printed, 0, sizeof(printed));
	assert_int_equal(gmem_create(&mem, "test-vm", gpa(vm_layout()->ram_gpa), RAM_BYTES), 0);
	assert_int_equal(vm_create(&vm, &config), 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	vm_destroy(vm);
	vm = NULL;
	gmem_destroy(&mem);
	return 0;
}

static void sleep_ms(unsigned ms)
{
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000l };

	nanosleep(&t, NULL);
}

/* ------------------------------------------------------------------ images */

/* A copy of the bundled guest to spoil, exactly its size, so that ASan sees every step too far. */
struct image {
	uint8_t *bytes;
	uint64_t size;
	Elf64_Ehdr eh;
	Elf64_Phdr ph; /* the first segment that is loaded */
	uint64_t ph_at;
};

static void find_segment(struct image *im)
{
	for (unsigned i = 0; i < im->eh.e_phnum; i++) {
		im->ph_at = im->eh.e_phoff + i * sizeof(im->ph);
		memcpy(&im->ph, im->bytes + im->ph_at, sizeof(im->ph));
		if (im->ph.p_type == PT_LOAD)
			return;
	}
	fail_msg("the bundled guest has no segment to load");
}

static void copy_image(struct image *im)
{
	im->size = (uint64_t)(guest_image_end - guest_image);
	im->bytes = malloc(im->size);
	assert_non_null(im->bytes);
	memcpy(im->bytes, guest_image, im->size);
	memcpy(&im->eh, im->bytes, sizeof(im->eh));
	find_segment(im);
}

static int load(struct image *im)
{
	memcpy(im->bytes, &im->eh, sizeof(im->eh));
	memcpy(im->bytes + im->ph_at, &im->ph, sizeof(im->ph));
	return vm_load_elf(vm, im->bytes, im->size);
}

#define SPOIL(name, statement)                     \
	static void spoil_##name(struct image *im) \
	{                                          \
		statement;                         \
	}

SPOIL(magic, im->eh.e_ident[EI_MAG2] = 'G')
SPOIL(class, im->eh.e_ident[EI_CLASS] = ELFCLASS32)
SPOIL(endian, im->eh.e_ident[EI_DATA] = ELFDATA2MSB)
SPOIL(no_class, im->eh.e_ident[EI_CLASS] = 0)
SPOIL(type, im->eh.e_type = ET_DYN)
SPOIL(machine, im->eh.e_machine = EM_386)
SPOIL(other_machine, im->eh.e_machine = im->eh.e_machine == EM_X86_64 ? EM_AARCH64 : EM_X86_64)
SPOIL(phentsize_0, im->eh.e_phentsize = 0)
SPOIL(phentsize, im->eh.e_phentsize++)
SPOIL(phoff_end, im->eh.e_phoff = im->size - sizeof(im->ph) + 1)
SPOIL(phoff_far, im->eh.e_phoff = UINT64_MAX)
SPOIL(phoff_wraps, im->eh.e_phoff = UINT64_MAX - sizeof(im->ph) + 2)
SPOIL(phnum, im->eh.e_phnum = UINT16_MAX)
SPOIL(phnum_0, im->eh.e_phnum = 0)
SPOIL(no_load, im->ph.p_type = PT_NULL)
SPOIL(entry_end, im->eh.e_entry = vm_layout()->ram_gpa + RAM_BYTES + 1)
SPOIL(entry_far, im->eh.e_entry = UINT64_MAX)
SPOIL(offset_end, im->ph.p_offset = im->size - im->ph.p_filesz + 1)
SPOIL(offset_far, im->ph.p_offset = UINT64_MAX)
SPOIL(offset_wraps, im->ph.p_offset = UINT64_MAX - im->ph.p_filesz + 2)
SPOIL(filesz, im->ph.p_filesz = im->ph.p_memsz = im->size + 1)
SPOIL(filesz_huge, im->ph.p_filesz = im->ph.p_memsz = UINT64_MAX)
SPOIL(memsz_below_filesz, im->ph.p_memsz = im->ph.p_filesz - 1)
SPOIL(memsz_huge, im->ph.p_memsz = UINT64_MAX)
SPOIL(memsz_of_ram, im->ph.p_memsz = RAM_BYTES)
SPOIL(paddr_end, im->ph.p_paddr = vm_layout()->ram_gpa + RAM_BYTES - im->ph.p_memsz + 1)
SPOIL(paddr_far, im->ph.p_paddr = UINT64_MAX)
SPOIL(paddr_wraps, im->ph.p_paddr = UINT64_MAX - im->ph.p_memsz + 2)
SPOIL(paddr_device, im->ph.p_paddr = vm_layout()->virtio_gpa)

static const struct spoiled {
	const char *name;
	void (*spoil)(struct image *im);
} spoiled[] = {
	{ "an_image_with_a_wrong_magic_is_refused", spoil_magic },
	{ "a_32_bit_image_is_refused", spoil_class },
	{ "a_big_endian_image_is_refused", spoil_endian },
	{ "an_image_of_no_class_is_refused", spoil_no_class },
	{ "an_image_that_is_not_an_executable_is_refused", spoil_type },
	{ "an_i386_image_is_refused", spoil_machine },
	{ "an_image_for_the_other_architecture_is_refused", spoil_other_machine },
	{ "program_headers_of_no_size_are_refused", spoil_phentsize_0 },
	{ "program_headers_of_another_size_are_refused", spoil_phentsize },
	{ "program_headers_that_end_outside_the_file_are_refused", spoil_phoff_end },
	{ "program_headers_far_outside_the_file_are_refused", spoil_phoff_far },
	{ "program_headers_whose_end_wraps_are_refused", spoil_phoff_wraps },
	{ "more_program_headers_than_the_file_holds_are_refused", spoil_phnum },
	{ "an_image_without_program_headers_is_refused", spoil_phnum_0 },
	{ "an_image_without_a_segment_to_load_is_refused", spoil_no_load },
	{ "an_entry_outside_ram_is_refused", spoil_entry_end },
	{ "an_entry_far_outside_ram_is_refused", spoil_entry_far },
	{ "a_segment_that_ends_outside_the_file_is_refused", spoil_offset_end },
	{ "a_segment_far_outside_the_file_is_refused", spoil_offset_far },
	{ "a_segment_whose_end_in_the_file_wraps_is_refused", spoil_offset_wraps },
	{ "a_segment_larger_than_the_file_is_refused", spoil_filesz },
	{ "a_segment_of_2_to_the_64_bytes_is_refused", spoil_filesz_huge },
	{ "a_segment_smaller_in_memory_than_in_the_file_is_refused", spoil_memsz_below_filesz },
	{ "a_segment_of_2_to_the_64_bytes_of_memory_is_refused", spoil_memsz_huge },
	{ "a_segment_as_large_as_ram_but_not_at_its_start_is_refused", spoil_memsz_of_ram },
	{ "a_segment_that_ends_outside_ram_is_refused", spoil_paddr_end },
	{ "a_segment_far_outside_ram_is_refused", spoil_paddr_far },
	{ "a_segment_whose_end_in_memory_wraps_is_refused", spoil_paddr_wraps },
	{ "a_segment_over_device_registers_is_refused", spoil_paddr_device },
};

static void the_image_is_refused(void **state)
{
	const struct spoiled *s = *state;
	struct image im;
	int err;

	copy_image(&im);
	s->spoil(&im);
	err = load(&im);
	free(im.bytes);
	assert_int_equal(err, -ENOEXEC);
}

static void the_bundled_image_is_taken(void **state)
{
	struct image im;
	int err;

	(void)state;
	copy_image(&im);
	err = load(&im);
	free(im.bytes);
	assert_int_equal(err, 0);
	assert_int_equal(vm_load_guest(vm), 0);
}

/* Hundreds of refusals say nothing new. Returns what unmute() wants. */
static int mute(void)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC), saved = fcntl(2, F_DUPFD_CLOEXEC, 3);

	dup2(null, 2);
	close(null);
	return saved;
}

static void unmute(int saved)
{
	dup2(saved, 2);
	close(saved);
}

/* The file ends anywhere: all of it that is needed is there, or it is refused. */
static void a_truncated_image_is_refused(void **state)
{
	struct image im;
	int saved = mute();
	uint64_t whole;

	(void)state;
	copy_image(&im);
	whole = im.ph.p_offset + im.ph.p_filesz;
	for (uint64_t size = 0; size < whole; size += size < 200 ? 1 : 997) {
		uint8_t *cut = malloc(size ? size : 1);
		int err;

		assert_non_null(cut);
		memcpy(cut, guest_image, size);
		err = vm_load_elf(vm, cut, size);
		free(cut);
		if (err != -ENOEXEC)
			unmute(saved);
		assert_int_equal(err, -ENOEXEC);
	}
	unmute(saved);
	free(im.bytes);
}

/* Not every bit matters; none may do harm. */
static void no_flipped_bit_of_the_headers_does_harm(void **state)
{
	unsigned refused = 0, taken = 0, wrong = 0;
	int saved = mute();
	struct image im;

	(void)state;
	copy_image(&im);
	for (uint64_t bit = 0; bit < 8 * (im.ph_at + sizeof(im.ph)); bit++) {
		int err;

		im.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		err = vm_load_elf(vm, im.bytes, im.size);
		im.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		wrong += err && err != -ENOEXEC;
		refused += err != 0;
		taken += err == 0;
	}
	unmute(saved);
	free(im.bytes);
	print_message("# %u refused, %u taken\n", refused, taken);
	assert_int_equal(wrong, 0);
	assert_true(refused > 300);
}

static void noise_is_refused(void **state)
{
	int saved = mute();
	uint64_t seed = 42;
	uint8_t noise[4096];
	unsigned taken = 0;

	(void)state;
	for (unsigned i = 0; i < 200; i++) {
		for (size_t k = 0; k < sizeof(noise); k++)
			noise[k] = (uint8_t)suite_random(&seed);
		if (i % 2)
			memcpy(noise, guest_image, 20); /* magic, class, type, machine */
		taken += vm_load_elf(vm, noise, sizeof(noise)) != -ENOEXEC;
	}
	unmute(saved);
	assert_int_equal(taken, 0);
}

/* ------------------------------------------------------------------ micro guests */

static bool wait_not_running(void)
{
	for (unsigned ms = 0; ms < PATIENCE_MS; ms++) {
		if (vm_state(vm) != VM_RUNNING)
			return true;
		sleep_ms(1);
	}
	return false;
}

static unsigned stop_ms(void)
{
	uint64_t start = clock_mono_ns();

	vm_stop(vm);
	return (unsigned)((clock_mono_ns() - start) / 1000000);
}

#if defined(__x86_64__)

#define CTL 0x00, 0x10, 0x00, 0xd0 /* vm_layout()->ctl_gpa, little-endian */

/* Makes an executable of the code and loads it. */
static void load_code(const uint8_t *code, uint32_t bytes)
{
	struct image im;
	uint8_t *file = calloc(1, sizeof(im.eh) + sizeof(im.ph) + bytes);

	assert_int_equal(vm_layout()->ctl_gpa, 0xd0001000);
	assert_non_null(file);
	copy_image(&im);
	im.eh.e_phoff = sizeof(im.eh);
	im.eh.e_phnum = 1;
	im.eh.e_entry = im.ph.p_paddr = vm_layout()->ram_gpa + TANDEM_IMAGE_OFFSET;
	im.ph.p_offset = sizeof(im.eh) + sizeof(im.ph);
	im.ph.p_filesz = bytes;
	im.ph.p_memsz = bytes + 4096;
	memcpy(file, &im.eh, sizeof(im.eh));
	memcpy(file + sizeof(im.eh), &im.ph, sizeof(im.ph));
	memcpy(file + im.ph.p_offset, code, bytes);
	assert_int_equal(vm_load_elf(vm, file, im.ph.p_offset + bytes), 0);
	free(file);
	free(im.bytes);
}

static void start_code(const uint8_t *code, uint32_t bytes)
{
	load_code(code, bytes);
	assert_int_equal(vm_start(vm, NULL), 0);
}

static void vm_stop_ends_a_guest_that_spins(void **state)
{
	static const uint8_t code[] = { 0xeb, 0xfe }; /* 1: jmp 1b */

	(void)state;
	for (unsigned i = 0; i < 20; i++) {
		start_code(code, sizeof(code));
		sleep_ms(i % 4);
		assert_int_equal(vm_state(vm), VM_RUNNING);
		assert_true(stop_ms() < STOP_MS);
		assert_int_equal(vm_state(vm), VM_STOPPED);
	}
}

/* Signals that are blocked while the guest runs, as the kernel tells. */
static uint64_t blocked_signals(pid_t tid)
{
	unsigned long long set = 0;
	char path[64], line[128];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%d/status", (int)tid);
	f = fopen(path, "re");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f) && sscanf(line, "SigBlk: %llx", &set) != 1)
		;
	fclose(f);
	return set;
}

/* Any other signal is somebody else's: a vCPU that it could wake but not take would spin, and its guest stand still. */
static void only_the_signal_that_stops_it_reaches_a_running_guest(void **state)
{
	static const uint8_t code[] = { 0xeb, 0xfe };
	const uint64_t kill_and_stop = 1ull << (SIGKILL - 1) | 1ull << (SIGSTOP - 1);
	/* glibc keeps two for itself, and so does not let the thread's own mask block them. */
	const uint64_t others = ~(kill_and_stop | 1ull << (SIGUSR1 - 1));
	uint64_t blocked = 0;

	(void)state;
	start_code(code, sizeof(code));
	for (unsigned i = 0; i < PATIENCE_MS && blocked != others; i++, sleep_ms(1))
		blocked = blocked_signals(vm_tid(vm));
	assert_true(blocked == others);
	assert_true(stop_ms() < STOP_MS);
}

static void vm_stop_ends_a_guest_that_sleeps_for_ever(void **state)
{
	static const uint8_t code[] = { 0xfa, 0xf4, 0xeb, 0xfd }; /* cli; 1: hlt; jmp 1b */

	(void)state;
	for (unsigned i = 0; i < 20; i++) {
		start_code(code, sizeof(code));
		sleep_ms(i % 4);
		assert_true(stop_ms() < STOP_MS);
	}
}

static void a_stopped_guest_goes_on_where_it_was(void **state)
{
	/* 1: mov ctl, %eax; inc %ebx; mov %ebx, (%rax); cmp $3, %ebx; jb 1b; 2: jmp 2b */
	static const uint8_t code[] = { 0xb8, CTL,  0xff, 0xc3, 0x89, 0x18, 0x83,
					0xfb, 0x03, 0x72, 0xf2, 0xeb, 0xfe };

	(void)state;
	start_code(code, sizeof(code));
	for (unsigned i = 0; i < 20; i++) {
		sleep_ms(1);
		vm_stop(vm);
		assert_int_equal(vm_start(vm, NULL), 0);
	}
	for (unsigned ms = 0; ms < PATIENCE_MS && vm_exits(vm).mmio < 3; ms++)
		sleep_ms(1);
	vm_stop(vm);
	assert_int_equal(ntold, 3);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(told[i], i + 1);
}

static void an_access_to_nowhere_reads_zeros(void **state)
{
	/*
	 * mov $0xe0000000, %esi; mov $-1, %rbx; mov (%rsi), %ebx; mov ctl, %eax; mov %ebx, (%rax);
	 * mov %ebx, (%rsi); mov 2(%rsi), %bl; mov %ebx, (%rax); mov 4(%rax), %ebx; mov %ebx, (%rax);
	 * mov %ebx, 8(%rax); 1: hlt; jmp 1b
	 */
	static const uint8_t code[] = {
		0xbe, 0x00, 0x00, 0x00, 0xe0, 0x48, 0xc7, 0xc3, 0xff, 0xff, 0xff, 0xff,
		0x8b, 0x1e, 0xb8, CTL,	0x89, 0x18, 0x89, 0x1e, 0x8a, 0x5e, 0x02, 0x89,
		0x18, 0x8b, 0x58, 0x04, 0x89, 0x18, 0x89, 0x58, 0x08, 0xf4, 0xeb, 0xfd,
	};

	(void)state;
	start_code(code, sizeof(code));
	assert_true(wait_not_running());
	assert_int_equal(vm_state(vm), VM_ENDED);
	assert_int_equal(ntold, 3);
	assert_int_equal(told[0], 0);
	assert_int_equal(told[1], 0);
	assert_int_equal(told[2], 0x5566778c); /* what is somewhere is still there */
	assert_true(vm_exits(vm).mmio >= 7);
}

static void ports_where_nothing_is_do_nothing_and_the_console_prints(void **state)
{
	/*
	 * mov $0x80, %dx; in %dx, %al; out %al, %dx; mov $0xe9, %dx; mov $'o', %al; out; mov $'k', %al; out;
	 * mov ctl, %ebx; mov %ebx, 8(%rbx); 1: hlt; jmp 1b
	 */
	static const uint8_t code[] = {
		0x66, 0xba, 0x80, 0x00, 0xec, 0xee, 0x66, 0xba, 0xe9, 0x00, 0xb0, 'o',
		0xee, 0xb0, 'k',  0xee, 0xbb, CTL,  0x89, 0x5b, 0x08, 0xf4, 0xeb, 0xfd,
	};

	(void)state;
	start_code(code, sizeof(code));
	assert_true(wait_not_running());
	assert_int_equal(vm_state(vm), VM_ENDED);
	assert_string_equal(printed, "ok");
	assert_int_equal(vm_exits(vm).io, 4);
}

static void a_guest_without_vectors_that_faults_is_reported_with_its_pc(void **state)
{
	static const uint8_t code[] = { 0x90, 0x0f, 0x0b }; /* nop; ud2 */

	(void)state;
	start_code(code, sizeof(code));
	assert_true(wait_not_running());
	assert_int_equal(vm_state(vm), VM_FAILED);
	print_message("# %s\n", vm_failure(vm));
	assert_non_null(strstr(vm_failure(vm), "KVM_RUN"));
	assert_non_null(strstr(vm_failure(vm), "pc 0x"));
	assert_null(strstr(vm_failure(vm), "not the guest's"));
	assert_true(stop_ms() < STOP_MS);
}

/* Offsets in memory, and what is put there; 0: nothing. */
static const struct shutdown {
	const char *name;
	uint64_t at, value;
	bool blamed; /* on the guest */
} shutdowns[] = {
	{ "a_shutdown_with_all_whole_is_the_processors", 0, 0, false },
	{ "a_shutdown_without_a_page_fault_gate_is_the_guests", TANDEM_X86_IDT_OFFSET + 14 * 16, 0,
	  true },
	{ "a_shutdown_without_a_double_fault_gate_is_the_guests", TANDEM_X86_IDT_OFFSET + 8 * 16, 0,
	  true },
	{ "a_shutdown_with_a_handler_outside_ram_is_the_guests",
	  TANDEM_X86_IDT_OFFSET + 14 * 16 + 8, 1, true },
	{ "a_shutdown_without_a_page_directory_is_the_guests", TANDEM_TABLES_OFFSET + 0x1018, 0,
	  true },
	{ "a_shutdown_with_a_page_mapped_elsewhere_is_the_guests", TANDEM_TABLES_OFFSET + 0x5000,
	  0x83, true },
	{ "a_shutdown_with_another_data_segment_is_the_guests", TANDEM_TABLES_OFFSET + 0x6010, 0,
	  true },
};

/* Without a stack no fault can be delivered, whatever else is there: the one case that has to serve for all. */
static void a_shutdown_is_blamed_right(void **state)
{
	/* mov $-0x80000000, %rsp; ud2 */
	static const uint8_t code[] = { 0x48, 0xc7, 0xc4, 0, 0, 0, 0x80, 0x0f, 0x0b };
	const struct shutdown *t = *state;
	uint64_t *idt = gmem_ptr(&mem, gpa(TANDEM_X86_IDT_OFFSET), 32 * 16);

	load_code(code, sizeof(code));
	for (unsigned i = 0; i < 32; i++)
		idt[2 * i] = 0x00108e0000080000ull; /* to where the code is */
	if (t->at)
		*(uint64_t *)gmem_ptr(&mem, gpa(t->at), 8) = t->value;
	assert_int_equal(vm_start(vm, NULL), 0);
	assert_true(wait_not_running());
	assert_int_equal(vm_state(vm), VM_FAILED);
	print_message("# %s\n", vm_failure(vm));
	if (!strstr(vm_failure(vm), "triple fault")) {
		print_message("# this KVM says it in another way\n");
		skip();
	}
	assert_int_equal(!strstr(vm_failure(vm), "not the guest's"), t->blamed);
}

static void a_doorbell_signals_without_an_exit(void **state)
{
	/* mov ctl, %eax; movl $5, 0x10(%rax); movl $6, 0x10(%rax); mov %eax, 8(%rax); 1: hlt; jmp 1b */
	static const uint8_t code[] = {
		0xb8, CTL,  0xc7, 0x40, 0x10, 0x05, 0x00, 0x00, 0x00, 0xc7, 0x40,
		0x10, 0x06, 0x00, 0x00, 0x00, 0x89, 0x40, 0x08, 0xf4, 0xeb, 0xfd,
	};
	int fd = fd_eventfd();

	(void)state;
	assert_true(vm_add_doorbell(vm, fd, gpa(vm_layout()->ctl_gpa + 0x10), 5) >= 0);
	start_code(code, sizeof(code));
	assert_true(wait_not_running());
	assert_int_equal(vm_state(vm), VM_ENDED);
	assert_int_equal(fd_take(fd), 1); /* 5, and not 6 */
	assert_int_equal(vm_exits(vm).mmio, 2);
	fd_close(&fd);
}

/* MSI-X: a vector for every queue, changed while it is there; more than the table holds is refused. */
static void every_queue_may_have_an_interrupt_of_its_own(void **state)
{
	int rx = vm_add_msi(vm, 0xfee00000, 0x31), tx = vm_add_msi(vm, 0xfee00000, 0x32), last = tx;
	int fd[2] = { fd_eventfd(), fd_eventfd() };

	(void)state;
	assert_true(rx >= 24 && tx > rx); /* above the IOAPIC's pins */
	assert_int_equal(vm_irqfd(vm, rx, fd[0]), 0);
	assert_int_equal(vm_irqfd(vm, tx, fd[1]), 0);
	assert_int_equal(vm_set_msi(vm, rx, 0xfee00000, 0x33), 0);
	assert_true(vm_irqfd(vm, tx, -1) < 0);
	for (unsigned i = 0; i < 100 && last >= 0; i++)
		last = vm_add_msi(vm, 0xfee00000, 0x40);
	assert_int_equal(last, -ENOSPC);
	assert_int_equal(vm_set_msi(vm, tx, 0xfee00000, 0x34), 0);
	fd_close(&fd[0]);
	fd_close(&fd[1]);
}

static void add_micro_guests(struct suite *s)
{
	suite_add(s, "vm_stop_ends_a_guest_that_spins", vm_stop_ends_a_guest_that_spins, NULL);
	suite_add(s, "only_the_signal_that_stops_it_reaches_a_running_guest",
		  only_the_signal_that_stops_it_reaches_a_running_guest, NULL);
	suite_add(s, "vm_stop_ends_a_guest_that_sleeps_for_ever",
		  vm_stop_ends_a_guest_that_sleeps_for_ever, NULL);
	suite_add(s, "a_stopped_guest_goes_on_where_it_was", a_stopped_guest_goes_on_where_it_was,
		  NULL);
	suite_add(s, "an_access_to_nowhere_reads_zeros", an_access_to_nowhere_reads_zeros, NULL);
	suite_add(s, "ports_where_nothing_is_do_nothing_and_the_console_prints",
		  ports_where_nothing_is_do_nothing_and_the_console_prints, NULL);
	suite_add(s, "a_guest_without_vectors_that_faults_is_reported_with_its_pc",
		  a_guest_without_vectors_that_faults_is_reported_with_its_pc, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(shutdowns); i++)
		suite_add(s, shutdowns[i].name, a_shutdown_is_blamed_right, &shutdowns[i]);
	suite_add(s, "a_doorbell_signals_without_an_exit", a_doorbell_signals_without_an_exit,
		  NULL);
	suite_add(s, "every_queue_may_have_an_interrupt_of_its_own",
		  every_queue_may_have_an_interrupt_of_its_own, NULL);
}

#else

static void micro_guests(void **state)
{
	(void)state;
	(void)wait_not_running;
	(void)stop_ms;
	print_message("# they are written in x86 machine code\n");
	skip();
}

static void add_micro_guests(struct suite *s)
{
	suite_add(s, "micro_guests", micro_guests, NULL);
}

#endif

static void a_vm_never_started_is_thrown_away(void **state)
{
	unsigned fds = proc_fds();
	struct vm_config config = { .name = "u", .kvm_fd = kvm_fd, .mem = &mem };
	struct vm *u = NULL;

	(void)state;
	assert_int_equal(vm_create(&u, &config), 0);
	vm_stop(u);
	vm_destroy(u);
	vm_destroy(NULL);
	assert_int_equal(proc_fds(), fds);
}

static void a_vm_that_cannot_be_made_leaves_nothing_behind(void **state)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	struct vm_config config = { .name = "u", .kvm_fd = null, .mem = &mem };
	unsigned fds = proc_fds();
	struct vm *u = NULL;

	(void)state;
	assert_true(vm_create(&u, &config) < 0);
	assert_null(u);
	assert_int_equal(proc_fds(), fds);
	close(null);
}

int main(void)
{
	static struct suite s = { .setup = set_up, .teardown = tear_down };

	kvm_fd = need_kvm();
	suite_add(&s, "the_bundled_image_is_taken", the_bundled_image_is_taken, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(spoiled); i++)
		suite_add(&s, spoiled[i].name, the_image_is_refused, &spoiled[i]);
	suite_add(&s, "a_truncated_image_is_refused", a_truncated_image_is_refused, NULL);
	suite_add(&s, "no_flipped_bit_of_the_headers_does_harm",
		  no_flipped_bit_of_the_headers_does_harm, NULL);
	suite_add(&s, "noise_is_refused", noise_is_refused, NULL);
	add_micro_guests(&s);
	suite_add(&s, "a_vm_never_started_is_thrown_away", a_vm_never_started_is_thrown_away, NULL);
	suite_add(&s, "a_vm_that_cannot_be_made_leaves_nothing_behind",
		  a_vm_that_cannot_be_made_leaves_nothing_behind, NULL);
	return suite_run(&s, "guest: vm");
}
