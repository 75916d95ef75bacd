// SPDX-License-Identifier: BSD-2-Clause
// The baselines on a report's page.
#include <math.h>

#include "bench/report_html.h"
#include "bench/svg.h"

#define FLOORS_MAX 32u

struct floor_list {
	struct {
		json_t *json;
		const char *preempt;
	} floor[FLOORS_MAX];
	unsigned n;
};

/* Cells of one mode and scenario share theirs. */
static void add(struct floor_list *l, json_t *floor, const char *preempt)
{
	if (!floor || l->n == FLOORS_MAX)
		return;
	for (unsigned i = 0; i < l->n; i++)
		if (json_equal(l->floor[i].json, floor))
			return;
	l->floor[l->n].json = floor;
	l->floor[l->n++].preempt = preempt;
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
	char text[96];

	snprintf(text, sizeof(text), "memcpy of %.0f-byte frames, one core",
		 results_number(fl, "frame_bytes"));
	put_row(preempt, text, results_number(fl, "memcpy_gbps"), "Gb/s", to);
	put_row(preempt, "eventfd ping-pong of two threads, p50",
		results_number(fl, "pingpong_us.p50"), "us", to);
	put_row(preempt, "irqfd, handler, doorbell, no virtio, p50",
		results_number(fl, "echo_us.p50"), "us", to);
}

void report_html_floors(const struct results *f, FILE *to)
{
	const json_t *alone = results_get(f->doc, "floors");
	struct floor_list l = { .n = 0 };

	for (size_t i = 0; i < json_array_size(alone); i++)
		add(&l, json_array_get(alone, i),
		    results_string(json_array_get(alone, i), "preempt", ""));
	for (size_t i = 0; i < f->n; i++)
		add(&l, results_get(f->result[i].json, "floor"), f->result[i].preempt);
	if (!l.n)
		return;
	fputs("<h3>Floors</h3>\n<p class=\"mute\">What the host needs for the bare parts, measured in the "
	      "same run.</p>\n<div class=\"scroll\"><table><tbody>\n",
	      to);
	for (unsigned i = 0; i < l.n; i++)
		put_floor(l.floor[i].json, l.floor[i].preempt, to);
	fputs("</tbody></table></div>\n", to);
}
