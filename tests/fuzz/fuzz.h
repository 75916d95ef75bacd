// SPDX-License-Identifier: BSD-2-Clause
// What the fuzz targets share: reading the input, and saying what must hold.
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* libFuzzer's entry: one input, any bytes. Returns 0; what must not be ends the program. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The input, read from the front; at its end everything reads as 0. */
struct input {
	const uint8_t *p;
	size_t left;
};

static inline bool more(const struct input *in)
{
	return in->left > 0;
}

static inline uint8_t take8(struct input *in)
{
	if (!in->left)
		return 0;
	in->left--;
	return *in->p++;
}

static inline uint16_t take16(struct input *in)
{
	uint16_t low = take8(in);

	return (uint16_t)(low | take8(in) << 8);
}

static inline uint32_t take32(struct input *in)
{
	uint32_t low = take16(in);

	return low | (uint32_t)take16(in) << 16;
}

/* A property that no input may break. */
#define CHECK(property)                                                                   \
	do {                                                                              \
		if (!(property)) {                                                        \
			fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, \
				#property);                                               \
			abort();                                                          \
		}                                                                         \
	} while (0)

#endif
