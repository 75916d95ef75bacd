// SPDX-License-Identifier: BSD-2-Clause
// What the hostile guest does to its device, and what the device must make of it; for guest and test.
#ifndef TESTS_HOSTILE_ACTS_H
#define TESTS_HOSTILE_ACTS_H

#include "tandem/abi.h"
#include "virtio/virtq.h"

/* In the boot page's flags, beside include/tandem/abi.h's. */
#define HOSTILE_ACTS 0x1000u   /* all acts, one after the other; then a good rr_pong */
#define HOSTILE_SPIN 0x2000u   /* up, then never another exit */
#define HOSTILE_HALT 0x4000u   /* up, then asleep for ever, interrupts off */
#define HOSTILE_OFF 0x8000u    /* up, then the machine goes down */
#define HOSTILE_STUCK 0x10000u /* up, then never out of its interrupt's handler */
/* With HOSTILE_ACTS: the peer is as bad, so that no frame may come; after it, this one pings. */
#define HOSTILE_PEER 0x20000u

/* The acts' records are the last of the report's stamps; those before are stamps, and wrap. */
#define HOSTILE_RECORDS (TANDEM_STAMPS - 256u)

/* As wanted reason: it must not break; it may, for whatever reason. */
#define UNHURT 0
#define MAY_BREAK -1

/*
 * ACT(function, times, reason): virtio 1.2's clause stands in front. The device is brought up before each, and
 * reset after it. Frames for the guest keep coming, so its receive queue is used, too.
 */
#define HOSTILE_ACT_LIST(ACT)                                                \
	/* 2.7.13: heads */                                                  \
	ACT(head_is_the_ring_size, 1, VIRTQ_BAD_HEAD)                        \
	ACT(head_is_65535, 1, VIRTQ_BAD_HEAD)                                \
	ACT(head_twice_in_one_batch, 1, MAY_BREAK)                           \
	ACT(heads_again_while_they_are_copied, 5, MAY_BREAK)                 \
	/* 2.7.5, 2.7.5.2: chains */                                         \
	ACT(chain_of_the_whole_ring, 1, UNHURT)                              \
	ACT(chain_to_itself, 1, VIRTQ_LOOP)                                  \
	ACT(chain_of_two_in_a_circle, 1, VIRTQ_LOOP)                         \
	ACT(chain_of_the_ring_in_a_circle, 1, VIRTQ_LOOP)                    \
	ACT(next_is_the_ring_size, 1, VIRTQ_BAD_NEXT)                        \
	ACT(length_zero_alone, 1, VIRTQ_ZERO_LENGTH)                         \
	ACT(length_zero_behind_a_good_one, 1, VIRTQ_ZERO_LENGTH)             \
	ACT(length_zero_at_a_bad_address, 1, VIRTQ_ZERO_LENGTH)              \
	ACT(lengths_that_add_up_beyond_2_32, 1, VIRTQ_BAD_BUFFER)            \
	/* 2.7.4.2, 5.1.6: directions and sizes */                           \
	ACT(writable_before_readable, 1, VIRTQ_BAD_ORDER)                    \
	ACT(writable_to_transmit, 1, VIRTQ_BAD_DIRECTION)                    \
	ACT(readable_to_receive, 1, VIRTQ_BAD_DIRECTION)                     \
	ACT(transmit_shorter_than_its_header, 1, VIRTQ_SHORT)                \
	ACT(transmit_nothing_but_its_header, 1, UNHURT)                      \
	ACT(transmit_headers_full_of_offloads, 5, UNHURT)                    \
	ACT(transmit_its_own_rings, 1, UNHURT)                               \
	ACT(transmit_more_than_the_peer_can_take, 1, UNHURT)                 \
	ACT(receive_buffers_too_small_for_ever, 1, UNHURT)                   \
	/* 2.7.5: addresses */                                               \
	ACT(buffer_one_byte_past_memory, 1, VIRTQ_BAD_BUFFER)                \
	ACT(buffer_past_memory, 1, VIRTQ_BAD_BUFFER)                         \
	ACT(buffer_that_wraps, 1, VIRTQ_BAD_BUFFER)                          \
	ACT(buffer_in_a_hole, 1, VIRTQ_BAD_BUFFER)                           \
	ACT(buffer_in_its_own_device, 1, VIRTQ_BAD_BUFFER)                   \
	ACT(receive_buffer_past_memory, 1, VIRTQ_BAD_BUFFER)                 \
	ACT(receive_buffer_in_its_own_device, 1, VIRTQ_BAD_BUFFER)           \
	ACT(receive_buffers_over_their_own_rings, 1, MAY_BREAK)              \
	ACT(receive_buffers_over_the_other_queue, 1, MAY_BREAK)              \
	ACT(receive_buffers_all_in_one_place, 1, UNHURT)                     \
	/* 2.7.5.3: indirect descriptors, which the device does not offer */ \
	ACT(indirect_of_0_bytes, 1, VIRTQ_INDIRECT)                          \
	ACT(indirect_of_1_byte, 1, VIRTQ_INDIRECT)                           \
	ACT(indirect_of_15_bytes, 1, VIRTQ_INDIRECT)                         \
	ACT(indirect_of_16_bytes, 1, VIRTQ_INDIRECT)                         \
	ACT(indirect_of_17_bytes, 1, VIRTQ_INDIRECT)                         \
	ACT(indirect_longer_than_the_ring, 1, VIRTQ_INDIRECT)                \
	ACT(indirect_nested, 1, VIRTQ_INDIRECT)                              \
	ACT(indirect_with_next, 1, VIRTQ_INDIRECT)                           \
	ACT(indirect_behind_a_direct_chain, 1, VIRTQ_INDIRECT)               \
	/* 2.7.6: the available index */                                     \
	ACT(index_ahead_by_the_ring_plus_one, 1, VIRTQ_BAD_AVAIL_INDEX)      \
	ACT(index_ahead_by_half_its_range, 1, VIRTQ_BAD_AVAIL_INDEX)         \
	ACT(index_backwards, 1, VIRTQ_BAD_AVAIL_INDEX)                       \
	ACT(receive_index_ahead, 1, VIRTQ_BAD_AVAIL_INDEX)                   \
	/* 2.7.7, 2.7.10: event indices */                                   \
	ACT(interrupts_until_the_event_index_wraps, 1, UNHURT)               \
	ACT(event_index_anywhere, 1, UNHURT)                                 \
	/* 2.7: layouts */                                                   \
	ACT(descriptors_unaligned, 1, VIRTQ_BAD_ALIGN)                       \
	ACT(available_ring_unaligned, 1, VIRTQ_BAD_ALIGN)                    \
	ACT(used_ring_unaligned, 1, VIRTQ_BAD_ALIGN)                         \
	ACT(descriptors_past_memory, 1, VIRTQ_BAD_RING)                      \
	ACT(used_ring_in_its_own_device, 1, VIRTQ_BAD_RING)                  \
	ACT(available_ring_near_2_64, 1, VIRTQ_BAD_RING)                     \
	ACT(all_rings_in_one_place, 1, MAY_BREAK)                            \
	ACT(used_ring_over_the_descriptors, 1, MAY_BREAK)                    \
	ACT(both_queues_in_one_place, 1, MAY_BREAK)                          \
	ACT(ring_size_0, 1, VIRTQ_BAD_SIZE)                                  \
	ACT(ring_size_1, 1, UNHURT)                                          \
	ACT(ring_size_3, 1, VIRTQ_BAD_SIZE)                                  \
	ACT(ring_size_32768, 1, VIRTQ_BAD_SIZE)                              \
	ACT(ring_size_65535, 1, VIRTQ_BAD_SIZE)                              \
	ACT(queue_not_ready, 1, VIRTQ_BAD_SIZE)                              \
	ACT(ring_changed_while_in_use, 1, UNHURT)                            \
	ACT(rings_that_move_without_a_reset, 5, UNHURT)                      \
	/* 3.1.1, 4.2.2: registers */                                        \
	ACT(status_out_of_order, 1, UNHURT)                                  \
	ACT(features_after_features_ok, 1, UNHURT)                           \
	ACT(features_that_were_not_offered, 1, UNHURT)                       \
	ACT(queue_select_out_of_range, 1, UNHURT)                            \
	ACT(notify_out_of_range, 1, UNHURT)                                  \
	ACT(registers_of_every_width, 1, UNHURT)                             \
	ACT(writes_that_straddle_status_and_notify, 1, UNHURT)               \
	ACT(kick_before_driver_ok, 1, UNHURT)                                \
	ACT(kicks_with_nothing_to_do, 1, UNHURT)                             \
	/* 4.1: PCI */                                                       \
	ACT(pci_command_bits_in_turn, 5, MAY_BREAK)                          \
	ACT(pci_bars_moved_anywhere, 5, UNHURT)                              \
	ACT(pci_vectors_anywhere, 5, UNHURT)                                 \
	ACT(pci_configuration_of_all_slots, 1, UNHURT)                       \
	ACT(pci_window_at_everything, 2, UNHURT)                             \
	/* a second thread: the device reads while the guest writes */       \
	ACT(descriptors_flip_while_they_are_read, 5, MAY_BREAK)              \
	ACT(index_flips_while_it_is_read, 5, MAY_BREAK)                      \
	/* what only fills the log */                                        \
	ACT(console_without_end, 1, UNHURT)                                  \
	/* resets: behind one, nothing is written late */                    \
	ACT(memory_is_the_guests_after_a_reset, 10, UNHURT)                  \
	ACT(memory_is_the_guests_once_no_queue_is_ready, 10, UNHURT)         \
	ACT(reset_while_frames_are_copied, 20, UNHURT)                       \
	ACT(break_and_reset, 30, VIRTQ_BAD_HEAD)

enum hostile_act {
#define ACT(name, times, want) ACT_##name,
	HOSTILE_ACT_LIST(ACT)
#undef ACT
		HOSTILE_ACTS_N
};

#endif
