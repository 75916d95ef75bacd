// SPDX-License-Identifier: BSD-2-Clause
// The verdict in words.
#include "bench/show/verdict_print.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "bench/show/fill.h"

static void __attribute__((format(printf, 2, 3))) add(char out[VERDICT_BYTES], const char *fmt, ...)
{
	size_t n = strlen(out);
	va_list args;

	va_start(args, fmt);
	vsnprintf(out + n, VERDICT_BYTES - n, fmt, args);
	va_end(args);
}

static void add_ratio(char out[VERDICT_BYTES], const struct contrast *c)
{
	add(out, "%.3gx [%.3g, %.3g]", c->ratio, c->interval.lo, c->interval.hi);
}

static bool from_user(const struct cost *c)
{
	return strcmp(c->deferred->producer, "user") == 0;
}

/* "preempt=lazy, base slice 2x, irq ioapic": what tells groups of one file apart. */
static void add_mode(char out[VERDICT_BYTES], const struct cost *c)
{
	const char *slice = results_string(c->deferred->json, "slice.asked", "");
	const char *kernel = results_string(c->deferred->json, "lab.release", "");

	add(out, "%s%spreempt=%s", kernel, *kernel ? ", " : "", c->deferred->preempt);
	if (*slice)
		add(out, ", base slice %s", slice);
	if (strcmp(c->deferred->irq, "msi") && strcmp(c->deferred->irq, "eventfd"))
		add(out, ", irq %s", c->deferred->irq);
}

static const char *unit(const struct cost *c)
{
	return strcmp(c->deferred->scenario, "rr") ? "Gb/s" : "trips/s";
}

/* Of the deferred worker against both; direct only where it was measured. */
static void add_ratios(char out[VERDICT_BYTES], const struct cost *c)
{
	add_ratio(out, &c->subject.unbound);
	add(out, " of what an unbound one does");
	if (cost_is_known(&c->subject.direct)) {
		add(out, " and ");
		add_ratio(out, &c->subject.direct);
		add(out, " of direct");
	}
	add(out, " (%s, 95 %% interval)", unit(c));
}

/* What so many runs can miss. */
static void add_blindness(char out[VERDICT_BYTES], const struct cost *c)
{
	if (c->detectable > 0 && isfinite(c->detectable))
		add(out, " Smallest detectable change: %.0f %%.", ceil(c->detectable * 100));
}

static void add_control(char out[VERDICT_BYTES], const struct cost *c)
{
	bool spoils = c->finding == COST_SPOILED;

	if (from_user(c))
		return;
	if (!c->control) {
		add(out, " No control was measured.");
		return;
	}
	add(out, " %s control, the same with the producer in user mode, ",
	    spoils ? "But the" : "The");
	if (!cost_is_known(&c->beside.unbound)) {
		add(out, "cannot be judged.");
		return;
	}
	add(out, "has ");
	add_ratio(out, &c->beside.unbound);
	add(out, "%s.",
	    spoils		       ? ": something else makes differences of that size here"
	    : c->finding == COST_SHOWN ? ": it does not lose that"
	    : c->finding == COST_NOISY ? ""
				       : ": it spoils nothing");
}

static bool has_unbound(const struct cost *c)
{
	return !isnan(c->subject.unbound.ratio);
}

static void say_unknown(const struct cost *c, char out[VERDICT_BYTES])
{
	if (!has_unbound(c)) {
		add(out, "Verdict: unclear. It is about deferred against unbound; `--notify=all` "
			 "measures both.");
		return;
	}
	add(out, "Verdict: unclear under ");
	add_mode(out, c);
	add(out, ". Too few runs to tell: %u of each; `--runs=%u` is the least.", c->runs,
	    STATS_RUNS_MIN);
}

static const char *conclusion(const struct cost *c)
{
	switch (c->finding) {
	case COST_SHOWN:
		return ": staying on the producer's CPU costs that.";
	case COST_HANDOVER:
		return ": handing over costs, staying on the producer's CPU does not.";
	case COST_ABSENT:
		return ": no significant loss.";
	case COST_NOISY:
		return ": too noisy to tell.";
	default:
		return ".";
	}
}

static const char *opening(const struct cost *c)
{
	if (from_user(c))
		return "under";
	if (c->finding == COST_SPOILED)
		return "spoiled under";
	if (c->finding == COST_NOISY)
		return "unclear under";
	return c->finding == COST_SHOWN ? "shown under" : "not shown under";
}

static void say_cost(const struct cost *c, char out[VERDICT_BYTES])
{
	add(out, "Verdict: %s ", opening(c));
	add_mode(out, c);
	add(out, ". From producer %s a deferred worker moves ", c->deferred->producer);
	add_ratios(out, c);
	add(out, "%s", conclusion(c));
	add_control(out, c);
	if (c->finding != COST_SHOWN && c->finding != COST_SPOILED)
		add_blindness(out, c);
}

bool verdict_is_needed(const struct results *f, const struct cost *c, unsigned i)
{
	if (c[i].finding != COST_UNKNOWN || has_unbound(&c[i]))
		return true;
	return !json_object_get(f->doc, "verdicts") && (!i || has_unbound(&c[i - 1]));
}

void verdict_text(const struct cost *c, char out[VERDICT_BYTES])
{
	*out = '\0';
	if (c->finding == COST_UNKNOWN)
		say_unknown(c, out);
	else
		say_cost(c, out);
}

/* ---- what to try next ---- */

static const char here[] = "`tandem bench lazy --preempt=full,lazy`, which switches it back.";
/* Of 5 runs on emulated CPUs nothing can be told: a change of 122 % would have to be. */
static const char in_lab[] = "`tandem lab --parallel --preempt=full,lazy -- bench --accel=thread "
			     "--runs=15` (two emulated boots: 3 minutes).";

static bool any(const struct cost *c, unsigned n, enum cost_finding what)
{
	for (unsigned i = 0; i < n; i++)
		if (c[i].finding == what)
			return true;
	return false;
}

static bool is_noisy(const struct results *f)
{
	return strcmp(results_string(f->host, "noise.verdict", ""), "noisy") == 0;
}

static bool saw(const struct cost *c, unsigned n, const char *mode)
{
	for (unsigned i = 0; i < n; i++)
		if (strcmp(c[i].deferred->preempt, mode) == 0)
			return true;
	return false;
}

static void say_mode(const struct cost *c, const struct verdict_next *next, char out[VERDICT_BYTES])
{
	add(out, "Next: this kernel runs preempt=%s; to see lazy: ", c->deferred->preempt);
	add(out, "%s", next->may_switch ? here : in_lab);
}

static bool all_from_user(const struct cost *c, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (!from_user(&c[i]))
			return false;
	return n > 0;
}

void verdict_next_text(const struct results *f, const struct cost *c, unsigned n,
		       const struct verdict_next *next, char out[VERDICT_BYTES])
{
	*out = '\0';
	if (!n || any(c, n, COST_UNKNOWN))
		return;
	if (any(c, n, COST_SPOILED) || any(c, n, COST_NOISY))
		add(out, "%stry again on a quiet host, or with `--runs=15`.",
		    is_noisy(f) ? "The host is noisy: " : "Next: ");
	else if (all_from_user(c, n))
		add(out, "Next: a producer in user mode gives way in every mode; `tandem bench` "
			 "measures one in the kernel.");
	else if (any(c, n, COST_SHOWN))
		add(out, "Next: does the wait follow the scheduler's slice? `tandem bench lazy`%s",
		    next->may_switch ? "." : " (as root).");
	else if (!saw(c, n, "lazy"))
		say_mode(c, next, out);
}

void verdict_print(const struct results *f, const struct verdict_next *next, FILE *to)
{
	struct cost c[COSTS_MAX];
	unsigned n = costs_find(f, c);
	char text[VERDICT_BYTES];

	for (unsigned i = 0; i < n; i++) {
		verdict_text(&c[i], text);
		if (verdict_is_needed(f, c, i))
			fill_put(to, 0, 0, text);
	}
	if (!n || !next)
		return;
	verdict_next_text(f, c, n, next, text);
	if (*text)
		fill_put(to, 0, 0, text);
}
