// SPDX-License-Identifier: BSD-2-Clause
// Frames that are not in one piece on both sides: chains that are cut anywhere, and frames that
// take several receive buffers.
#ifndef VHOST_PIECES_H
#define VHOST_PIECES_H

#include "virtio/net.h"

/*
 * Copies a frame between chains that are cut anywhere, the header alone in its buffer included.
 * The headers have to_hdr and from_hdr bytes; the receiver's says that the frame takes nbuffers
 * receive buffers (5.1.6.4.1).
 */
void pieces_copy(const struct virtq_chain *to, uint32_t to_hdr, const struct virtq_chain *from,
		 uint32_t from_hdr, uint16_t nbuffers);

/* The receive buffers of one frame (5.1.6.3.1, mergeable receive buffers). */
struct merge {
	struct virtq_chain *chains; /* of up to as many as the queue has entries */
	uint32_t n;
	struct virtq_chain whole; /* the segments of all, in the room they were popped into */
};

enum merged { MERGE_DONE, MERGE_WAITS, MERGE_TOO_LONG, MERGE_BROKEN };

/* Control thread: for queues of up to queue_size_max entries. 0 or -ENOMEM. */
int merge_init(struct merge *m, uint32_t queue_size_max);
void merge_fini(struct merge *m);

/*
 * Pops chains behind `first`, into what `first` left of `room`, until all have `bytes`.
 * MERGE_WAITS: the driver has not made so many available; MERGE_TOO_LONG: its queue has no room
 * for so many. After both the chains may be given back.
 */
enum merged merge_take(struct merge *m, struct virtq *q, struct virtq_room room,
		       const struct virtq_chain *first, uint64_t bytes);

/* They are available again, as if they had not been popped. */
void merge_give_back(const struct merge *m, struct virtq *q);

/* They are used, `bytes` of them written; the driver's once published. */
void merge_push_used(const struct merge *m, struct virtq *q, uint32_t bytes);

#endif
