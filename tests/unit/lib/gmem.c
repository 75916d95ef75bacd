// SPDX-License-Identifier: BSD-2-Clause
// Guest memory of several regions, as another process describes it.
#include "lib/gmem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/log.h"
#include "tests/common/proc.h"
#include "tests/common/suite.h"

#define PAGE 4096u
#define FILE_BYTES (64u * PAGE)

static struct gmem m;
static int file;
static const char *why;

static int set_up(void **state)
{
	(void)state;
	m = GMEM_NONE;
	why = NULL;
	file = memfd_create("test-gmem", MFD_CLOEXEC);
	assert_true(file >= 0);
	assert_int_equal(ftruncate(file, FILE_BYTES), 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	gmem_destroy(&m);
	close(file);
	return 0;
}

static void write_file(uint64_t at, const char *text)
{
	assert_int_equal(pwrite(file, text, strlen(text), (off_t)at), strlen(text));
}

static int add(uint64_t guest, uint64_t user, uint64_t bytes, uint64_t offset)
{
	return gmem_add(&m, &(struct gmem_slot){ guest, user, bytes, offset, file }, &why);
}

/* QEMU's three: below the hole, above it, and the firmware. */
static void add_three(void)
{
	assert_int_equal(add(0xfffc0000, 0x7f0000040000, 4 * PAGE, 40 * PAGE), 0);
	assert_int_equal(add(0, 0x7f1000000000, 16 * PAGE, 0), 0);
	assert_int_equal(add(0x100000000, 0x7f1000010000, 8 * PAGE, 16 * PAGE), 0);
}

static bool is_at(uint64_t guest, uint64_t len, uint64_t offset)
{
	static const char mark[] = "here";
	char *p = gmem_ptr(&m, gpa(guest), len);

	if (!p)
		return false;
	write_file(offset, mark);
	return memcmp(p, mark, 4) == 0;
}

static void addresses_are_found_in_every_region(void **state)
{
	(void)state;
	add_three();
	assert_true(is_at(0, 4, 0));
	assert_true(is_at(15 * PAGE, PAGE, 15 * PAGE));
	assert_true(is_at(0x100000000, 8 * PAGE, 16 * PAGE));
	assert_true(is_at(0xfffc0000 + PAGE, 3 * PAGE, 41 * PAGE));
	assert_null(gmem_ptr(&m, gpa(16 * PAGE), 1));
	assert_null(gmem_ptr(&m, gpa(0xfffc0000 + 4 * PAGE), 1));
	assert_null(gmem_ptr(&m, gpa(0x100000000 + 8 * PAGE), 1));
	assert_null(gmem_ptr(&m, gpa(0x100000000), 8 * PAGE + 1));
	assert_null(gmem_ptr(&m, gpa(UINT64_MAX), 2));
}

static void the_largest_region_is_looked_at_first(void **state)
{
	(void)state;
	add_three();
	assert_true(m.base == 0 && m.bytes == 16 * PAGE && m.host == m.region[0].host);
	assert_int_equal(
		gmem_remove(&m, &(struct gmem_slot){ 0, 0x7f1000000000, 16 * PAGE, 0, -1 }), 0);
	assert_int_equal(m.base, 0x100000000);
	assert_null(gmem_ptr(&m, gpa(0), 1));
	assert_true(is_at(0xfffc0000, 4, 40 * PAGE));
}

static void a_range_over_a_border_is_one_piece_less(void **state)
{
	uint64_t len = 3 * PAGE;

	(void)state;
	assert_int_equal(add(0x10000, 0x7f0000000000, 16 * PAGE, 0), 0);
	assert_int_equal(add(0x20000, 0x7f2000000000, 8 * PAGE, 32 * PAGE), 0);
	assert_null(gmem_ptr(&m, gpa(0x20000 - PAGE), 3 * PAGE));
	assert_ptr_equal(gmem_part(&m, gpa(0x20000 - PAGE), &len), m.host + 15 * PAGE);
	assert_int_equal(len, PAGE);
	len = 2 * PAGE;
	assert_ptr_equal(gmem_part(&m, gpa(0x20000), &len), m.region[1].host);
	assert_int_equal(len, 2 * PAGE);
	assert_null(gmem_part(&m, gpa(0x20000 + 8 * PAGE), &len));
}

static void user_addresses_have_guest_addresses(void **state)
{
	gpa_t at;

	(void)state;
	add_three();
	assert_true(gmem_from_user(&m, 0x7f1000010000 + 5, &at));
	assert_true(at.v == 0x100000005);
	assert_true(gmem_from_user(&m, 0x7f0000040000 + 4 * PAGE - 1, &at));
	assert_true(at.v == 0xfffc0000 + 4 * PAGE - 1);
	assert_false(gmem_from_user(&m, 0x7f0000040000 + 4 * PAGE, &at));
	assert_false(gmem_from_user(&m, 0x7f0000040000 - 1, &at));
	assert_false(gmem_from_user(&m, 0, &at));
}

static void an_offset_need_not_be_a_page(void **state)
{
	(void)state;
	assert_int_equal(add(0x5000, 0x7f0000000000, PAGE, 5 * PAGE + 100), 0);
	assert_true(is_at(0x5000, PAGE, 5 * PAGE + 100));
	assert_null(gmem_ptr(&m, gpa(0x5000 - 1), 1));
	assert_null(gmem_ptr(&m, gpa(0x5000), PAGE + 1));
}

struct wrong_row {
	const char *name;
	struct gmem_slot slot;
	const char *why;
};

static const struct wrong_row wrong_rows[] = {
	{ "no bytes", { 0x100000, 0x1000, 0, 0, 0 }, "no bytes" },
	{ "guest addresses that wrap", { UINT64_MAX - PAGE + 2, 1, PAGE, 0, 0 }, "wraps" },
	{ "user addresses that wrap", { 1, UINT64_MAX - PAGE + 2, PAGE, 0, 0 }, "wraps" },
	{ "an offset that wraps", { 1, 1, PAGE, UINT64_MAX - PAGE + 2, 0 }, "wraps" },
	{ "a length of 2^64 - 1", { 1, 1, UINT64_MAX, 0, 0 }, "wraps" },
	{ "the last guest page of another", { 15 * PAGE, 0x5000, PAGE, 0, 0 }, "guest addresses" },
	{ "guest addresses around another",
	  { 0x100000000 - PAGE, 1, 10 * PAGE, 0, 0 },
	  "guest addresses" },
	{ "user addresses of another", { 0x100000, 0x7f1000000000, PAGE, 0, 0 }, "user addresses" },
	{ "more than the file has", { 0x100000, 1, PAGE, FILE_BYTES - PAGE + 1, 0 }, "shorter" },
	{ "far behind the file", { 0x100000, 1, PAGE, 1ull << 62, 0 }, "shorter" },
	{ "a file that is none", { 0x100000, 1, PAGE, 0, -1 }, "not a memory file" },
};

static void a_wrong_region_is_refused(void **state)
{
	const struct wrong_row *row = *state;
	struct gmem_slot slot = row->slot;
	struct gmem before;

	add_three();
	slot.fd = row->slot.fd ? row->slot.fd : file;
	before = m;
	assert_int_equal(gmem_add(&m, &slot, &why), -EINVAL);
	assert_non_null(strstr(why, row->why));
	assert_memory_equal(&before, &m, sizeof(m));
}

static void a_pipe_is_no_memory(void **state)
{
	struct gmem_slot slot = { 0, 0, PAGE, 0, -1 };
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	slot.fd = fds[0];
	assert_int_equal(gmem_add(&m, &slot, &why), -EINVAL);
	close(fds[0]);
	close(fds[1]);
}

static void one_region_too_many_is_refused(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < GMEM_REGIONS_MAX; i++)
		assert_int_equal(add(i * PAGE, i * PAGE, PAGE, 0), 0);
	assert_int_equal(add(1ull << 40, 1ull << 40, PAGE, 0), -E2BIG);
	assert_non_null(strstr(why, "too many"));
}

static void a_table_is_replaced_whole_or_not_at_all(void **state)
{
	struct gmem_slot slots[] = { { 0, 0x10000, 4 * PAGE, 0, 0 },
				     { 4 * PAGE, 0x20000, 2 * PAGE, 4 * PAGE, 0 } };

	(void)state;
	add_three();
	slots[0].fd = slots[1].fd = file;
	slots[1].guest = 3 * PAGE;
	assert_int_equal(gmem_replace(&m, slots, 2, &why), -EINVAL);
	assert_true(is_at(0x100000000, 4, 16 * PAGE)); /* the old one */
	slots[1].guest = 4 * PAGE;
	assert_int_equal(gmem_replace(&m, slots, 2, &why), 0);
	assert_int_equal(m.nregions, 2);
	assert_null(gmem_ptr(&m, gpa(0x100000000), 1));
	assert_true(is_at(4 * PAGE, 2 * PAGE, 4 * PAGE));
}

static void removing_what_is_not_there_changes_nothing(void **state)
{
	(void)state;
	add_three();
	assert_int_equal(gmem_remove(&m, &(struct gmem_slot){ 0, 0x7f1000000000, PAGE, 0, -1 }),
			 -ENOENT);
	assert_int_equal(m.nregions, 3);
}

static unsigned maps(void)
{
	FILE *f = fopen("/proc/self/maps", "re");
	char line[512];
	unsigned n = 0;

	assert_non_null(f);
	while (fgets(line, sizeof(line), f))
		n += strstr(line, "test-gmem") != NULL;
	fclose(f);
	return n;
}

static void nothing_stays_mapped(void **state)
{
	unsigned fds = proc_fds();

	(void)state;
	for (int i = 0; i < 100; i++) {
		add_three();
		assert_int_equal(add(1, 1, PAGE, 0), -EINVAL);
		assert_int_equal(gmem_replace(&m, NULL, 0, &why), 0);
		assert_int_equal(m.nregions, 0);
		assert_null(gmem_ptr(&m, gpa(0), 1));
	}
	assert_int_equal(maps(), 0);
	assert_int_equal(proc_fds(), fds);
}

/* Too little memory names whose limit it is, where somebody has one; all else is the errno's. */
static void a_refusal_has_a_reason(void **state)
{
	char text[256], bare[256];
	const char *reason;

	(void)state;
	assert_string_equal(gmem_reason(-EINVAL, text, sizeof(text)),
			    log_reason(-EINVAL, bare, sizeof(bare)));
	reason = gmem_reason(-ENOMEM, text, sizeof(text));
	assert_true(strstr(reason, " MiB, of which ") ||
		    strcmp(reason, log_reason(-ENOMEM, bare, sizeof(bare))) == 0);
}

int main(void)
{
	static struct suite s = { .setup = set_up, .teardown = tear_down };
	static char names[ARRAY_SIZE(wrong_rows)][80];

	suite_add(&s, "a_refusal_has_a_reason", a_refusal_has_a_reason, NULL);
	suite_add(&s, "addresses_are_found_in_every_region", addresses_are_found_in_every_region,
		  NULL);
	suite_add(&s, "the_largest_region_is_looked_at_first",
		  the_largest_region_is_looked_at_first, NULL);
	suite_add(&s, "a_range_over_a_border_is_one_piece_less",
		  a_range_over_a_border_is_one_piece_less, NULL);
	suite_add(&s, "user_addresses_have_guest_addresses", user_addresses_have_guest_addresses,
		  NULL);
	suite_add(&s, "an_offset_need_not_be_a_page", an_offset_need_not_be_a_page, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(wrong_rows); i++) {
		snprintf(names[i], sizeof(names[i]), "a region with %s is refused",
			 wrong_rows[i].name);
		suite_add(&s, names[i], a_wrong_region_is_refused, &wrong_rows[i]);
	}
	suite_add(&s, "a_pipe_is_no_memory", a_pipe_is_no_memory, NULL);
	suite_add(&s, "one_region_too_many_is_refused", one_region_too_many_is_refused, NULL);
	suite_add(&s, "a_table_is_replaced_whole_or_not_at_all",
		  a_table_is_replaced_whole_or_not_at_all, NULL);
	suite_add(&s, "removing_what_is_not_there_changes_nothing",
		  removing_what_is_not_there_changes_nothing, NULL);
	suite_add(&s, "nothing_stays_mapped", nothing_stays_mapped, NULL);
	return suite_run(&s, "gmem");
}
