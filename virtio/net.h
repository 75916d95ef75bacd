// SPDX-License-Identifier: BSD-2-Clause
// The network device's personality (virtio 1.2, section 5.1): features, configuration, queues.
#ifndef VIRTIO_NET_H
#define VIRTIO_NET_H

#include <linux/virtio_config.h>
#include <linux/virtio_net.h>
#include <stdbool.h>
#include <stdint.h>

enum { NET_RX = 0, NET_TX = 1, NET_QUEUES = 2 };

/* Bytes of the header in front of every frame once VIRTIO_F_VERSION_1 is negotiated. */
#define NET_HDR_BYTES 12u

/* Every feature the device offers. */
uint64_t net_features(void);

/*
 * Is this set of acknowledged features one the device can work with? Checks for the subset rule
 * (2.2) and VIRTIO_F_VERSION_1 (6.1).
 */
bool net_features_ok(uint64_t acked);

/* Configuration space for device `index` of its pair, whose frames have up to frame_bytes. */
struct virtio_net_config net_config(unsigned index, uint32_t frame_bytes);

/* Bytes of a frame at most that its driver may send, Ethernet header included (5.1.4.1, mtu). */
uint32_t net_frame_max(const struct virtio_net_config *c);

/* The header of a received frame when no offload was negotiated (5.1.6.4). */
struct virtio_net_hdr_v1 net_rx_header(void);

#endif
