// SPDX-License-Identifier: BSD-2-Clause
// Feature bits by name (virtio 1.2, sections 5.1.3 and 6).
#include "virtio/features.h"

#include <stdio.h>
#include <string.h>

static const struct feature {
	unsigned bit;
	const char *name;
} features[] = {
	{ 0, "csum" },
	{ 1, "guest_csum" },
	{ 3, "mtu" },
	{ 5, "mac" },
	{ 7, "guest_tso4" },
	{ 8, "guest_tso6" },
	{ 9, "guest_ecn" },
	{ 10, "guest_ufo" },
	{ 11, "host_tso4" },
	{ 12, "host_tso6" },
	{ 13, "host_ecn" },
	{ 14, "host_ufo" },
	{ 15, "mrg_rxbuf" },
	{ 16, "status" },
	{ 17, "ctrl_vq" },
	{ 18, "ctrl_rx" },
	{ 19, "ctrl_vlan" },
	{ 21, "guest_announce" },
	{ 22, "mq" },
	{ 23, "ctrl_mac_addr" },
	{ 24, "notify_on_empty" },
	{ 27, "any_layout" },
	{ 28, "indirect_desc" },
	{ 29, "event_idx" },
	{ 30, "protocol_features" }, /* vhost-user's own */
	{ 32, "version_1" },
	{ 33, "access_platform" },
	{ 34, "ring_packed" },
	{ 35, "in_order" },
	{ 36, "order_platform" },
	{ 38, "notification_data" },
	{ 40, "ring_reset" },
	{ 60, "guest_rsc4" },
	{ 61, "guest_rsc6" },
	{ 62, "standby" },
};

#define FEATURES (sizeof(features) / sizeof(features[0]))

const char *feature_at(size_t n, uint64_t *feature)
{
	if (n >= FEATURES)
		return NULL;
	*feature = 1ull << features[n].bit;
	return features[n].name;
}

uint64_t feature_of(const char *name, size_t len)
{
	for (size_t i = 0; i < FEATURES; i++)
		if (strlen(features[i].name) == len && !strncmp(features[i].name, name, len))
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
