// SPDX-License-Identifier: BSD-2-Clause
// The network device's personality.
#include "virtio/net.h"

#include <linux/virtio_ring.h>

_Static_assert(sizeof(struct virtio_net_hdr_v1) == NET_HDR_BYTES, "header as in 5.1.6");

#define BIT(n) (1ull << (n))
#define ETH_HDR_BYTES 14u
#define MTU_MIN 68u /* 5.1.4.1; a driver may refuse the device below that */

uint64_t net_features(void)
{
	return BIT(VIRTIO_F_VERSION_1) | BIT(VIRTIO_F_IN_ORDER) | BIT(VIRTIO_RING_F_EVENT_IDX) |
	       BIT(VIRTIO_NET_F_MAC) | BIT(VIRTIO_NET_F_MTU) | BIT(VIRTIO_NET_F_STATUS);
}

bool net_features_ok(uint64_t acked)
{
	return !(acked & ~net_features()) && (acked & BIT(VIRTIO_F_VERSION_1));
}

struct virtio_net_config net_config(unsigned index, uint32_t frame_bytes)
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

uint32_t net_frame_max(const struct virtio_net_config *c)
{
	return ETH_HDR_BYTES + c->mtu;
}

struct virtio_net_hdr_v1 net_rx_header(void)
{
	return (struct virtio_net_hdr_v1){ .gso_type = VIRTIO_NET_HDR_GSO_NONE, .num_buffers = 1 };
}
