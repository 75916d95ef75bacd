// SPDX-License-Identifier: BSD-2-Clause
// Random numbers that a seed repeats.
#include "bench/stat/random.h"

#include <sys/random.h>
#include <time.h>

/* Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014. */
uint64_t random_next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ull;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

/* The bias is below n / 2^32: of no account for the few that are asked for. */
uint32_t random_below(uint64_t *state, uint32_t n)
{
	return (uint32_t)(((random_next(state) >> 32) * n) >> 32);
}

void random_shuffle(uint64_t *state, unsigned *v, unsigned n)
{
	for (unsigned i = n; i > 1; i--) {
		unsigned j = random_below(state, i), t = v[i - 1];

		v[i - 1] = v[j];
		v[j] = t;
	}
}

uint64_t random_seed(void)
{
	uint32_t seed;

	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) != (ssize_t)sizeof(seed))
		seed = (uint32_t)time(NULL); /* wall clock: any number will do */
	return seed;
}
