// SPDX-License-Identifier: BSD-2-Clause
// Groups of cells that differ in the deliverer only, and what deferred costs in each.
#include "bench/result/costs.h"

#include <math.h>
#include <string.h>

#define RUNS_MAX 1000u

static bool is(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

static bool same_word(const struct result *a, const struct result *b, const char *path)
{
	return is(results_string(a->json, path, ""), results_string(b->json, path, ""));
}

/* Both lacking it is the same, too. */
static bool same_number(const struct result *a, const struct result *b, const char *path)
{
	double x = results_number(a->json, path), y = results_number(b->json, path);

	return x == y || (isnan(x) && isnan(y));
}

bool costs_same_group(const struct result *a, const struct result *b)
{
	static const char *const words[] = { "loop", "slice.asked", "lab.kernel", "lab.arch",
					     "preempt_rt" };
	static const char *const numbers[] = { "frame_bytes", "window", "ring", "load.rate",
					       "lab.smp" };

	if (!is(a->scenario, b->scenario) || !is(a->accel, b->accel) || !is(a->irq, b->irq) ||
	    !is(a->preempt, b->preempt))
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!same_word(a, b, words[i]))
			return false;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (!same_number(a, b, numbers[i]))
			return false;
	return true;
}

static const struct result *find(const struct results *f, const struct result *like,
				 const char *notify, const char *producer, const char *control)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct result *c = &f->result[i];

		if (c->runs && costs_same_group(c, like) && is(c->notify, notify) &&
		    is(c->producer, producer) &&
		    is(results_string(c->json, "control", ""), control) &&
		    same_number(c, like, "worker_fifo"))
			return c;
	}
	return NULL;
}

static size_t values(const struct result *c, double out[RUNS_MAX])
{
	const char *key = is(c->scenario, "rr") ? "round_trips_per_s" : "gbps";
	size_t n = results_samples(c, key, out, RUNS_MAX), got = 0;

	for (size_t i = 0; i < n; i++)
		if (!isnan(out[i]))
			out[got++] = out[i];
	return got;
}

static struct contrast contrast(const struct result *base, const struct result *c)
{
	double a[RUNS_MAX], b[RUNS_MAX];

	if (!base || !c)
		return cost_nothing();
	return stats_contrast(a, values(base, a), b, values(c, b));
}

static struct cost_sides sides(const struct results *f, const struct result *deferred,
			       unsigned *runs)
{
	const char *control = deferred ? results_string(deferred->json, "control", "") : "";
	const struct result *direct = NULL, *unbound = NULL;

	if (deferred) {
		direct = find(f, deferred, "direct", deferred->producer, control);
		unbound = find(f, deferred, "unbound", deferred->producer, control);
		*runs = deferred->runs < *runs ? deferred->runs : *runs;
	}
	if (direct)
		*runs = direct->runs < *runs ? direct->runs : *runs;
	if (unbound)
		*runs = unbound->runs < *runs ? unbound->runs : *runs;
	return (struct cost_sides){ contrast(direct, deferred), contrast(unbound, deferred) };
}

static struct cost cost_of(const struct results *f, const struct result *deferred)
{
	struct cost c = { .deferred = deferred, .runs = RUNS_MAX };

	c.control = find(f, deferred, "deferred", "user", "user");
	c.subject = sides(f, deferred, &c.runs);
	c.beside = sides(f, c.control, &c.runs);
	c.detectable = results_number(f->doc, is(deferred->scenario, "rr")
						      ? "statistics.resolvable.round_trips_per_s"
						      : "statistics.resolvable.gbps");
	c.finding = cost_judge(&c.subject, &c.beside, c.detectable);
	return c;
}

unsigned costs_find(const struct results *f, struct cost out[COSTS_MAX])
{
	unsigned n = 0;

	for (size_t i = 0; i < f->n && n < COSTS_MAX; i++) {
		const struct result *c = &f->result[i];
		bool gated = *results_string(c->json, "loop", "");

		if (c->runs && is(c->notify, "deferred") && gated == f->gated &&
		    !*results_string(c->json, "control", ""))
			out[n++] = cost_of(f, c);
	}
	return n;
}
