// SPDX-License-Identifier: BSD-2-Clause
// Feature bits by name.
#include "virtio/features.h"

#include <linux/virtio_config.h>
#include <linux/virtio_net.h>
#include <linux/virtio_ring.h>
#include <string.h>

#include "tests/common/suite.h"

static const struct row {
	const char *name;
	unsigned bit;
} rows[] = {
	{ "mtu", VIRTIO_NET_F_MTU },
	{ "mac", VIRTIO_NET_F_MAC },
	{ "mrg_rxbuf", VIRTIO_NET_F_MRG_RXBUF },
	{ "status", VIRTIO_NET_F_STATUS },
	{ "ctrl_vq", VIRTIO_NET_F_CTRL_VQ },
	{ "mq", VIRTIO_NET_F_MQ },
	{ "csum", VIRTIO_NET_F_CSUM },
	{ "guest_csum", VIRTIO_NET_F_GUEST_CSUM },
	{ "host_tso4", VIRTIO_NET_F_HOST_TSO4 },
	{ "guest_tso6", VIRTIO_NET_F_GUEST_TSO6 },
	{ "indirect_desc", VIRTIO_RING_F_INDIRECT_DESC },
	{ "event_idx", VIRTIO_RING_F_EVENT_IDX },
	{ "version_1", VIRTIO_F_VERSION_1 },
	{ "ring_packed", VIRTIO_F_RING_PACKED },
	{ "in_order", VIRTIO_F_IN_ORDER },
	{ "protocol_features", 30 },
	{ "rss", VIRTIO_NET_F_RSS },
	{ "rsc_ext", VIRTIO_NET_F_RSC_EXT },
	{ "hash_report", VIRTIO_NET_F_HASH_REPORT },
};

static void test_names(void **state)
{
	char text[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t bit = 1ull << rows[i].bit;

		assert_true(feature_of(rows[i].name, strlen(rows[i].name)) == bit);
		assert_string_equal(feature_text(bit, text, sizeof(text)), rows[i].name);
	}
	assert_true(feature_of("mtux", 4) == 0);
	assert_true(feature_of("mtux", 3) == 1u << VIRTIO_NET_F_MTU);
	assert_true(feature_of("", 0) == 0);
	assert_true(feature_of("packed", 6) == 1ull << VIRTIO_F_RING_PACKED);
}

static void test_all_are_found(void **state)
{
	uint64_t feature, all = 0;
	const char *name;

	(void)state;
	for (size_t i = 0; (name = feature_at(i, &feature)); i++) {
		assert_false(all & feature);
		all |= feature;
		assert_true(feature_of(name, strlen(name)) == feature);
	}
	assert_int_not_equal(all, 0);
}

static void test_text(void **state)
{
	char text[64], small[8];

	(void)state;
	assert_string_equal(feature_text(0, text, sizeof(text)), "");
	assert_string_equal(feature_text(1ull << 29 | 1ull << 50 | 1ull << 3, text, sizeof(text)),
			    "mtu event_idx 50");
	assert_true(strlen(feature_text(UINT64_MAX, small, sizeof(small))) == sizeof(small) - 1);
}

static void test_changes(void **state)
{
	uint64_t usual = 1ull << VIRTIO_RING_F_EVENT_IDX | 1ull << VIRTIO_F_VERSION_1;
	char text[64], small[8];

	(void)state;
	assert_string_equal(feature_changes(usual, usual, text, sizeof(text)), "default");
	assert_string_equal(feature_changes(usual, usual | 1ull << VIRTIO_F_RING_PACKED, text,
					    sizeof(text)),
			    "+ring_packed");
	assert_string_equal(
		feature_changes(usual, 1ull << VIRTIO_F_RING_PACKED | 1ull << VIRTIO_F_VERSION_1,
				text, sizeof(text)),
		"-event_idx,+ring_packed");
	assert_true(strlen(feature_changes(0, UINT64_MAX, small, sizeof(small))) ==
		    sizeof(small) - 1);
}

int main(void)
{
	static struct suite s;

	suite_add(&s, "names are those of the specification", test_names, NULL);
	suite_add(&s, "every name is found, each bit has one", test_all_are_found, NULL);
	suite_add(&s, "a set's text: names in the order of bits, cut at the end", test_text, NULL);
	suite_add(&s, "changes: with + or -, or default", test_changes, NULL);
	return suite_run(&s, "features");
}
