// SPDX-License-Identifier: BSD-2-Clause
// What the first round of several measured.
#include "bench/show/first.h"

#include <stdio.h>
#include <string.h>

#include "bench/run/progress.h"
#include "lib/log.h"

#define TEXT_MAX 256

/* Rows that stand on one line: those of one mode, loop and producer. */
static bool same_line(const struct cell_spec *a, const struct cell_spec *b)
{
	return a->scenario == b->scenario && a->preempt == b->preempt && a->slice == b->slice &&
	       a->loop == b->loop && a->producer == b->producer && a->irq == b->irq;
}

static void add_figure(const struct bench_row *row, char text[TEXT_MAX])
{
	unsigned m = row->spec.scenario == SCENARIO_RR ? METRIC_ROUND_TRIPS : METRIC_GBPS;
	size_t n = strlen(text);

	if (row->over.n)
		snprintf(text + n, TEXT_MAX - n, "%s%s %.2g", *text ? ", " : " ",
			 row->spec.notify->name, row->over.sample[m][0]);
}

static void say_line(const struct bench *b, unsigned first)
{
	const struct cell_spec *s = &b->row[first].spec;
	char text[TEXT_MAX] = "";

	for (unsigned i = first; i < b->nrows; i++)
		if (same_line(&b->row[i].spec, s))
			add_figure(&b->row[i], text);
	if (*text)
		log_info("1 of %u, %s%s%s:%s %s", b->rounds.runs, s->preempt ? s->preempt : "",
			 s->preempt ? " " : "", s->control ? "control" : s->producer->name, text,
			 s->scenario == SCENARIO_RR ? "trips/s" : "Gb/s");
}

void first_say(const struct bench *b)
{
	progress_clear();
	for (unsigned i = 0; i < b->nrows; i++) {
		bool first = true;

		for (unsigned k = 0; k < i; k++)
			first &= !same_line(&b->row[k].spec, &b->row[i].spec);
		if (first)
			say_line(b, i);
	}
}
