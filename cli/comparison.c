// SPDX-License-Identifier: BSD-2-Clause
// A comparison of two sets of results, as `tandem compare` and `tandem lab --versus` make it.
#include "cli/comparison.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/options/ask.h"
#include "bench/options/nearest.h"
#include "bench/show/compare_print.h"
#include "cli/cli.h"
#include "lib/log.h"
#include "lib/term.h"

static int complain_metric(const char *name, size_t len)
{
	struct nearest near = nearest_to(name, len);
	char said[64];

	for (unsigned i = 0; i < METRICS; i++)
		nearest_look(&near, metrics[i].key);
	log_error("--metric: '%.*s' is no metric%s; `tandem help compare` lists them", (int)len,
		  name, nearest_say(&near, "", said, sizeof(said)));
	return EXIT_USAGE;
}

static int add_metric(struct comparison *a, const char *name, size_t len)
{
	const struct metric *m = metric_find(name, len);
	bool all = len == 3 && strncmp(name, "all", 3) == 0;

	if (!m && !all)
		return complain_metric(name, len);
	for (unsigned i = 0; i < METRICS; i++)
		a->output.shown[i] |= all || &metrics[i] == m;
	return 0;
}

static int add_metrics(struct comparison *a, const char *text)
{
	int err = 0;

	do {
		size_t len = strcspn(text, ",");

		err = add_metric(a, text, len);
		text += len;
	} while (!err && *text++);
	return err;
}

static int read_metrics(struct comparison *a, const struct option_set *set)
{
	const char *text;
	unsigned at = 0;
	int err = 0;

	while (!err && (text = option_each(set, OPT_METRIC, &at)) != NULL)
		err = add_metrics(a, text);
	for (unsigned i = 0; i < METRICS && !option_given(set, OPT_METRIC); i++)
		a->output.shown[i] = metrics[i].headline;
	return err;
}

static int read_conditions(struct comparison *a, const struct option_set *set)
{
	const char *text;
	unsigned at = 0;

	a->output.fail_if = a->fail_if;
	while ((text = option_each(set, OPT_FAIL_IF, &at)) != NULL) {
		if (a->output.nfail_if == COMPARISON_FAIL_IF_MAX) {
			log_error("--fail-if: more than %u; give fewer", COMPARISON_FAIL_IF_MAX);
			return EXIT_USAGE;
		}
		if (failif_parse(text, &a->fail_if[a->output.nfail_if++].condition) < 0)
			return EXIT_USAGE;
	}
	return 0;
}

int comparison_read(struct comparison *a, const struct option_set *set)
{
	int err = read_metrics(a, set);

	a->output.colours = term_has_colours(stdout);
	return err ? err : read_conditions(a, set);
}

/* May these be compared at all? */
static bool is_allowed(const struct compare *c, bool force)
{
	if (force || !c->refused)
		return true;
	for (size_t i = 0; i < c->notes; i++)
		if (c->note[i].refuses)
			log_error("%s: %s", c->note[i].cell, c->note[i].text);
	log_error("compare: such figures say nothing of each other; measure again under the same "
		  "conditions, or see them with --force");
	return false;
}

/* Those that are shown, and those that a condition is about. */
static int compare_metrics(struct compare *c, const struct comparison *a)
{
	bool wanted[METRICS];
	int err = 0;

	memcpy(wanted, a->output.shown, sizeof(wanted));
	for (size_t i = 0; i < a->output.nfail_if; i++)
		wanted[metric_index(a->fail_if[i].condition.metric)] = true;
	for (unsigned m = 0; m < METRICS && !err; m++)
		if (wanted[m])
			err = compare_metric(c, m);
	return err;
}

static int conclude(struct compare *c, struct comparison *a)
{
	bool failed = false, unjudged = false;

	if (!is_allowed(c, a->force))
		return EXIT_USAGE;
	if (compare_metrics(c, a) < 0)
		return EXIT_HOST;
	for (size_t i = 0; i < a->output.nfail_if; i++) {
		int err = compare_fail_if(c, &a->fail_if[i]);

		if (err && err != -ENODATA)
			return EXIT_USAGE;
		failed |= a->fail_if[i].holds;
		unjudged |= err == -ENODATA;
	}
	if (compare_print(c, &a->output, stdout) < 0)
		return EXIT_JOB;
	if (failed)
		return EXIT_JOB;
	return unjudged ? EXIT_USAGE : EXIT_OK;
}

int comparison_run(struct comparison *a, const struct results *old, const struct results *new)
{
	struct compare *c = calloc(1, sizeof(*c));
	int code = EXIT_USAGE;

	if (!c)
		return cli_no_memory("compare");
	if (compare_files(c, old, new, a->select) == 0)
		code = conclude(c, a);
	compare_free(c);
	free(c);
	return code;
}
