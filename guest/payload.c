// SPDX-License-Identifier: BSD-2-Clause
// Writing and checking every byte of a frame's payload.
#include "payload.h"

static uint64_t body_word(uint64_t word, uint32_t at)
{
	return word * 0x9e3779b97f4a7c15ull + at;
}

void payload_fill_body(uint8_t *payload, uint32_t tail, uint64_t word)
{
	uint32_t at = FRAME_BODY;

	for (; at + 8 <= tail; at += 8)
		*(word_t *)(payload + at) = body_word(word, at);
	for (; at < tail; at++)
		payload[at] = (uint8_t)body_word(word, at);
}

bool payload_body_is(const uint8_t *payload, uint32_t tail, uint64_t word)
{
	uint32_t at = FRAME_BODY;

	for (; at + 8 <= tail; at += 8)
		if (*(const word_t *)(payload + at) != body_word(word, at))
			return false;
	for (; at < tail; at++)
		if (payload[at] != (uint8_t)body_word(word, at))
			return false;
	return true;
}
