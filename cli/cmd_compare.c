// SPDX-License-Identifier: BSD-2-Clause
// tandem compare: two results files, and whether the new one is worse.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/show/compare.h"
#include "cli/cli.h"
#include "cli/scan.h"
#include "lib/log.h"

#define FAIL_IF_MAX 64u

struct arguments {
	struct compare_output output;
	struct compare_failif fail_if[FAIL_IF_MAX];
	const char *select[COMPARE_SIDES];
	bool force, help, metrics_given;
};

enum { OPT_FAIL_IF = 256, OPT_FORMAT, OPT_METRIC, OPT_OLD, OPT_NEW, OPT_FORCE };

static const struct option long_options[] = {
	{ "fail-if", required_argument, NULL, OPT_FAIL_IF },
	{ "format", required_argument, NULL, OPT_FORMAT },
	{ "metric", required_argument, NULL, OPT_METRIC },
	{ "old", required_argument, NULL, OPT_OLD },
	{ "new", required_argument, NULL, OPT_NEW },
	{ "force", no_argument, NULL, OPT_FORCE },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static int print_help(void)
{
	puts("Usage: tandem compare OLD.json NEW.json [OPTIONS]\n\n"
	     "Compares the cells that two results files share; one of them may be - for stdin.\n\n"
	     "Options:\n"
	     "  --fail-if='[WORDS.]METRIC <|<=|>|>= NUMBER[UNIT]'\n"
	     "                           exit 1 if this is true of a cell that has the words: with x, of\n"
	     "                             the ratio new / old ('deferred.notify_p99 > 1.2x'), where no\n"
	     "                             difference was found counting as 1; else of the new value, in\n"
	     "                             ns, us, ms, s, Gb/s, Mb/s or /s, of counts that of the worst run;\n"
	     "                             exit 2 if a new cell failed; may be given several times\n"
	     "  --metric=LIST            what is shown; all (gbps, round_trips_per_s, notify_p50_us,\n"
	     "                             notify_p99_us, latency_p99_us)\n"
	     "  --format=text|markdown|csv|json\n"
	     "  --old=WORDS, --new=WORDS only these cells of the file, to compare two parts of one:\n"
	     "                             tandem compare out.json out.json --old=full --new=lazy\n"
	     "  --force                  compare although conditions differ that forbid it\n"
	     "  --help                   print this\n\n"
	     "Metrics:");
	for (unsigned i = 0; i < METRICS; i++)
		printf("  %s\n", metrics[i].key);
	return EXIT_OK;
}

static int add_metric(struct arguments *a, const char *name, size_t len)
{
	const struct metric *m = metric_find(name, len);
	bool all = len == 3 && strncmp(name, "all", 3) == 0;

	if (!m && !all) {
		log_error("--metric: '%.*s' is no metric; `tandem help compare` lists them",
			  (int)len, name);
		return EXIT_USAGE;
	}
	for (unsigned i = 0; i < METRICS; i++)
		a->output.shown[i] |= all || &metrics[i] == m;
	return 0;
}

static int parse_metrics(struct arguments *a, const char *text)
{
	int err = 0;

	a->metrics_given = true;
	do {
		size_t len = strcspn(text, ",");

		err = add_metric(a, text, len);
		text += len;
	} while (!err && *text++);
	return err;
}

static int add_fail_if(struct arguments *a, const char *text)
{
	if (a->output.nfail_if == FAIL_IF_MAX) {
		log_error("--fail-if: more than %u; give fewer", FAIL_IF_MAX);
		return EXIT_USAGE;
	}
	return failif_parse(text, &a->fail_if[a->output.nfail_if++].condition) < 0 ? EXIT_USAGE : 0;
}

static int parse_one(void *to, int id, const char *text)
{
	struct arguments *a = to;

	switch (id) {
	case OPT_FAIL_IF:
		return add_fail_if(a, text);
	case OPT_METRIC:
		return parse_metrics(a, text);
	case OPT_FORMAT:
		if (compare_format_find(text, &a->output.format))
			return 0;
		log_error("--format=%s: give text, markdown, csv or json", text);
		return EXIT_USAGE;
	case OPT_OLD:
	case OPT_NEW:
		a->select[id == OPT_NEW ? NEW : OLD] = text;
		return 0;
	case OPT_FORCE:
		a->force = true;
		return 0;
	default:
		a->help = true;
		return 0;
	}
}

static int parse(struct arguments *a, int argc, char **argv, int *first)
{
	static const struct scan scan = { .command = "compare",
					  .help = "tandem help compare",
					  .shorts = ":h",
					  .longs = long_options,
					  .take = parse_one };
	int err;

	*a = (struct arguments){ .output.fail_if = a->fail_if };
	err = scan_options(&scan, a, argc, argv, first);
	for (unsigned i = 0; i < METRICS && !a->metrics_given; i++)
		a->output.shown[i] = metrics[i].headline;
	if (err || a->help || argc - *first == 2)
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

static int compare(struct arguments *a, char **path)
{
	struct results file[COMPARE_SIDES] = { 0 };
	struct compare *c = calloc(1, sizeof(*c));
	int code = EXIT_USAGE;

	if (!c) {
		log_error("compare: out of memory");
		return EXIT_HOST;
	}
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
	int code, first;

	if (!a) {
		log_error("compare: out of memory");
		return EXIT_HOST;
	}
	code = parse(a, argc, argv, &first);
	if (!code)
		code = a->help ? print_help() : compare(a, argv + first);
	free(a);
	return code;
}
