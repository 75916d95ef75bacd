// SPDX-License-Identifier: BSD-2-Clause
// Which virtio features a guest of tandem's own can negotiate.
#include "pair/features.h"

#include <linux/virtio_config.h>
#include <linux/virtio_net.h>
#include <linux/virtio_ring.h>

#include "virtio/features.h"

#define BIT(n) (1ull << (n))

/* Its buffers never change place: they have to come back in the order they were given. */
uint64_t features_needed(void)
{
	return BIT(VIRTIO_F_VERSION_1) | BIT(VIRTIO_F_IN_ORDER);
}

uint64_t features_usual(void)
{
	return features_needed() | BIT(VIRTIO_RING_F_EVENT_IDX) | BIT(VIRTIO_NET_F_MAC) |
	       BIT(VIRTIO_NET_F_MTU);
}

uint64_t features_can(void)
{
	return features_usual() | BIT(VIRTIO_NET_F_STATUS) | BIT(VIRTIO_F_RING_PACKED);
}

const char *features_changed_text(uint64_t changed, char *text, size_t size)
{
	return feature_changes(features_usual(), features_usual() ^ changed, text, size);
}
