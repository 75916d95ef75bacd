// SPDX-License-Identifier: BSD-2-Clause
// What goes with figures: warnings.
#include "bench/show/report_notes.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "bench/show/report_types.h"
#include "bench/show/report_cells.h"

struct teller {
	void (*say)(void *ctx, const char *text);
	void *ctx;
	unsigned n;
	char last[1024];
};

static void tell(struct teller *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void tell(struct teller *t, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	/* The lab's boots have much in common. */
	if (strcmp(text, t->last) == 0)
		return;
	memcpy(t->last, text, sizeof(text));
	t->say(t->ctx, text);
	t->n++;
}

/* Warnings of a host, or of one of the lab's boots. */
static void tell_host(struct teller *t, const json_t *host)
{
	const json_t *noise = results_get(host, "noise"), *list = results_get(noise, "warnings");

	for (size_t i = 0; i < json_array_size(list); i++)
		tell(t, "noise: %s", json_string_value(json_array_get(list, i)));
	if (json_is_false(results_get(host, "clock.trusted")))
		tell(t, "clock: no one-way times: %s",
		     results_string(host, "clock.why", "CPUs do not share a clock"));
	if (results_get(host, "lab"))
		tell(t, "lab: %s was emulated%s: only ratios within this run mean anything",
		     results_string(host, "lab.kernel", "the host"),
		     results_true(host, "lab.deterministic") ? ", its time is virtual"
		     : results_true(host, "lab.one_thread")  ? ", its CPUs take turns"
							     : "");
}

/* A ratio to the baseline is of one machine, whatever joined the cells. */
static void tell_shards(struct teller *t, const json_t *shards)
{
	size_t n = json_array_size(shards);

	for (size_t i = 0; i < n; i++)
		tell_host(t, results_get(json_array_get(shards, i), "host"));
	if (n)
		tell(t,
		     "%zu shards, measured apart: each ratio is to a baseline that its own shard "
		     "measured; figures of different shards side by side compare machines, too",
		     n);
}

static void tell_count(struct teller *t, const struct result *c, const char *key, const char *what)
{
	double v = results_number(c->json, key);

	if (v > 0)
		tell(t, "%s: %.0f %s", c->label, v, what);
}

static void tell_cell(struct teller *t, const struct result *c)
{
	const char *error = results_string(c->json, "error", NULL);

	if (error)
		tell(t, "%s: failed: %s", c->label, error);
	else if (!c->runs)
		tell(t, "%s: was not reached", c->label);
	if (c->runs && results_true(c->json, "cut_short"))
		tell(t, "%s: was cut short", c->label);
	if (json_is_false(results_get(c->json, "conserved")))
		tell(t,
		     "%s: notifications decided are not those delivered and "
		     "coalesced",
		     c->label);
	tell_count(t, c, "lost", "frames lost");
	tell_count(t, c, "corrupt", "frames corrupt");
	tell_count(t, c, "matching.stamps_lost", "stamps lost: do not use its latencies");
	if (report_irq_path_wrong(c))
		tell(t, "%s: KVM took another interrupt path than it names", c->label);
	if (report_irq_path_unbound(c))
		tell(t, "%s: KVM's work item ran on unbound workers, not on the writer's CPU's",
		     c->label);
	tell_count(t, c, "interrupted_runs", "runs were stopped while they were measured");
	tell_count(t, c, "producer_counts.io_wq_threads",
		   "io_uring worker threads seen: work left the producer");
}

static void tell_effect(struct teller *t, const json_t *resolvable, const char *metric,
			const char *words)
{
	double v = results_number(resolvable, metric);
	char number[REPORT_NUMBER_MAX];

	if (v > 0)
		tell(t, "%s: only effects of more than %s %% would be found with so many runs",
		     words, report_number(v * 100, "-", number, sizeof(number)));
}

unsigned report_warnings(const struct results *f, void (*say)(void *ctx, const char *text),
			 void *ctx)
{
	struct teller t = { .say = say, .ctx = ctx };
	const json_t *boots = results_get(f->doc, "boots");
	const json_t *shards = results_get(f->doc, "shards");
	bool thread = false, several = false, traced = false, doubt = false;

	if (!json_array_size(boots) && !json_array_size(shards))
		tell_host(&t, f->host);
	tell_shards(&t, shards);
	for (size_t i = 0; i < json_array_size(boots); i++)
		tell_host(&t, json_array_get(boots, i));
	for (size_t i = 0; i < f->n; i++) {
		tell_cell(&t, &f->result[i]);
		thread |= strcmp(f->result[i].accel, "thread") == 0;
		several |= f->result[i].runs > 1;
		traced |= results_get(f->result[i].json, "trace") != NULL;
		doubt |= f->result[i].runs && report_floor_doubt(&f->result[i]) != FLOOR_FINE;
	}
	tell_effect(&t, results_get(f->doc, "statistics.resolvable"), "gbps", "Gb/s");
	tell_effect(&t, results_get(f->doc, "statistics.resolvable"), "round_trips_per_s",
		    "trips/s");
	if (doubt)
		tell(&t, "x floor, x memcpy with ?: floors were measured while the host was busy: "
			 "their rounds "
			 "scatter, or cells are faster");
	if (thread)
		tell(&t,
		     "accel thread: guests were host threads; latencies are no virtual machine's");
	if (traced)
		tell(&t, "--trace: the kernel recorded its scheduling meanwhile, which costs time");
	if (f->n && !several)
		tell(&t, "one run of each cell: there are no intervals, and small differences mean "
			 "nothing");
	return t.n;
}
