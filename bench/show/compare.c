// SPDX-License-Identifier: BSD-2-Clause
// Two results files side by side.
#include "bench/show/compare.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/show/compare_conditions.h"
#include "bench/stat/stats_rank.h"
#include "lib/log.h"
#include "lib/text.h"

/* More runs than any bench makes; what a file has beyond them is left out. */
#define RUNS_MAX 4096u

/* A cell of one side before it has found its other half. */
struct half {
	const struct result *result;
	char axis[AXES][AXIS_CHARS];
	char words[LABEL_MAX];
	bool taken;
};

struct halves {
	struct half *half;
	size_t n;
};

/* One word. */
static void set_axis(char axis[AXIS_CHARS], const char *value)
{
	snprintf(axis, AXIS_CHARS, "%s", value);
	text_clean(axis);
	for (char *s = axis; *s; s++)
		if (*s == ' ')
			*s = '_';
}

/* The words that runs_name() gave it. */
static void set_load(char axis[AXIS_CHARS], const json_t *json)
{
	bool open = strcmp(results_string(json, "load.loop", "closed"), "closed") != 0;
	double rate = results_number(json, "load.rate");
	char loop[AXIS_CHARS], words[LABEL_MAX];

	set_axis(loop, results_string(json, "loop", ""));
	label_load(loop, open, isnan(rate) ? 0 : rate, words);
	snprintf(axis, AXIS_CHARS, "%.*s", (int)AXIS_CHARS - 1, words);
}

/* The words that a pool's row has; elsewhere its layout is a condition. */
static void set_pool(char axis[AXIS_CHARS], const struct result *r)
{
	char words[LABEL_MAX];

	if (strcmp(r->scenario, "pool") != 0)
		return;
	label_pool(results_string(r->json, "scope", ""), results_true(r->json, "strict"),
		   results_string(r->json, "wake", ""), words);
	snprintf(axis, AXIS_CHARS, "%.*s", (int)AXIS_CHARS - 1, words);
}

static void set_axes(struct half *h)
{
	const struct result *r = h->result;
	double fifo = results_number(r->json, "worker_fifo");
	char text[AXIS_CHARS] = "";

	set_axis(h->axis[AXIS_SCENARIO], r->scenario);
	set_axis(h->axis[AXIS_NOTIFY], r->notify);
	set_axis(h->axis[AXIS_PRODUCER], r->producer);
	set_axis(h->axis[AXIS_IRQ], r->irq);
	set_axis(h->axis[AXIS_PREEMPT], r->preempt);
	if (fifo > 0)
		snprintf(text, sizeof(text), "%.0f", fifo);
	set_axis(h->axis[AXIS_FIFO], text);
	set_load(h->axis[AXIS_LOAD], r->json);
	set_pool(h->axis[AXIS_POOL], r);
	set_axis(h->axis[AXIS_SLICE], results_string(r->json, "slice.asked", ""));
	set_axis(h->axis[AXIS_CONTROL], results_string(r->json, "control", ""));
}

static struct label_axes label_of(const struct half *h)
{
	return (struct label_axes){
		.scenario = h->axis[AXIS_SCENARIO],
		.notify = h->axis[AXIS_NOTIFY],
		.producer = h->axis[AXIS_PRODUCER],
		.irq = h->axis[AXIS_IRQ],
		.preempt = h->axis[AXIS_PREEMPT],
		.worker_fifo = (unsigned)fmin(atof(h->axis[AXIS_FIFO]), 99),
		.load = h->axis[AXIS_LOAD],
		.pool = h->axis[AXIS_POOL],
		.slice = h->axis[AXIS_SLICE],
		.control = h->axis[AXIS_CONTROL],
		.accel = h->result->accel,
	};
}

static int take_side(struct halves *out, const struct results *file, const char *select)
{
	const char *words = select ? select : "";

	out->n = 0;
	out->half = calloc(file->n + 1, sizeof(*out->half));
	if (!out->half)
		return log_errno(-ENOMEM, "compare");
	for (size_t i = 0; i < file->n; i++) {
		struct half *h = &out->half[out->n];
		struct label_axes axes;

		h->result = &file->result[i];
		set_axes(h);
		axes = label_of(h);
		label_words(&axes, h->words);
		out->n += label_picks(words, strlen(words), h->words);
	}
	return 0;
}

static bool has_one(const struct halves *s, enum compare_axis a)
{
	for (size_t i = 1; i < s->n; i++)
		if (strcmp(s->half[i].axis[a], s->half[0].axis[a]) != 0)
			return false;
	return s->n > 0;
}

/* Scenarios, controls and priorities are not what anyone compares by accident. */
static void find_free_axes(struct compare *c, const struct halves side[COMPARE_SIDES])
{
	static const enum compare_axis may[] = { AXIS_NOTIFY,  AXIS_PRODUCER, AXIS_IRQ,
						 AXIS_PREEMPT, AXIS_LOAD,     AXIS_POOL,
						 AXIS_SLICE };

	for (unsigned s = 0; s < COMPARE_SIDES; s++)
		for (unsigned a = 0; a < AXES; a++)
			if (has_one(&side[s], a))
				memcpy(c->one[s][a], side[s].half[0].axis[a], AXIS_CHARS);
	for (size_t i = 0; i < sizeof(may) / sizeof(may[0]); i++)
		c->free[may[i]] = has_one(&side[OLD], may[i]) && has_one(&side[NEW], may[i]) &&
				  strcmp(c->one[OLD][may[i]], c->one[NEW][may[i]]) != 0;
}

static struct half *find_other(const struct compare *c, const struct halves *old,
			       const struct half *h)
{
	for (size_t i = 0; i < old->n; i++) {
		bool same = !old->half[i].taken;

		for (unsigned a = 0; a < AXES && same; a++)
			same = c->free[a] || strcmp(old->half[i].axis[a], h->axis[a]) == 0;
		if (same)
			return &old->half[i];
	}
	return NULL;
}

/* What is the same in all cells, or is what is compared, is not part of a cell's name. */
static void name_cell(const struct compare *c, struct compare_cell *cell, const struct half *h,
		      const struct half *old)
{
	struct label_axes axes = label_of(h), before = label_of(old);
	char words[LABEL_MAX];
	unsigned nth = 1;

	label_words(&axes, cell->words);
	label_words(&before, words);
	if (strcmp(words, cell->words) != 0)
		snprintf(cell->words + strlen(cell->words),
			 sizeof(cell->words) - strlen(cell->words), " %s", words);
	if (c->free[AXIS_NOTIFY])
		axes.notify = NULL;
	if (c->free[AXIS_PRODUCER])
		axes.producer = NULL;
	if (c->free[AXIS_IRQ] || *c->one[NEW][AXIS_IRQ])
		axes.irq = NULL;
	if (c->free[AXIS_PREEMPT] || *c->one[NEW][AXIS_PREEMPT])
		axes.preempt = NULL;
	label_make(&axes, cell->label);
	for (size_t i = 0; i < c->n; i++)
		nth += strncmp(c->cell[i].label, cell->label, strlen(cell->label)) == 0 &&
		       strcmp(c->cell[i].words, cell->words) == 0;
	label_number(cell->label, nth);
}

/* A file without samples has the figures of all runs together: as good as one run. */
static double only_value(const struct result *r, const struct metric *m)
{
	static const struct {
		const char *key, *path;
	} places[] = {
		{ "gbps", "gbps" },
		{ "round_trips_per_s", "round_trips_per_s" },
		{ "notify_p50_us", "notify_us.p50" },
		{ "notify_p90_us", "notify_us.p90" },
		{ "notify_p99_us", "notify_us.p99" },
		{ "notify_p99_9_us", "notify_us.p99_9" },
		{ "notify_mean_us", "notify_us.mean" },
		{ "worker_mean_us", "stages_us.worker.mean" },
		{ "handler_mean_us", "stages_us.handler.mean" },
		{ "worker_p50_us", "stages_us.worker.p50" },
		{ "handler_p50_us", "stages_us.handler.p50" },
		{ "frame_p50_us", "frame_us.p50" },
		{ "frame_p99_us", "frame_us.p99" },
		{ "frame_p99_9_us", "frame_us.p99_9" },
		{ "latency_p50_us", "latency_us.p50" },
		{ "latency_p99_us", "latency_us.p99" },
		{ "latency_p99_9_us", "latency_us.p99_9" },
		{ "retransmits", "retransmits" },
		{ "lost", "lost" },
		{ "out_of_order", "out_of_order" },
		{ "corrupt", "corrupt" },
		{ "rtt_p50_us", "tcp.rtt_us.p50" },
		{ "rtt_p99_us", "tcp.rtt_us.p99" },
		{ "trip_p50_us", "tcp.trip_us.p50" },
		{ "trip_p99_us", "tcp.trip_us.p99" },
		{ "dsack_dups", "tcp.dsack_dups" },
	};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (strcmp(places[i].key, m->key) == 0)
			return results_number(r->json, places[i].path);
	return NAN;
}

/*
 * Without gaps; into `v`, how many runs they are of, and how many there were. Of harm the total
 * says as much, where a file has not kept each run's.
 */
static size_t take_values(const struct result *r, unsigned m, double *out, unsigned *runs,
			  unsigned *made)
{
	size_t n = results_samples(r, metrics[m].key, out, RUNS_MAX), got = 0;
	bool only = !json_object_get(r->json, "samples") || (!n && metric_is_harm(&metrics[m]));

	*made = (unsigned)n;
	if (only && r->runs > 0)
		out[n++] = only_value(r, &metrics[m]);
	for (size_t i = 0; i < n; i++)
		if (!isnan(out[i]))
			out[got++] = out[i];
	*runs = only && got ? r->runs : (unsigned)got;
	*made = only ? *runs : *made;
	return got;
}

static double most(const double *v, size_t n)
{
	double max = NAN;

	for (size_t i = 0; i < n; i++)
		max = fmax(max, v[i]);
	return max;
}

/* `room`: for twice the runs of both sides. */
static void compare_cell(struct compare_cell *cell, unsigned m, double *room)
{
	struct compare_metric *v = &cell->metric[m];
	double *value[COMPARE_SIDES] = { room, room + RUNS_MAX }, *residual = room + 2 * RUNS_MAX;
	size_t n[COMPARE_SIDES] = { 0, 0 }, got = 0;

	v->applies = false;
	for (unsigned s = 0; s < COMPARE_SIDES; s++) {
		const struct result *r = cell->side[s];

		v->runs[s] = v->made[s] = 0;
		if (r && metric_applies(&metrics[m], r->scenario)) {
			v->applies = true;
			n[s] = take_values(r, m, value[s], &v->runs[s], &v->made[s]);
		}
		got += stats_residuals(value[s], n[s], residual + got);
		v->n[s] = (unsigned)n[s];
	}
	v->worst = most(value[NEW], n[NEW]);
	v->contrast = stats_contrast(value[OLD], n[OLD], value[NEW], n[NEW]);
	v->resolvable = stats_resolvable(residual, got, n[OLD], n[NEW]);
	for (unsigned s = 0; s < COMPARE_SIDES; s++) {
		v->interval[s] = stats_median_interval(value[s], n[s]);
		v->median[s] = stats_median(value[s], n[s]);
	}
}

int compare_metric(struct compare *c, unsigned m)
{
	double *room = malloc(4 * RUNS_MAX * sizeof(*room));

	if (!room)
		return log_errno(-ENOMEM, "compare");
	for (size_t i = 0; i < c->n + c->vanished; i++)
		compare_cell(&c->cell[i], m, room);
	free(room);
	return 0;
}

static void note_single(struct compare *c, const struct halves *s, const char *which)
{
	char text[64];

	snprintf(text, sizeof(text), "only in the %s file: not compared", which);
	for (size_t i = 0; i < s->n; i++)
		if (!s->half[i].taken)
			compare_note(c, false, s->half[i].result->label, text);
}

/* Cells of the old file alone, behind those that both have. */
static void keep_vanished(struct compare *c, const struct halves *old)
{
	for (size_t i = 0; i < old->n; i++) {
		const struct half *h = &old->half[i];
		struct compare_cell *cell = &c->cell[c->n + c->vanished];

		if (h->taken)
			continue;
		cell->side[OLD] = h->result;
		cell->control = *h->axis[AXIS_CONTROL];
		snprintf(cell->label, sizeof(cell->label), "%s", h->result->label);
		snprintf(cell->words, sizeof(cell->words), "%s", h->words);
		c->vanished++;
	}
}

static void match(struct compare *c, struct halves side[COMPARE_SIDES])
{
	for (size_t i = 0; i < side[NEW].n; i++) {
		struct half *h = &side[NEW].half[i], *old = find_other(c, &side[OLD], h);
		struct compare_cell *cell = &c->cell[c->n];

		if (!old)
			continue;
		h->taken = old->taken = true;
		cell->side[OLD] = old->result;
		cell->side[NEW] = h->result;
		cell->control = *h->axis[AXIS_CONTROL];
		name_cell(c, cell, h, old);
		c->n++;
	}
	keep_vanished(c, &side[OLD]);
	note_single(c, &side[OLD], "old");
	note_single(c, &side[NEW], "new");
}

static int complain_of_nothing(const struct compare *c, const struct halves side[COMPARE_SIDES],
			       const char *const select[COMPARE_SIDES])
{
	for (unsigned s = 0; s < COMPARE_SIDES; s++) {
		if (!c->file[s]->n) {
			log_error("%s: has no results; measure more than the floor",
				  c->file[s]->path);
			return -ENOENT;
		}
		if (!side[s].n) {
			log_error("--%s=%s: no cell of %s has these words, such as '%s'",
				  s == OLD ? "old" : "new", select[s], c->file[s]->path,
				  side[s].half[0].words);
			return -ENOENT;
		}
	}
	log_error("compare: no cell of %s is also in %s: the old has '%s', the new '%s'; "
		  "--old=WORDS and "
		  "--new=WORDS pick cells to compare",
		  c->file[OLD]->path, c->file[NEW]->path, side[OLD].half[0].words,
		  side[NEW].half[0].words);
	return -ENOENT;
}

/* 0: the cells that are in both are in `c`; there may be none. -ENOMEM (logged). */
static int pair_up(struct compare *c, const struct results *old, const struct results *new,
		   const char *const select[COMPARE_SIDES], struct halves side[COMPARE_SIDES])
{
	int err;

	*c = (struct compare){ .file = { old, new } };
	c->cell = calloc(old->n + new->n + 1, sizeof(*c->cell));
	err = c->cell ? 0 : log_errno(-ENOMEM, "compare");
	for (unsigned s = 0; s < COMPARE_SIDES && !err; s++)
		err = take_side(&side[s], c->file[s], select[s]);
	if (err)
		return err;
	find_free_axes(c, side);
	match(c, side);
	return 0;
}

static void free_halves(struct halves side[COMPARE_SIDES])
{
	for (unsigned s = 0; s < COMPARE_SIDES; s++)
		free(side[s].half);
}

int compare_files(struct compare *c, const struct results *old, const struct results *new,
		  const char *const select[COMPARE_SIDES])
{
	struct halves side[COMPARE_SIDES] = { { NULL, 0 }, { NULL, 0 } };
	int err = pair_up(c, old, new, select, side);

	if (!err && !c->n)
		err = complain_of_nothing(c, side, select);
	if (!err)
		compare_conditions(c);
	free_halves(side);
	return err;
}

int compare_common(struct compare *c, const struct results *old, const struct results *new)
{
	static const char *const all[COMPARE_SIDES] = { NULL, NULL };
	struct halves side[COMPARE_SIDES] = { { NULL, 0 }, { NULL, 0 } };
	int err = pair_up(c, old, new, all, side);

	if (!err)
		compare_conditions(c);
	free_halves(side);
	return err;
}

void compare_free(struct compare *c)
{
	free(c->cell);
	*c = (struct compare){ .cell = NULL };
}

const char *compare_verdict(const struct metric *m, const struct compare_metric *v)
{
	if (!v->n[OLD] || !v->n[NEW])
		return "-";
	if (v->contrast.verdict == VERDICT_UNKNOWN)
		return "?";
	if (v->contrast.verdict == VERDICT_SAME)
		return "~";
	return (v->contrast.verdict == VERDICT_MORE) == m->more_is_better ? "better" : "worse";
}
