// SPDX-License-Identifier: BSD-2-Clause
// Which conditions differ between two results files, and which of them forbid a comparison.
#include "bench/show/compare_conditions.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/host/threads.h"
#include "bench/options/table.h"
#include "bench/show/compare_types.h"
#include "bench/show/report_types.h"
#include "bench/show/report_cells.h"
#include "lib/log.h"
#include "lib/text.h"

_Static_assert(STATS_RUNS_MIN == 5, "TOO_FEW_RUNS says so");
#define TOO_FEW_RUNS "has fewer than 5 runs: no verdict (?); measure with --runs=5 or more"

enum weight { REFUSE, WARN };

struct condition {
	const char *path; /* in the cell, or in its host */
	enum weight weight;
	const char *otherwise; /* what it is where it is absent; NULL: not known, nothing is said */
};

/*
 * What decides what is measured at all refuses; what only moves the figures warns. Options are not
 * here: bench/options/table.c says it of each.
 */
static const struct condition of_cell[] = {
	{ "loop", REFUSE, "closed" },	       { "load.loop", REFUSE, "closed" },
	{ "crowd.guests", REFUSE, NULL },      { "lab.deterministic", REFUSE, "false" },
	{ "lab.one_thread", REFUSE, "false" }, { "lab.smp", WARN, NULL },
	{ "slice.hrtick", WARN, NULL },	       { "items_per_producer", WARN, NULL },
	{ "workers", REFUSE, NULL },	       { "cull_ms", REFUSE, NULL },
	{ "busy_poll_auto", WARN, "false" },   { "link.mtu", WARN, NULL },
	{ "link.tx_queue_len", WARN, NULL },
};

static const struct condition of_host[] = {
	{ "kernel", WARN, NULL },	  { "preempt.source", WARN, NULL },
	{ "arch", WARN, NULL },		  { "cpu", WARN, NULL },
	{ "cpus", WARN, NULL },		  { "nice", WARN, NULL },
	{ "policy", WARN, NULL },	  { "cpu_quota", WARN, "none" },
	{ "cpu_speed.fast", WARN, NULL }, { "hz", WARN, NULL },
	{ "clock.name", WARN, NULL },	  { "clock.trusted", WARN, NULL },
	{ "microcode", WARN, NULL },
};

/* What refuses takes the place of what does not. NULL: there is none. */
static struct compare_note *room_for_note(struct compare *c, bool refuses)
{
	if (c->notes < COMPARE_NOTES_MAX)
		return &c->note[c->notes++];
	c->unsaid++;
	for (size_t i = c->notes; refuses && i > 0; i--)
		if (!c->note[i - 1].refuses)
			return &c->note[i - 1];
	return NULL;
}

void compare_note(struct compare *c, bool refuses, const char *cell, const char *text)
{
	struct compare_note *n;
	char clean[sizeof(n->text)];

	c->refused |= refuses;
	snprintf(clean, sizeof(clean), "%s", text);
	text_clean(clean);
	for (size_t i = 0; i < c->notes; i++)
		if (strcmp(c->note[i].text, clean) == 0) {
			c->note[i].cells++;
			return;
		}
	n = room_for_note(c, refuses);
	if (!n)
		return;
	*n = (struct compare_note){ .refuses = refuses, .cells = 1 };
	memcpy(n->text, clean, sizeof(clean));
	snprintf(n->cell, sizeof(n->cell), "%s", cell ? cell : "");
	text_clean(n->cell);
}

/* A condition as text; false: the file does not say. */
static bool get(const json_t *o, const struct condition *k, char *out, size_t size)
{
	const json_t *v = results_get(o, k->path);

	if (json_is_string(v))
		snprintf(out, size, "%s", json_string_value(v));
	else if (json_is_number(v))
		snprintf(out, size, "%.10g", json_number_value(v));
	else if (json_is_boolean(v))
		snprintf(out, size, "%s", json_is_true(v) ? "true" : "false");
	else if (k->otherwise)
		snprintf(out, size, "%s", k->otherwise);
	else
		return false;
	return true;
}

static void check(struct compare *c, const struct compare_cell *cell, const struct condition *k,
		  const json_t *old, const json_t *new)
{
	char was[128], is[128], text[240];

	if (!get(old, k, was, sizeof(was)) || !get(new, k, is, sizeof(is)) || strcmp(was, is) == 0)
		return;
	snprintf(text, sizeof(text), "%.39s differs: old %.90s, new %.90s", k->path, was, is);
	compare_note(c, k->weight == REFUSE, cell->label, text);
}

/* With `tandem lab` each boot has a host; a result knows its kernel and its mode. */
static const json_t *host_of(const struct results *file, const struct result *r)
{
	const json_t *boots = json_object_get(file->doc, "boots");
	const char *kernel = results_string(r->json, "lab.kernel", "");

	for (size_t i = 0; i < json_array_size(boots); i++) {
		const json_t *host = json_array_get(boots, i);

		if (strcmp(results_string(host, "lab.kernel", ""), kernel) == 0 &&
		    strcmp(results_string(host, "preempt.mode", ""),
			   results_string(r->json, "preempt", "")) == 0)
			return host;
	}
	return file->host;
}

/* How long KVM polls: the cell's own setting, else the host's. Without KVM it is no condition. */
static double halt_poll(const struct result *r, const json_t *host)
{
	double own = results_number(r->json, "halt_poll_ns");

	if (strcmp(r->accel, "kvm") != 0)
		return NAN;
	return isnan(own) ? results_number(host, "halt_poll_ns") : own;
}

static void check_halt_poll(struct compare *c, const struct compare_cell *cell, const json_t *old,
			    const json_t *new)
{
	double was = halt_poll(cell->side[OLD], old), is = halt_poll(cell->side[NEW], new);
	char text[120];

	if (isnan(was) || isnan(is) || was == is)
		return;
	snprintf(text, sizeof(text), "halt polling differs: old %.0f ns, new %.0f ns", was, is);
	compare_note(c, true, cell->label, text);
}

/* Each of those that both hosts know of. */
static void check_mitigations(struct compare *c, const struct compare_cell *cell, const json_t *old,
			      const json_t *new)
{
	json_t *list = results_get(old, "mitigations");

	for (void *i = json_object_iter(list); i; i = json_object_iter_next(list, i)) {
		char path[64];
		struct condition one = { path, WARN, NULL };

		snprintf(path, sizeof(path), "mitigations.%.48s", json_object_iter_key(i));
		check(c, cell, &one, old, new);
	}
}

/* Unless it is slices that are compared. */
static void check_slice(struct compare *c, const struct compare_cell *cell)
{
	static const struct condition slice = { "slice.ns", WARN, NULL };

	if (!c->free[AXIS_SLICE])
		check(c, cell, &slice, cell->side[OLD]->json, cell->side[NEW]->json);
}

static void check_placement(struct compare *c, const struct compare_cell *cell,
			    const struct option_row *row)
{
	for (unsigned r = 0; r < ROLES; r++) {
		char path[64];
		struct condition k = { path, row->difference == DIFFERS_REFUSED ? REFUSE : WARN,
				       NULL };

		snprintf(path, sizeof(path), "%s.%s", row->key, role_name(r));
		check(c, cell, &k, cell->side[OLD]->json, cell->side[NEW]->json);
	}
}

/* Where the host says it, or where it has no effect on one side, the option is not all. */
static bool is_special(const struct compare *c, const struct option_row *row)
{
	return row->id == OPT_HALT_POLL || (row->id == OPT_BATCH && c->free[AXIS_PRODUCER]);
}

static void check_option(struct compare *c, const struct compare_cell *cell,
			 const struct option_row *row)
{
	struct condition k = { row->key, row->difference == DIFFERS_REFUSED ? REFUSE : WARN, NULL };

	if (row->type == OPTION_PLACES)
		check_placement(c, cell, row);
	else
		check(c, cell, &k, cell->side[OLD]->json, cell->side[NEW]->json);
}

static void check_options(struct compare *c, const struct compare_cell *cell)
{
	for (size_t i = 0; option_at(i); i++) {
		const struct option_row *row = option_at(i);
		bool counts = row->difference == DIFFERS_REFUSED ||
			      row->difference == DIFFERS_WARNED;

		if (counts && option_by_key(row->key) == row && !is_special(c, row))
			check_option(c, cell, row);
	}
}

static void check_lab(struct compare *c, const struct compare_cell *cell)
{
	bool was = results_get(cell->side[OLD]->json, "lab"),
	     is = results_get(cell->side[NEW]->json, "lab");

	if (was != is)
		compare_note(c, true, cell->label,
			     was ? "the old file is from the lab's emulation, the new is not"
				 : "the new file is from the lab's emulation, the old is not");
}

static void check_duration(struct compare *c, const struct compare_cell *cell)
{
	double was = results_number(cell->side[OLD]->json, "duration_s");
	double is = results_number(cell->side[NEW]->json, "duration_s");
	char text[120];

	if (!(was > 0) || !(is > 0) || (is < was * 1.1 && was < is * 1.1))
		return;
	snprintf(text, sizeof(text), "runs of different length: old %.2g s, new %.2g s", was, is);
	compare_note(c, false, cell->label, text);
}

static void check_health(struct compare *c, const struct compare_cell *cell, unsigned s)
{
	const json_t *r = cell->side[s]->json;
	const struct {
		bool is;
		const char *what;
	} ills[] = {
		{ json_is_false(results_get(r, "ok")), "failed" },
		{ results_true(r, "cut_short"), "was cut short" },
		{ results_number(r, "interrupted_runs") > 0,
		  "was stopped while it was measured: those runs count only where there is no "
		  "other" },
		{ results_number(r, "lost") > 0 || results_number(r, "corrupt") > 0 ||
			  json_is_false(results_get(r, "conserved")),
		  "lost or corrupted something: no result" },
		{ results_number(r, "matching.stamps_lost") > 0,
		  "lost stamps: do not use its latencies" },
		{ report_irq_path_wrong(cell->side[s]),
		  "had KVM take another interrupt path than it names" },
		{ report_irq_path_unbound(cell->side[s]),
		  "had KVM's work item run on unbound workers, not on the writer's CPU's" },
		{ cell->side[s]->runs < STATS_RUNS_MIN, TOO_FEW_RUNS },
	};
	char text[240];

	for (size_t i = 0; i < sizeof(ills) / sizeof(ills[0]); i++) {
		if (!ills[i].is)
			continue;
		snprintf(text, sizeof(text), "the %s cell %s", s == OLD ? "old" : "new",
			 ills[i].what);
		compare_note(c, false, cell->label, text);
	}
}

static void check_noise(struct compare *c, unsigned s, const json_t *host)
{
	if (strcmp(results_string(host, "noise.verdict", ""), "noisy") == 0)
		compare_note(c, false, NULL,
			     s == OLD ? "the old host was noisy" : "the new host was noisy");
}

/* What is compared on purpose is said, too: nobody should take it for the same. */
static void note_free_axes(struct compare *c)
{
	static const char *const names[AXES] = {
		"scenario",    "notify", "producer", "irq",   "preempt",
		"worker_fifo", "load",	 "pool",     "slice", "control",
	};
	char text[160];

	for (unsigned a = 0; a < AXES; a++) {
		if (!c->free[a])
			continue;
		snprintf(text, sizeof(text), "compared: %s %s (old) with %s (new)", names[a],
			 *c->one[OLD][a] ? c->one[OLD][a] : "closed",
			 *c->one[NEW][a] ? c->one[NEW][a] : "closed");
		compare_note(c, false, NULL, text);
	}
}

void compare_conditions(struct compare *c)
{
	note_free_axes(c);
	for (size_t i = 0; i < c->n; i++) {
		const struct compare_cell *cell = &c->cell[i];
		const json_t *host[COMPARE_SIDES];

		for (unsigned s = 0; s < COMPARE_SIDES; s++) {
			host[s] = host_of(c->file[s], cell->side[s]);
			check_health(c, cell, s);
			check_noise(c, s, host[s]);
		}
		for (size_t k = 0; k < sizeof(of_cell) / sizeof(of_cell[0]); k++)
			check(c, cell, &of_cell[k], cell->side[OLD]->json, cell->side[NEW]->json);
		for (size_t k = 0; k < sizeof(of_host) / sizeof(of_host[0]); k++)
			check(c, cell, &of_host[k], host[OLD], host[NEW]);
		check_mitigations(c, cell, host[OLD], host[NEW]);
		check_halt_poll(c, cell, host[OLD], host[NEW]);
		check_options(c, cell);
		check_slice(c, cell);
		check_lab(c, cell);
		check_duration(c, cell);
	}
}
