// SPDX-License-Identifier: BSD-2-Clause
// Feature bits by name (virtio 1.2, sections 5.1.3 and 6).
#include "virtio/features.h"

#include <linux/virtio_config.h>
#include <linux/virtio_net.h>
#include <linux/virtio_ring.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const struct feature {
	unsigned bit;
	const char *name;
} features[] = {
	{ VIRTIO_NET_F_CSUM, "csum" },
	{ VIRTIO_NET_F_GUEST_CSUM, "guest_csum" },
	{ VIRTIO_NET_F_CTRL_GUEST_OFFLOADS, "ctrl_guest_offloads" },
	{ VIRTIO_NET_F_MTU, "mtu" },
	{ VIRTIO_NET_F_MAC, "mac" },
	{ VIRTIO_NET_F_GUEST_TSO4, "guest_tso4" },
	{ VIRTIO_NET_F_GUEST_TSO6, "guest_tso6" },
	{ VIRTIO_NET_F_GUEST_ECN, "guest_ecn" },
	{ VIRTIO_NET_F_GUEST_UFO, "guest_ufo" },
	{ VIRTIO_NET_F_HOST_TSO4, "host_tso4" },
	{ VIRTIO_NET_F_HOST_TSO6, "host_tso6" },
	{ VIRTIO_NET_F_HOST_ECN, "host_ecn" },
	{ VIRTIO_NET_F_HOST_UFO, "host_ufo" },
	{ VIRTIO_NET_F_MRG_RXBUF, "mrg_rxbuf" },
	{ VIRTIO_NET_F_STATUS, "status" },
	{ VIRTIO_NET_F_CTRL_VQ, "ctrl_vq" },
	{ VIRTIO_NET_F_CTRL_RX, "ctrl_rx" },
	{ VIRTIO_NET_F_CTRL_VLAN, "ctrl_vlan" },
	{ VIRTIO_NET_F_CTRL_RX_EXTRA, "ctrl_rx_extra" },
	{ VIRTIO_NET_F_GUEST_ANNOUNCE, "guest_announce" },
	{ VIRTIO_NET_F_MQ, "mq" },
	{ VIRTIO_NET_F_CTRL_MAC_ADDR, "ctrl_mac_addr" },
	{ VIRTIO_F_NOTIFY_ON_EMPTY, "notify_on_empty" },
	{ VIRTIO_F_ANY_LAYOUT, "any_layout" },
	{ VIRTIO_RING_F_INDIRECT_DESC, "indirect_desc" },
	{ VIRTIO_RING_F_EVENT_IDX, "event_idx" },
	{ 30, "protocol_features" }, /* vhost-user's own */
	{ VIRTIO_F_VERSION_1, "version_1" },
	{ VIRTIO_F_ACCESS_PLATFORM, "access_platform" },
	{ VIRTIO_F_RING_PACKED, "ring_packed" },
	{ VIRTIO_F_IN_ORDER, "in_order" },
	{ VIRTIO_F_ORDER_PLATFORM, "order_platform" },
	{ VIRTIO_F_SR_IOV, "sr_iov" },
	{ 38, "notification_data" }, /* newer than some headers, as the following */
	{ 40, "ring_reset" },
	{ 53, "notf_coal" },
	{ 54, "guest_uso4" },
	{ 55, "guest_uso6" },
	{ 56, "host_uso" },
	{ VIRTIO_NET_F_HASH_REPORT, "hash_report" },
	{ VIRTIO_NET_F_RSS, "rss" },
	{ VIRTIO_NET_F_RSC_EXT, "rsc_ext" },
	{ VIRTIO_NET_F_STANDBY, "standby" },
	{ VIRTIO_NET_F_SPEED_DUPLEX, "speed_duplex" },
};

#define FEATURES (sizeof(features) / sizeof(features[0]))

const char *feature_at(size_t n, uint64_t *feature)
{
	if (n >= FEATURES)
		return NULL;
	*feature = 1ull << features[n].bit;
	return features[n].name;
}

static bool is_name(const char *name, size_t len, const char *of)
{
	return strlen(of) == len && !strncmp(of, name, len);
}

uint64_t feature_of(const char *name, size_t len)
{
	if (is_name(name, len, "packed"))
		return 1ull << VIRTIO_F_RING_PACKED;
	for (size_t i = 0; i < FEATURES; i++)
		if (is_name(name, len, features[i].name))
			return 1ull << features[i].bit;
	return 0;
}

static const char *name_of(unsigned bit, char number[12])
{
	for (size_t i = 0; i < FEATURES; i++)
		if (features[i].bit == bit)
			return features[i].name;
	snprintf(number, 12, "%u", bit);
	return number;
}

const char *feature_text(uint64_t set, char *text, size_t size)
{
	char number[12];
	size_t at = 0;

	if (size)
		text[0] = '\0';
	for (unsigned bit = 0; bit < 64 && at < size; bit++)
		if (set >> bit & 1)
			at += (size_t)snprintf(text + at, size - at, "%s%s", at ? " " : "",
					       name_of(bit, number));
	return text;
}

const char *feature_changes(uint64_t usual, uint64_t set, char *text, size_t size)
{
	char number[12];
	size_t at = 0;

	snprintf(text, size, "default");
	for (unsigned bit = 0; bit < 64 && at < size; bit++)
		if ((usual ^ set) >> bit & 1)
			at += (size_t)snprintf(text + at, size - at, "%s%c%s", at ? "," : "",
					       set >> bit & 1 ? '+' : '-', name_of(bit, number));
	return text;
}
