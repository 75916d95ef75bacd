// SPDX-License-Identifier: BSD-2-Clause
// The network device's personality (virtio 1.2, section 5.1): features, configuration, queues.
#ifndef VIRTIO_NET_H
#define VIRTIO_NET_H

#include <linux/virtio_net.h>

#include "virtio/device.h"

enum { NET_RX = 0, NET_TX = 1, NET_QUEUES = 2 };

/* Bytes of the header in front of every frame once VIRTIO_F_VERSION_1 is negotiated. */
#define NET_HDR_BYTES 12u

/* Every feature the device offers. */
uint64_t net_features(void);

/* Device `index` of its pair, whose frames have up to frame_bytes. */
struct virtio_device_kind net_device(unsigned index, uint32_t frame_bytes, uint32_t queue_size_max);

/* Its configuration space. */
struct virtio_net_config net_config(const struct virtio_device *dev);

/* Bytes of a frame at most that its driver may send, Ethernet header included (5.1.4.1, mtu). */
uint32_t net_frame_max(const struct virtio_device *dev);

/* The header of a received frame when no offload was negotiated (5.1.6.4). */
struct virtio_net_hdr_v1 net_rx_header(void);

#endif
