// SPDX-License-Identifier: BSD-2-Clause
// tandem compare: two results files, and whether the new one is worse.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/options/help.h"
#include "bench/options/nearest.h"
#include "bench/options/ask.h"
#include "bench/show/compare.h"
#include "bench/show/compare_failif.h"
#include "cli/cli.h"
#include "lib/log.h"
#include "lib/term.h"

#define FAIL_IF_MAX 64u

struct arguments {
	struct option_set set;
	struct compare_output output;
	struct compare_failif fail_if[FAIL_IF_MAX];
	const char *select[COMPARE_SIDES];
};

static int print_help(void)
{
	puts("Usage: tandem compare OLD.json NEW.json [OPTIONS]\n\n"
	     "Compares the cells that two results files share; one of them may be - for stdin.\n\n"
	     "Options:");
	option_help(stdout, OF_COMPARE);
	puts("\nMetrics:");
	for (unsigned i = 0; i < METRICS; i++)
		printf("  %s\n", metrics[i].key);
	return EXIT_OK;
}

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

static int add_metric(struct arguments *a, const char *name, size_t len)
{
	const struct metric *m = metric_find(name, len);
	bool all = len == 3 && strncmp(name, "all", 3) == 0;

	if (!m && !all)
		return complain_metric(name, len);
	for (unsigned i = 0; i < METRICS; i++)
		a->output.shown[i] |= all || &metrics[i] == m;
	return 0;
}

static int add_metrics(struct arguments *a, const char *text)
{
	int err = 0;

	do {
		size_t len = strcspn(text, ",");

		err = add_metric(a, text, len);
		text += len;
	} while (!err && *text++);
	return err;
}

static int read_metrics(struct arguments *a)
{
	const char *text;
	unsigned at = 0;
	int err = 0;

	while (!err && (text = option_each(&a->set, OPT_METRIC, &at)) != NULL)
		err = add_metrics(a, text);
	for (unsigned i = 0; i < METRICS && !option_given(&a->set, OPT_METRIC); i++)
		a->output.shown[i] = metrics[i].headline;
	return err;
}

static int read_conditions(struct arguments *a)
{
	const char *text;
	unsigned at = 0;

	a->output.fail_if = a->fail_if;
	while ((text = option_each(&a->set, OPT_FAIL_IF, &at)) != NULL) {
		if (a->output.nfail_if == FAIL_IF_MAX) {
			log_error("--fail-if: more than %u; give fewer", FAIL_IF_MAX);
			return EXIT_USAGE;
		}
		if (failif_parse(text, &a->fail_if[a->output.nfail_if++].condition) < 0)
			return EXIT_USAGE;
	}
	return 0;
}

static int parse(struct arguments *a, int argc, char **argv)
{
	int err = option_set_parse(&a->set, OF_COMPARE, argc, argv) < 0 ? EXIT_USAGE : 0;

	if (err || option_given(&a->set, OPT_HELP))
		return err;
	compare_format_find(option_text(&a->set, OPT_FORMAT), &a->output.format);
	a->output.colours = term_has_colours(stdout);
	a->select[OLD] = option_text(&a->set, OPT_OLD);
	a->select[NEW] = option_text(&a->set, OPT_NEW);
	err = read_metrics(a);
	if (!err)
		err = read_conditions(a);
	if (err || a->set.arguments == 2)
		return err;
	log_error("compare: give two results files, the old and the new");
	return EXIT_USAGE;
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
static int compare_metrics(struct compare *c, const struct arguments *a)
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

static int conclude(struct compare *c, struct arguments *a)
{
	bool failed = false, unjudged = false;

	if (!is_allowed(c, option_given(&a->set, OPT_FORCE)))
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

static int compare(struct arguments *a, char **path)
{
	struct results file[COMPARE_SIDES] = { 0 };
	struct compare *c = calloc(1, sizeof(*c));
	int code = EXIT_USAGE;

	if (!c)
		return cli_no_memory("compare");
	if (results_read(path[OLD], &file[OLD]) == 0 && results_read(path[NEW], &file[NEW]) == 0 &&
	    compare_files(c, &file[OLD], &file[NEW], a->select) == 0)
		code = conclude(c, a);
	compare_free(c);
	for (unsigned s = 0; s < COMPARE_SIDES; s++)
		results_free(&file[s]);
	free(c);
	return code;
}

int cmd_compare(int argc, char **argv)
{
	struct arguments *a = calloc(1, sizeof(*a));
	int code;

	if (!a)
		return cli_no_memory("compare");
	code = parse(a, argc, argv);
	if (!code)
		code = option_given(&a->set, OPT_HELP) ? print_help() : compare(a, a->set.argument);
	free(a);
	return code;
}
