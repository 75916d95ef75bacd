// SPDX-License-Identifier: BSD-2-Clause
// The network device's personality.
#include "virtio/net.h"

#include <linux/virtio_ids.h>
#include <linux/virtio_ring.h>
#include <string.h>

_Static_assert(NET_QUEUES <= DEVICE_QUEUES_MAX, "both of its queues");
_Static_assert(sizeof(struct virtio_net_config) <= DEVICE_CONFIG_MAX, "its configuration");
_Static_assert(sizeof(struct virtio_net_hdr_v1) == NET_HDR_BYTES, "header as in 5.1.6");

#define BIT(n) (1ull << (n))
#define ETH_HDR_BYTES 14u
#define MTU_MIN 68u /* 5.1.4.1; a driver may refuse the device below that */

uint64_t net_features(void)
{
	return BIT(VIRTIO_F_VERSION_1) | BIT(VIRTIO_F_IN_ORDER) | BIT(VIRTIO_RING_F_EVENT_IDX) |
	       BIT(VIRTIO_NET_F_MAC) | BIT(VIRTIO_NET_F_MTU) | BIT(VIRTIO_NET_F_STATUS);
}

static struct virtio_net_config make_config(unsigned index, uint32_t frame_bytes)
{
	uint32_t mtu = frame_bytes - ETH_HDR_BYTES;
	struct virtio_net_config c = {
		/* Locally administered, unicast. */
		.mac = { 0x02, 't', 'n', 'd', 'm', (uint8_t)('a' + index) },
		.status = VIRTIO_NET_S_LINK_UP,
		.max_virtqueue_pairs = 1,
		.mtu = (uint16_t)(mtu > MTU_MIN ? mtu : MTU_MIN),
	};

	return c;
}

struct virtio_device_kind net_device(unsigned index, uint32_t frame_bytes, uint32_t queue_size_max)
{
	struct virtio_net_config config = make_config(index, frame_bytes);
	struct virtio_device_kind kind = {
		.id = VIRTIO_ID_NET,
		.offered = net_features(),
		.required = BIT(VIRTIO_F_VERSION_1), /* 6.1: no legacy drivers */
		.nqueues = NET_QUEUES,
		.queue_size_max = queue_size_max,
		.config_bytes = sizeof(config),
	};

	memcpy(kind.config, &config, sizeof(config));
	return kind;
}

void net_set_pairs(struct virtio_device_kind *kind, uint16_t pairs)
{
	struct virtio_net_config config;

	memcpy(&config, kind->config, sizeof(config));
	config.max_virtqueue_pairs = pairs;
	memcpy(kind->config, &config, sizeof(config));
}

struct virtio_net_config net_config(const struct virtio_device *dev)
{
	struct virtio_net_config config;

	memcpy(&config, dev->kind.config, sizeof(config));
	return config;
}

uint32_t net_frame_max(const struct virtio_device *dev)
{
	return ETH_HDR_BYTES + net_config(dev).mtu;
}
