// SPDX-License-Identifier: BSD-2-Clause
// Device half of a packed virtqueue (virtio 1.2, section 2.8), behind virtio/virtq.h: for
// virtio/virtq.c, of queues whose ring is packed. The functions are as those of the same name
// there; but for start, the queue is in use and not broken.
#ifndef VIRTIO_VIRTQ_PACKED_H
#define VIRTIO_VIRTQ_PACKED_H

#include "virtio/virtq_state.h"

/* 0, or -EPROTO: the queue is broken. */
int packed_start(struct virtq *q, const struct virtq_layout *at, uint32_t base);

/* The index to go on from. */
uint32_t packed_base(const struct virtq *q);

bool packed_has_more(const struct virtq *q, uint32_t n);
int packed_pop(struct virtq *q, struct virtq_room room, struct virtq_chain *chain);
void packed_unpop(struct virtq *q, const struct virtq_chain *chains, uint32_t n);

/* Also of a queue that has broken meanwhile: what was popped is completed. */
void packed_push_used(struct virtq *q, const struct virtq_chain *chain, uint32_t written);
void packed_publish(struct virtq *q);

/* Something was published since this was asked last. */
bool packed_wants_call(struct virtq *q);
bool packed_enable_kick_after(struct virtq *q, uint32_t n);
void packed_disable_kick(struct virtq *q);

#endif
