// SPDX-License-Identifier: BSD-2-Clause
// What `tandem backend` prints.
#include "cli/backend_print.h"

#include <inttypes.h>
#include <stdio.h>

#include "pair/pair.h"
#include "virtio/features.h"

static uint64_t frames(const struct backend_stats *s)
{
	return s->flow[SIDE_A].frames + s->flow[SIDE_B].frames;
}

static uint64_t bytes(const struct backend_stats *s)
{
	return s->flow[SIDE_A].bytes + s->flow[SIDE_B].bytes;
}

static uint64_t notifications(const struct backend_stats *s)
{
	return s->port[SIDE_A].delivered + s->port[SIDE_B].delivered;
}

static const char *presence(const struct user_door_stats *side)
{
	return side->rings ? "up" : side->connected ? "connected" : "-";
}

bool backend_print_line(FILE *to, const struct doors *d, const struct backend_stats *last,
			const struct backend_stats *now, double at_s, double passed_s)
{
	struct user_door_stats a = doors_side(d, SIDE_A), b = doors_side(d, SIDE_B);
	double s = passed_s > 0 ? passed_s : 1;

	fprintf(to,
		"%6.1f s  %12" PRIu64 " frames  %8.3f Mpps  %8.2f Gb/s  %10.0f notif/s  "
		"a %s  b %s\n",
		at_s, frames(now), (double)(frames(now) - frames(last)) / s / 1e6,
		(double)(bytes(now) - bytes(last)) * 8 / s / 1e9,
		(double)(notifications(now) - notifications(last)) / s, presence(&a), presence(&b));
	return fflush(to) == 0;
}

/* Where there are several. */
static void print_pairs(FILE *to, const struct doors *d, const struct backend_stats *s,
			unsigned side)
{
	unsigned pairs = doors_pairs(d);

	for (unsigned i = 0; i < pairs && pairs > 1; i++)
		fprintf(to, "%s %" PRIu64 "%s",
			i ? "," : "   by pair of queues:", s->pair[side][i].frames,
			i + 1 < pairs ? "" : " frames\n");
}

static void print_side(FILE *to, const struct doors *d, const struct backend_stats *s,
		       unsigned side)
{
	struct user_door_stats door = doors_side(d, side);
	const struct flow_stats *f = &s->flow[side];
	char names[512];

	fprintf(to,
		"%c: sent %" PRIu64 " frames, %" PRIu64 " bytes; dropped %" PRIu64
		", too long for %c's buffers %" PRIu64 "\n",
		'a' + side, f->frames, f->bytes, f->dropped, 'b' - side, f->too_small);
	print_pairs(to, d, s, side);
	fprintf(to,
		"   notified %" PRIu64 " times (wanted %" PRIu64 ", merged %" PRIu64
		"); queues broken %" PRIu64 "\n",
		s->port[side].delivered, s->port[side].decided, s->port[side].coalesced,
		s->port[side].breaks);
	fprintf(to,
		"   connected %" PRIu64 " times, %" PRIu64 " messages, %" PRIu64
		" refused; features 0x%" PRIx64 "\n",
		door.connections, door.messages, door.refusals, door.features);
	fprintf(to, "   agreed on: %s\n", feature_text(door.features, names, sizeof(names)));
}

void backend_print_sides(FILE *to, const struct doors *d, const struct backend_stats *s)
{
	for (unsigned side = 0; side < SIDES; side++)
		print_side(to, d, s, side);
}
