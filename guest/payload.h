// SPDX-License-Identifier: BSD-2-Clause
// Writing and checking a frame's payload: its first and last word, or every byte of it; its time.
#ifndef GUEST_PAYLOAD_H
#define GUEST_PAYLOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "tandem/frame.h"

/* May stand at any address: the last word of an odd-sized frame does. */
typedef uint64_t word_t __attribute__((aligned(1), may_alias));

/* From the payload's first word to its last, for frames of frame_bytes. */
static inline uint32_t payload_tail(uint32_t frame_bytes)
{
	return frame_bytes - FRAME_ETH_HDR - 8;
}

static inline void payload_put(uint8_t *payload, uint32_t tail, uint64_t word)
{
	*(word_t *)payload = word;
	*(word_t *)(payload + tail) = word;
}

static inline bool payload_is(const uint8_t *payload, uint32_t tail, uint64_t word)
{
	return *(const word_t *)payload == word && *(const word_t *)(payload + tail) == word;
}

/* When it is sent, before it is the device's. */
static inline void payload_set_time(uint8_t *payload, uint64_t now)
{
	*(word_t *)(payload + FRAME_TIME) = now;
}

static inline uint64_t payload_time(const uint8_t *payload)
{
	return *(const word_t *)(payload + FRAME_TIME);
}

/* --verify=full: the bytes in between depend on sequence number and place. */
void payload_fill_body(uint8_t *payload, uint32_t tail, uint64_t word);
bool payload_body_is(const uint8_t *payload, uint32_t tail, uint64_t word);

#endif
