// SPDX-License-Identifier: BSD-2-Clause
// The frames the bundled guests send each other, and how many bytes their memory needs.
#ifndef TANDEM_FRAME_H
#define TANDEM_FRAME_H

#include <stdint.h>

/*
 * A frame: Ethernet header, then a payload whose first and last eight bytes are the same word:
 * kind in the top byte, sequence number below. The second eight bytes are the clock when it was
 * sent (an acknowledgement has none): the smallest frame has room for all three. In front of it in
 * memory stands the virtio-net header. A slot is placed so that the payload's first word is
 * aligned; the last word is not when the frame's length is odd.
 */
#define FRAME_VNET_HDR 12u
#define FRAME_ETH_HDR 14u
#define FRAME_SLOT_PAD 6u /* slot start -> virtio-net header */
#define FRAME_HEAD (FRAME_SLOT_PAD + FRAME_VNET_HDR + FRAME_ETH_HDR) /* slot start -> payload */

#define FRAME_MIN 60u /* as Ethernet, without the checksum */
#define FRAME_MAX 65536u
#define FRAME_ETHERTYPE 0x88b5u /* IEEE 802 local experimental */

#define FRAME_KIND_DATA (1ull << 56)
#define FRAME_KIND_ACK (2ull << 56)
#define FRAME_SEQ_MASK ((1ull << 56) - 1)

#define FRAME_TIME 8u  /* payload -> when it was sent */
#define FRAME_BODY 16u /* payload -> what --verify=full fills */

_Static_assert(FRAME_HEAD % 8 == 0, "payload must be aligned");
_Static_assert(FRAME_MIN - FRAME_ETH_HDR >= FRAME_BODY + 8, "every frame has room for its time");

/* Bytes from one slot to the next, for frames of frame_bytes; whole cache lines. */
static inline uint64_t frame_slot_bytes(uint32_t frame_bytes)
{
	return ((uint64_t)FRAME_SLOT_PAD + FRAME_VNET_HDR + frame_bytes + 63) & ~63ull;
}

/* Guest memory that one queue's descriptors, rings and buffers need; page aligned. */
static inline uint64_t frame_queue_bytes(uint32_t ring_size, uint32_t frame_bytes)
{
	uint64_t rings =
		16ull * ring_size + 4096 + 2ull * ring_size + 4096 + 8ull * ring_size + 4096;
	uint64_t slots = ring_size * frame_slot_bytes(frame_bytes);

	return (rings + slots + 4095) & ~4095ull;
}

#endif
