// SPDX-License-Identifier: BSD-2-Clause
// The ages of frames as a guest has counted them.
#include "bench/run/ages.h"

#include <string.h>

#include "tandem/shared.h"

/* No window sees so many frames. The sum of all buckets stays far from its end, too. */
#define FRAMES_MAX (1ull << 48)

void ages_read(const struct tandem_report *r, struct ages *out)
{
	for (unsigned i = 0; i < CYCLES_BUCKETS; i++)
		out->n[i] = shared_load(&r->age[i]);
}

void ages_between(const struct ages *from, const struct ages *to, double ns_per_cycle,
		  struct hist *out)
{
	memset(out, 0, sizeof(*out));
	for (unsigned i = 0; i < CYCLES_BUCKETS; i++) {
		uint64_t n = to->n[i] - from->n[i];

		if (n && n < FRAMES_MAX)
			hist_add_many(
				out, (uint64_t)((double)cycles_bucket_middle(i) * ns_per_cycle), n);
	}
}
