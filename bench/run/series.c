// SPDX-License-Identifier: BSD-2-Clause
// How a run's frames came in over its time.
#include "bench/run/series.h"

void series_look(struct series *s, uint64_t window_ns, uint64_t ns, uint64_t frames)
{
	uint64_t part = window_ns / SERIES_POINTS;
	uint64_t due = (s->n ? s->point[s->n - 1].ns / (part ? part : 1) + 1 : 1) * part;

	if (part && s->n < SERIES_POINTS && ns >= due)
		s->point[s->n++] = (struct series_point){ ns, frames };
}

bool series_is_sane(const struct series *s)
{
	if (s->n > SERIES_POINTS)
		return false;
	for (uint32_t i = 1; i < s->n; i++)
		if (s->point[i].ns <= s->point[i - 1].ns ||
		    s->point[i].frames < s->point[i - 1].frames)
			return false;
	return true;
}
