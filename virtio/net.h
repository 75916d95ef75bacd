// SPDX-License-Identifier: BSD-2-Clause
// The network device's personality (virtio 1.2, section 5.1): features, configuration, queues.
#ifndef VIRTIO_NET_H
#define VIRTIO_NET_H

#include <linux/virtio_net.h>

#include "virtio/device.h"

enum { NET_RX = 0, NET_TX = 1, NET_QUEUES = 2 };

/*
 * The header in front of every frame has num_buffers once one of two features is negotiated
 * (5.1.6.1).
 */
#define NET_HDR_BYTES 12u
#define NET_LEGACY_HDR_BYTES 10u
#define NET_LONG_HDR (1ull << VIRTIO_F_VERSION_1 | 1ull << VIRTIO_NET_F_MRG_RXBUF)

static inline uint32_t net_hdr_bytes(uint64_t features)
{
	return features & NET_LONG_HDR ? NET_HDR_BYTES : NET_LEGACY_HDR_BYTES;
}

#define NET_MQ (1ull << VIRTIO_NET_F_MQ)

/* Every feature the device offers. */
uint64_t net_features(void);

/* Device `index` of its pair, whose frames have up to frame_bytes. */
struct virtio_device_kind net_device(unsigned index, uint32_t frame_bytes, uint32_t queue_size_max);

/* Its driver may have so many pairs of queues, once that is negotiated (5.1.4). */
void net_set_pairs(struct virtio_device_kind *kind, uint16_t pairs);

/* Its configuration space. */
struct virtio_net_config net_config(const struct virtio_device *dev);

/* Bytes of a frame at most that its driver may send, Ethernet header included (5.1.4.1, mtu). */
uint32_t net_frame_max(const struct virtio_device *dev);

/*
 * The header of a received frame when no offload was negotiated (5.1.6.4); the legacy one begins
 * it.
 */
static inline struct virtio_net_hdr_v1 net_rx_header(void)
{
	return (struct virtio_net_hdr_v1){ .gso_type = VIRTIO_NET_HDR_GSO_NONE, .num_buffers = 1 };
}

#endif
