// SPDX-License-Identifier: BSD-2-Clause
// Can this be the result of a cell? The process that wrote it ran guests, and is not trusted.
#include "bench/run/cell_nonsense.h"

#include "bench/run/cell.h"
#include "lib/sane.h"

static bool flags_are_sane(const struct cell_result *r)
{
	const bool *flags[] = { &r->ok,
				&r->cut,
				&r->host_cannot,
				&r->violation,
				&r->conserved,
				&r->uncounted,
				&r->stops_known,
				&r->threads.accounted,
				&r->irq_path.known,
				&r->kworkers.readable };

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (!sane_flag(flags[i]))
			return false;
	return true;
}

const char *cell_nonsense(const void *result)
{
	const struct cell_result *r = result;

	if (!flags_are_sane(r))
		return "flags";
	if (!sane_text(r->error, sizeof(r->error)))
		return "error";
	if (!sane_amount(r->duration_s) || !sane_amount(r->stopped_s) ||
	    !sane_amount(r->guest_stamp_ns))
		return "times";
	if (!counters_are_sane(&r->counters) || !perf_is_sane(&r->perf))
		return "counters";
	if (!load_is_sane(&r->load))
		return "load";
	if (!latency_is_sane(&r->latency[SIDE_A]) || !latency_is_sane(&r->latency[SIDE_B]))
		return "latencies";
	if (!hist_is_sane(&r->frame_age[SIDE_A]) || !hist_is_sane(&r->frame_age[SIDE_B]))
		return "frame ages";
	if (!slow_threads_are_sane(&r->slow_threads))
		return "threads";
	if (!series_is_sane(&r->series))
		return "series";
	return NULL;
}
