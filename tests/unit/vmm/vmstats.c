// SPDX-License-Identifier: BSD-2-Clause
// KVM's binary statistics: the documented format, and everything that is not it.
#include "tests/common/suite.h"

#include <errno.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vmm/stats.h"

#define NAME_BYTES 48u
#define STRIDE (sizeof(struct kvm_stats_desc) + NAME_BYTES)
#define STATS 4u

/* As the kernel lays it out: header, the VM's name, descriptors, values. */
struct blob {
	struct kvm_stats_header head;
	char id[NAME_BYTES];
	uint8_t desc[STATS * STRIDE];
	uint64_t data[8];
};

static struct blob blob;
static struct vm_stats *stats;

static void describe(unsigned i, const char *name, uint32_t flags, uint16_t size, uint32_t offset)
{
	struct kvm_stats_desc d = { .flags = flags, .size = size, .offset = offset };

	memcpy(blob.desc + i * STRIDE, &d, sizeof(d));
	memset(blob.desc + i * STRIDE + sizeof(d), 0, NAME_BYTES);
	strcpy((char *)blob.desc + i * STRIDE + sizeof(d), name);
}

static void fill_blob(void)
{
	blob = (struct blob){
		.head = { .name_size = NAME_BYTES,
			  .num_desc = STATS,
			  .id_offset = offsetof(struct blob, id),
			  .desc_offset = offsetof(struct blob, desc),
			  .data_offset = offsetof(struct blob, data) },
		.id = "kvm-1",
		.data = { 100, 7, 1, 2, 3, 4, 0, 9 },
	};
	describe(0, "exits", KVM_STATS_TYPE_CUMULATIVE, 1, 0);
	describe(1, "pages_4k", KVM_STATS_TYPE_INSTANT, 1, 8);
	describe(2, "halt_poll_success_hist", KVM_STATS_TYPE_LOG_HIST, 5, 16);
	describe(3, "halt_wait_ns", KVM_STATS_TYPE_CUMULATIVE | KVM_STATS_UNIT_SECONDS, 1, 56);
}

static int set_up(void **state)
{
	(void)state;
	stats = calloc(1, sizeof(*stats));
	fill_blob();
	return stats ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	free(stats);
	return 0;
}

static int parse(void)
{
	return vm_stats_parse(&blob, sizeof(blob), stats);
}

static uint64_t value_of(const char *name)
{
	uint64_t v = UINT64_MAX;

	vm_stats_find(stats, name, &v);
	return v;
}

static void test_format(void **state)
{
	uint64_t v;

	(void)state;
	assert_int_equal(parse(), 0);
	assert_int_equal(stats->n, 3);
	assert_int_equal(value_of("exits"), 100);
	assert_int_equal(value_of("pages_4k"), 7);
	assert_int_equal(value_of("halt_wait_ns"), 9);
	assert_false(vm_stats_find(stats, "halt_poll_success_hist", &v));
	assert_true(stats->stat[0].grows);
	assert_false(stats->stat[1].grows);
}

/* Several vCPUs. */
static void test_added_up(void **state)
{
	(void)state;
	assert_int_equal(parse(), 0);
	assert_int_equal(parse(), 0);
	assert_int_equal(stats->n, 3);
	assert_int_equal(value_of("exits"), 200);
}

static void test_since(void **state)
{
	struct vm_stats *end = calloc(1, sizeof(*end)), *d = calloc(1, sizeof(*d));

	(void)state;
	assert_non_null(end);
	assert_non_null(d);
	assert_int_equal(parse(), 0);
	blob.data[0] = 150;
	blob.data[1] = 5;
	assert_int_equal(vm_stats_parse(&blob, sizeof(blob), end), 0);
	vm_stats_since(end, stats, d);
	assert_int_equal(d->stat[0].value, 50);
	assert_int_equal(d->stat[1].value, 5);
	vm_stats_merge(d, end);
	assert_int_equal(d->stat[0].value, 200);
	assert_int_equal(d->stat[1].value, 5);
	free(end);
	free(d);
}

static void test_too_many(void **state)
{
	char name[VM_STAT_NAME];

	(void)state;
	blob.head.num_desc = 1;
	for (unsigned i = 0; i < VM_STATS_MAX; i++) {
		snprintf(name, sizeof(name), "stat_%u", i);
		describe(0, name, KVM_STATS_TYPE_CUMULATIVE, 1, 0);
		assert_int_equal(parse(), 0);
	}
	assert_int_equal(stats->n, VM_STATS_MAX);
	describe(0, "one_too_many", KVM_STATS_TYPE_CUMULATIVE, 1, 0);
	assert_int_equal(parse(), 0);
	assert_int_equal(stats->n, VM_STATS_MAX);
	describe(0, "stat_3", KVM_STATS_TYPE_CUMULATIVE, 1, 0);
	assert_int_equal(parse(), 0);
	assert_int_equal(value_of("stat_3"), 200);
}

static void test_none(void **state)
{
	(void)state;
	blob.head.num_desc = 0;
	assert_int_equal(parse(), 0);
	assert_int_equal(stats->n, 0);
}

/* ---- malformed ---- */

static void no_names(void)
{
	blob.head.name_size = 0;
}

static void long_names(void)
{
	blob.head.name_size = VM_STAT_NAME + 1;
}

static void endless_names(void)
{
	blob.head.name_size = UINT32_MAX;
}

static void too_many_descriptors(void)
{
	blob.head.num_desc = UINT32_MAX;
}

static void one_descriptor_over_the_end(void)
{
	blob.head.desc_offset = (uint32_t)(sizeof(blob) - STATS * STRIDE + 1);
}

static void descriptors_behind_the_end(void)
{
	blob.head.desc_offset = sizeof(blob);
}

static void descriptors_far_behind_the_end(void)
{
	blob.head.desc_offset = UINT32_MAX;
}

static void data_over_the_end(void)
{
	blob.head.data_offset = sizeof(blob) - 7;
}

static void data_far_behind_the_end(void)
{
	blob.head.data_offset = UINT32_MAX;
}

static void a_value_behind_the_end(void)
{
	describe(3, "x", 0, 1, UINT32_MAX);
}

static void a_value_over_the_end(void)
{
	describe(3, "x", 0, 1, sizeof(blob.data) - 7);
}

static void a_value_without_size(void)
{
	describe(3, "x", 0, 0, 0);
}

static void a_histogram_over_the_end(void)
{
	describe(2, "h", KVM_STATS_TYPE_LOG_HIST, UINT16_MAX, 16);
}

static void a_name_without_end(void)
{
	memset(blob.desc + 3 * STRIDE + sizeof(struct kvm_stats_desc), 'x', NAME_BYTES);
}

static void an_empty_name(void)
{
	describe(3, "", 0, 1, 0);
}

struct malformed {
	const char *name;
	void (*spoil)(void);
};

#define ROW(f)                   \
	{                        \
		"refuses_" #f, f \
	}

static const struct malformed malformed[] = {
	ROW(no_names),
	ROW(long_names),
	ROW(endless_names),
	ROW(too_many_descriptors),
	ROW(one_descriptor_over_the_end),
	ROW(descriptors_behind_the_end),
	ROW(descriptors_far_behind_the_end),
	ROW(data_over_the_end),
	ROW(data_far_behind_the_end),
	ROW(a_value_behind_the_end),
	ROW(a_value_over_the_end),
	ROW(a_value_without_size),
	ROW(a_histogram_over_the_end),
	ROW(a_name_without_end),
	ROW(an_empty_name),
};

static void test_malformed(void **state)
{
	const struct malformed *m = *state;

	m->spoil();
	assert_int_equal(parse(), -EPROTO);
	assert_int_equal(stats->n, 0);
}

/* Every prefix, each in memory of just its size: what reads further is caught by ASan. */
static void test_cut_short(void **state)
{
	(void)state;
	for (size_t n = 0; n < sizeof(blob); n++) {
		uint8_t *part = malloc(n ? n : 1);

		assert_non_null(part);
		memcpy(part, &blob, n);
		assert_int_equal(vm_stats_parse(part, n, stats), -EPROTO);
		assert_int_equal(stats->n, 0);
		free(part);
	}
}

/* Any bytes: refused or read, never beyond the end. */
static void test_noise(void **state)
{
	uint64_t seed = 4711;

	(void)state;
	for (unsigned round = 0; round < 20000; round++) {
		fill_blob();
		stats->n = 0;
		for (unsigned i = 0; i < 3; i++)
			((uint8_t *)&blob)[suite_random(&seed) % sizeof(blob)] =
				(uint8_t)suite_random(&seed);
		parse();
		assert_true(stats->n <= STATS);
	}
}

int main(void)
{
	static struct suite s = { .setup = set_up, .teardown = tear_down };

	suite_add(&s, "single_counters_are_read", test_format, NULL);
	suite_add(&s, "counters_of_the_same_name_add_up", test_added_up, NULL);
	suite_add(&s, "a_difference_is_of_what_grows", test_since, NULL);
	suite_add(&s, "more_counters_than_there_is_room_for", test_too_many, NULL);
	suite_add(&s, "no_counters_at_all", test_none, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(malformed); i++)
		suite_add(&s, malformed[i].name, test_malformed, &malformed[i]);
	suite_add(&s, "every_cut_is_refused", test_cut_short, NULL);
	suite_add(&s, "noise_is_survived", test_noise, NULL);
	return suite_run(&s, "unit: vmstats");
}
