// SPDX-License-Identifier: BSD-2-Clause
// The baselines on a report's page.
#include "bench/show/report_floors.h"

#include <math.h>

#include "bench/show/report_cells.h"
#include "bench/show/report_types.h"
#include "bench/show/svg.h"

/* Cells of one mode and scenario share theirs. */
static unsigned add(struct report_floor *l, unsigned n, const json_t *floor, const char *preempt)
{
	if (!floor || n == REPORT_FLOORS_MAX)
		return n;
	for (unsigned i = 0; i < n; i++)
		if (json_equal(l[i].json, floor))
			return n;
	l[n] = (struct report_floor){ floor, preempt };
	return n + 1;
}

unsigned report_floors(const struct results *f, struct report_floor out[REPORT_FLOORS_MAX])
{
	const json_t *alone = results_get(f->doc, "floors");
	unsigned n = 0;

	for (size_t i = 0; i < json_array_size(alone); i++)
		n = add(out, n, json_array_get(alone, i),
			results_string(json_array_get(alone, i), "preempt", ""));
	for (size_t i = 0; i < f->n; i++)
		n = add(out, n, results_get(f->result[i].json, "floor"), f->result[i].preempt);
	return n;
}

static void put_row(const char *preempt, const char *what, double v, const char *unit, FILE *to)
{
	char text[REPORT_NUMBER_MAX];

	if (isnan(v))
		return;
	fputs("<tr><td class=\"w\">", to);
	svg_escape(to, preempt);
	fputs("</td><td>", to);
	svg_escape(to, what);
	fputs("</td><td class=\"n\">", to);
	svg_escape(to, report_number(v, "-", text, sizeof(text)));
	fprintf(to, "</td><td>%s</td></tr>\n", unit);
}

static void put_floor(const json_t *fl, const char *preempt, FILE *to)
{
	char text[96], bytes[32];

	report_count(results_number(fl, "frame_bytes"), bytes, sizeof(bytes));
	snprintf(text, sizeof(text), "memcpy of %s-byte frames, one core", bytes);
	put_row(preempt, text, results_number(fl, "memcpy_gbps"), "Gb/s", to);
	put_row(preempt, "eventfd ping-pong of two threads, p50",
		results_number(fl, "pingpong_us.p50"), "us", to);
	put_row(preempt, "irqfd, handler, doorbell, no virtio, p50",
		results_number(fl, "echo_us.p50"), "us", to);
}

void report_html_floors(const struct results *f, FILE *to)
{
	struct report_floor floor[REPORT_FLOORS_MAX];
	unsigned n = report_floors(f, floor);

	if (!n)
		return;
	fputs("<h3>Floors</h3>\n<p class=\"mute\">What the host needs for the bare parts, "
	      "measured in the "
	      "same run.</p>\n<div class=\"scroll\"><table><tbody>\n",
	      to);
	for (unsigned i = 0; i < n; i++)
		put_floor(floor[i].json, floor[i].preempt, to);
	fputs("</tbody></table></div>\n", to);
}
