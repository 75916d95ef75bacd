// SPDX-License-Identifier: BSD-2-Clause
// The short table: a line per cell, 80 columns.
#include "bench/show/brief.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/result/costs.h"
#include "bench/plan/label.h"
#include "bench/show/fill.h"
#include "bench/show/report_types.h"
#include "bench/show/report_cells.h"

/* Below a row, beside its figures. */
#define REMARK_COLUMN 10u
#define NOTE_COLUMN 11u

static const char *control_of(const struct result *c)
{
	return results_string(c->json, "control", NULL);
}

/* ---- cells of the table ---- */

static double seconds_of(const struct result *c)
{
	return results_number(c->json, "duration_s") * c->runs;
}

static double share_beyond(const char *name)
{
	return strcmp(name, "p50") ? 0.01 : 0.5;
}

/* Of an open loop from the intended time; else of a notification to the handler. */
static bool is_open(const struct result *c)
{
	return results_number(c->json, "load.rate") > 0;
}

static double time_of(const struct result *c, const char *name)
{
	char path[32];

	snprintf(path, sizeof(path), "%s.%s", is_open(c) ? "latency_us" : "notify_us", name);
	return results_number(c->json, path);
}

/* Ten values beyond it are wanted (hist_has()). NAN: there are none to reckon with. */
static double seconds_needed(const struct result *c, const char *name)
{
	double n = time_of(c, "n");

	return n > 0 ? ceil(10 / share_beyond(name) / n * seconds_of(c)) : NAN;
}

void brief_quantile(const struct result *c, const char *name, char out[BRIEF_TEXT])
{
	double v = time_of(c, name), needs = seconds_needed(c, name);

	if (!isnan(v))
		snprintf(out, BRIEF_TEXT, "%.1f", v);
	else if (!isnan(needs))
		snprintf(out, BRIEF_TEXT, "(%.0fs)", needs);
	else
		snprintf(out, BRIEF_TEXT, "-");
}

/* "sqpoll", "user, control": what the row is there for. */
static void producer_text(const struct result *c, char out[BRIEF_TEXT])
{
	const char *control = control_of(c);
	double fifo = results_number(c->json, "worker_fifo");

	if (control && (strcmp(control, "aa") == 0 || strcmp(control, "fifo") == 0))
		snprintf(out, BRIEF_TEXT, "%s, %s", c->producer, label_control_tag(control));
	else if (control)
		snprintf(out, BRIEF_TEXT, "%s, control", c->producer);
	else if (fifo > 0)
		snprintf(out, BRIEF_TEXT, "%s, fifo", c->producer);
	else
		snprintf(out, BRIEF_TEXT, "%s", c->producer);
}

/* "[1.36, inf]": where a run of the baseline may be 0 there is no upper end. */
static void interval_text(double lo, double hi, char out[BRIEF_TEXT])
{
	if (isnan(lo))
		*out = '\0';
	else if (isnan(hi))
		snprintf(out, BRIEF_TEXT, "[%.3g, inf]", lo);
	else
		snprintf(out, BRIEF_TEXT, "[%.3g, %.3g]", lo, hi);
}

static void ratio_text(const struct result *c, char out[BRIEF_TEXT])
{
	const json_t *o = json_object_get(results_get(c->json, "vs_baseline"), report_rate_key(c));
	const json_t *different = json_object_get(o, "different");
	double ratio = results_number(o, "ratio");
	char interval[BRIEF_TEXT];

	interval_text(results_number(o, "ci_lo"), results_number(o, "ci_hi"), interval);
	if (!results_get(c->json, "vs_baseline"))
		snprintf(out, BRIEF_TEXT, "baseline");
	else if (isnan(ratio))
		snprintf(out, BRIEF_TEXT, "-");
	else if (!json_is_boolean(different))
		snprintf(out, BRIEF_TEXT, "%.3gx ?", ratio);
	else if (json_is_false(different))
		snprintf(out, BRIEF_TEXT, "~ %.60s", interval);
	else
		snprintf(out, BRIEF_TEXT, "%.3gx %.48s", ratio, interval);
}

/* ---- what makes a row useless ---- */

static void remark(FILE *to, const char *text)
{
	fprintf(to, "%*s", (int)REMARK_COLUMN, "");
	fill_put(to, REMARK_COLUMN, REMARK_COLUMN, text);
}

static void remark_count(const struct result *c, const char *key, const char *what, FILE *to)
{
	char text[64];
	double n = results_number(c->json, key);

	snprintf(text, sizeof(text), "%.0f %s", n, what);
	if (n > 0)
		remark(to, text);
}

static void remark_stops(const struct result *c, FILE *to)
{
	char text[64];

	snprintf(text, sizeof(text), "STOPPED for %.1f s", results_number(c->json, "stopped_s"));
	if (results_number(c->json, "interrupted_runs") > 0)
		remark(to, text);
}

static void remarks(const struct result *c, FILE *to)
{
	if (report_irq_path_wrong(c))
		remark(to, "KVM TOOK THE OTHER IRQ PATH");
	remark_stops(c, to);
	if (results_number(c->json, "matching.stamps_lost") > 0)
		remark(to, "STAMPS LOST: do not use its latencies");
	remark_count(c, "lost", "frames LOST", to);
	remark_count(c, "corrupt", "CORRUPT FRAMES", to);
	remark_count(c, "out_of_order", "frames out of order", to);
	if (results_true(c->json, "load.overload"))
		remark_count(c, "load.unsent", "frames never sent: OVERLOAD", to);
	if (results_true(c->json, "cut_short"))
		remark(to, "cut short");
	if (results_string(c->json, "error", NULL))
		remark(to, "FAILED");
}

/* Of a cell without a run. */
static void why_not(const struct result *c, FILE *to)
{
	const char *error = results_string(c->json, "error", NULL);
	char text[512];

	if (error)
		snprintf(text, sizeof(text), "failed: %s", error);
	else
		snprintf(text, sizeof(text), "%s",
			 results_number(c->json, "interrupted_runs") > 0 ? "stopped in every run"
									 : "not reached");
	fill_put(to, 26, 26, text);
}

/* ---- a group ---- */

void brief_row(const struct result *c, struct brief_row *r)
{
	producer_text(c, r->producer);
	report_number(report_rate(c), "-", r->rate, sizeof(r->rate));
	brief_quantile(c, "p50", r->p50);
	brief_quantile(c, "p99", r->p99);
	ratio_text(c, r->ratio);
}

static void put_row(const struct result *c, FILE *to)
{
	struct brief_row r;

	brief_row(c, &r);
	fprintf(to, "%-9s %-15s ", c->notify, r.producer);
	if (!c->runs) {
		why_not(c, to);
		return;
	}
	fprintf(to, "%9s %9s %9s  %s\n", r.rate, r.p50, r.p99, r.ratio);
	remarks(c, to);
}

static void put_axis(char out[BRIEF_HEADING], const char *name, const char *value)
{
	size_t n = strlen(out);

	if (value && *value)
		snprintf(out + n, BRIEF_HEADING - n, ", %s %s", name, value);
}

/* An old file may not know the number. */
static void __attribute__((format(printf, 2, 0)))
put_number(char out[BRIEF_HEADING], const char *format, double v)
{
	size_t n = strlen(out);

	if (!isnan(v))
		snprintf(out + n, BRIEF_HEADING - n, format, v);
}

void brief_heading(const struct result *c, char out[BRIEF_HEADING])
{
	snprintf(out, BRIEF_HEADING, "%s",
		 *results_string(c->json, "loop", "") ? "gated stream" : c->scenario);
	put_number(out, ", %.0f-byte frames", results_number(c->json, "frame_bytes"));
	put_number(out, ", window %.0f", results_number(c->json, "window"));
	put_number(out, c->runs == 1 ? ", %.0f run" : ", %.0f runs", c->runs);
	put_number(out, " of %.3g s", results_number(c->json, "asked_s"));
	put_axis(out, "kernel", results_string(c->json, "lab.release", NULL));
	put_axis(out, "preempt", c->preempt);
	put_axis(out, "base slice", results_string(c->json, "slice.asked", NULL));
	if (strcmp(c->irq, "eventfd"))
		put_axis(out, "irq", c->irq);
	if (is_open(c))
		put_number(out, ", open loop, %.0f/s", results_number(c->json, "load.rate"));
}

static void put_heading(const struct result *c, FILE *to)
{
	char text[BRIEF_HEADING];

	brief_heading(c, text);
	fill_put(to, 0, 0, text);
	fprintf(to, "%-9s %-15s %9s %9s %9s  %s\n", "deliverer", "producer", report_rate_unit(c),
		"p50 us", "p99 us", "ratio [95 %]");
}

bool brief_starts_group(const struct results *f, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (costs_same_group(&f->result[k], &f->result[i]))
			return false;
	return true;
}

static void put_group(const struct results *f, size_t first, FILE *to)
{
	fputs("\n", to);
	put_heading(&f->result[first], to);
	for (size_t i = first; i < f->n; i++)
		if (costs_same_group(&f->result[i], &f->result[first]))
			put_row(&f->result[i], to);
}

/* ---- what the columns mean ---- */

static void note(FILE *to, const char *term, const char *text)
{
	fprintf(to, "%-*s", (int)NOTE_COLUMN, term);
	fill_put(to, NOTE_COLUMN, NOTE_COLUMN, text);
}

static const char *baseline_of(const struct result *c)
{
	return results_string(c->json, "vs_baseline.cell", "");
}

/* Each that some row is compared with. */
static void note_baselines(const struct results *f, FILE *to)
{
	char text[1024] = "";

	for (size_t i = 0; i < f->n; i++) {
		const char *base = baseline_of(&f->result[i]);
		bool seen = !*base;

		for (size_t k = 0; k < i && !seen; k++)
			seen = strcmp(baseline_of(&f->result[k]), base) == 0;
		if (!seen)
			snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s",
				 *text ? "; " : "", base);
	}
	if (*text)
		note(to, "baseline", text);
}

static bool has_verdicts(const struct results *f)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->result[i].runs >= STATS_RUNS_MIN)
			return true;
	return false;
}

/* The most that a quantile of any row needs; 0: they all have enough. */
static double most_needed(const struct results *f)
{
	double most = 0;

	for (size_t i = 0; i < f->n; i++) {
		const struct result *c = &f->result[i];

		if (c->runs && isnan(time_of(c, "p99")))
			most = fmax(most, seconds_needed(c, "p99") / c->runs);
	}
	return most;
}

static void note_needs(const struct results *f, FILE *to)
{
	double most = most_needed(f);
	char text[160];

	if (!(most > 0))
		return;
	snprintf(text, sizeof(text),
		 "too few values: the seconds of measuring that this needs; `--duration=%.0fs` has "
		 "enough",
		 ceil(most));
	note(to, "(40s)", text);
}

static void note_times(const struct results *f, FILE *to)
{
	static const char handler[] = "from the decision to notify to the guest's handler";
	bool open = false, closed = false;

	for (size_t i = 0; i < f->n; i++) {
		open |= is_open(&f->result[i]);
		closed |= !is_open(&f->result[i]);
	}
	if (closed)
		note(to, "p50, p99", handler);
	if (open)
		note(to, "p50, p99",
		     "open loop: from the intended time until b has the frame (rr: a the "
		     "response)");
}

static void put_notes(const struct results *f, FILE *to)
{
	fputs("\n", to);
	note_times(f, to);
	note_baselines(f, to);
	if (has_verdicts(f))
		note(to, "~", "no significant difference (Mann-Whitney, p > 0.01)");
	note_needs(f, to);
}

void brief_print(const struct results *f, FILE *to)
{
	for (size_t i = 0; i < f->n; i++)
		if (brief_starts_group(f, i))
			put_group(f, i, to);
	if (f->n)
		put_notes(f, to);
}
