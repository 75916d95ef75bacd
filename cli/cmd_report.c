// SPDX-License-Identifier: BSD-2-Clause
// tandem report: results files as a page, or as text for a mail.
#include "cli/cmd_report.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/options/help.h"
#include "bench/options/ask.h"
#include "bench/options/set.h"
#include "bench/show/report.h"
#include "cli/cli.h"
#include "lib/log.h"

struct asked {
	const char *output; /* NULL: stdout */
	enum report_format format;
};

static int print_help(void)
{
	puts("Usage: tandem report FILE... [-o FILE] [--format=FORMAT]\n\n"
	     "Shows results that `tandem bench --json=FILE` or `tandem lab --json=FILE` has "
	     "written; - is\n"
	     "standard input.\n\n"
	     "Options:");
	option_help(stdout, OF_REPORT);
	return EXIT_OK;
}

/* As it was asked for, or by the output's ending; 0 or EXIT_USAGE. */
static int choose_format(const struct option_set *set, struct asked *a)
{
	if (option_given(set, OPT_FORMAT)) {
		report_format_find(option_text(set, OPT_FORMAT), &a->format);
	} else if (a->output && !report_format_of(a->output, &a->format)) {
		log_error("-o %s: which format is that? End it in .html, .txt, .md, .csv or "
			  ".json, or give "
			  "--format",
			  a->output);
		return EXIT_USAGE;
	}
	if (!a->output && a->format == REPORT_HTML && isatty(STDOUT_FILENO)) {
		log_error("report: a page is nothing for a terminal; give -o FILE.html, or "
			  "--format=text");
		return EXIT_USAGE;
	}
	return EXIT_OK;
}

/* "-" and its other name stand for stdout. */
static const char *output_of(const struct option_set *set)
{
	const char *path = option_text(set, OPT_OUTPUT);

	return path && strcmp(path, "-") && strcmp(path, "/dev/stdout") ? path : NULL;
}

/* What front ends of others did has no guests of ours to show. */
static bool is_of_backend(const struct results *file)
{
	for (size_t i = 0; i < file->n; i++)
		if (strcmp(file->result[i].scenario, "backend") == 0) {
			log_error("%s: results of tandem backend: report shows pairs of tandem's "
				  "own guests; tandem compare compares these",
				  file->path);
			return true;
		}
	return false;
}

static int report(const struct asked *a, char **paths, size_t n)
{
	struct results file[REPORT_FILES_MAX] = { 0 };
	struct report r = { .file = file, .n = n };
	int code = EXIT_OK;

	for (size_t i = 0; i < n && code == EXIT_OK; i++)
		if (results_read(paths[i], &file[i]) < 0 || is_of_backend(&file[i]))
			code = EXIT_USAGE;
	if (code == EXIT_OK && report_write_file(&r, a->format, a->output ? a->output : "-") < 0)
		code = EXIT_JOB;
	for (size_t i = 0; i < n; i++)
		results_free(&file[i]);
	return code;
}

int cmd_report(int argc, char **argv)
{
	struct option_set set;
	struct asked a = { 0 };
	int code;

	if (option_set_parse(&set, OF_REPORT, argc, argv) < 0)
		return EXIT_USAGE;
	if (option_given(&set, OPT_HELP))
		return print_help();
	if (set.arguments < 1 || set.arguments > (int)REPORT_FILES_MAX) {
		log_error("report: give 1 to %u results files; `tandem help report` shows how",
			  REPORT_FILES_MAX);
		return EXIT_USAGE;
	}
	a.output = output_of(&set);
	code = choose_format(&set, &a);
	return code ? code : report(&a, set.argument, (size_t)set.arguments);
}
