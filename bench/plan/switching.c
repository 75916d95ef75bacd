// SPDX-License-Identifier: BSD-2-Clause
// The host as a cell wants it while it is measured.
#include "bench/plan/switching.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static bool is_active(const struct preempt_control *c, const char *wanted, char mode[KNOB_BYTES])
{
	return preempt_active(c, mode) == 0 && strcmp(mode, wanted) == 0;
}

static int switch_mode(struct preempt_control *c, const char *wanted)
{
	char mode[KNOB_BYTES];

	return !wanted || is_active(c, wanted, mode) ? 0 : preempt_switch(c, wanted);
}

static int switch_slice(struct preempt_control *c, uint64_t wanted)
{
	if (!wanted || !c->slice.open || preempt_slice_ns(c) == wanted)
		return 0;
	return preempt_set_slice(c, wanted);
}

int switching_to(struct preempt_control *c, const struct cell_spec *s)
{
	int err = switch_mode(c, s->preempt);

	return err ? err : switch_slice(c, s->slice_ns);
}

bool switching_disturbed(const struct preempt_control *c, const struct cell_spec *s, char *why,
			 size_t size)
{
	uint64_t now = preempt_slice_ns(c);
	char mode[KNOB_BYTES] = "(unknown)";

	if (s->preempt && c->mode.open && !is_active(c, s->preempt, mode)) {
		snprintf(why, size, "measured in preemption mode %s, somebody changed it to %s",
			 s->preempt, mode);
		return true;
	}
	if (s->slice_ns && c->slice.open && now != s->slice_ns) {
		snprintf(why, size,
			 "measured with a base slice of %" PRIu64
			 " ns, somebody changed it to %" PRIu64,
			 s->slice_ns, now);
		return true;
	}
	return false;
}

static const char *mode_at(const struct cell_spec *first, size_t bytes, unsigned i)
{
	return ((const struct cell_spec *)(const void *)((const char *)first + i * bytes))->preempt;
}

void switching_group(const struct cell_spec *first, size_t bytes, unsigned n, unsigned *group)
{
	for (unsigned i = 0; i < n; i++) {
		group[i] = i;
		for (unsigned j = 0; j < i && group[i] == i; j++)
			if (mode_at(first, bytes, j) == mode_at(first, bytes, i))
				group[i] = group[j];
	}
}
