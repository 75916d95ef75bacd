// SPDX-License-Identifier: BSD-2-Clause
// tandem report: results files as a page, or as text for a mail.
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/show/report.h"
#include "cli/cli.h"
#include "cli/parse.h"
#include "cli/scan.h"
#include "lib/log.h"

enum option_id { OPT_FORMAT = 256 };

static const struct option long_options[] = {
	{ "output", required_argument, NULL, 'o' },
	{ "format", required_argument, NULL, OPT_FORMAT },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

struct asked {
	const char *output; /* NULL: stdout */
	enum report_format format;
	bool format_given;
	bool help;
};

static int print_help(void)
{
	puts("Usage: tandem report FILE... [-o FILE] [--format=FORMAT]\n\n"
	     "Shows results that `tandem bench --json=FILE` or `tandem lab --json=FILE` has written; - is\n"
	     "standard input.\n\n"
	     "Options:\n"
	     "  -o, --output=FILE   write there, whole or not at all (standard output)\n"
	     "  --format=FORMAT     html      one page that needs no network\n"
	     "                      text      for a mail\n"
	     "                      markdown  for a forge's comment\n"
	     "                      csv       a line per cell, for a program\n"
	     "                      json      the results as they were read\n"
	     "                        (by the ending of -o: .html .htm .txt .md .csv .json; without it html)\n"
	     "  --help              print this");
	return EXIT_OK;
}

static int parse_one(void *to, int id, const char *text)
{
	struct asked *a = to;

	switch (id) {
	case 'o':
		a->output = strcmp(parse_output(text), "-") ? text : NULL;
		return 0;
	case OPT_FORMAT:
		a->format_given = true;
		if (report_format_find(text, &a->format))
			return 0;
		log_error("--format=%s: give html, text, markdown, csv or json", text);
		return EXIT_USAGE;
	default:
		a->help = true;
		return 0;
	}
}

static int settle_format(struct asked *a)
{
	if (!a->format_given && a->output && !report_format_of(a->output, &a->format)) {
		log_error("-o %s: which format is that? End it in .html, .txt, .md, .csv or .json, or give "
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

/* Its waits are no notifications: a page that shows pairs would make streams of them. */
static bool has_crowd(const struct results *file)
{
	for (size_t i = 0; i < file->n; i++) {
		if (strcmp(file->result[i].scenario, "crowd") != 0)
			continue;
		log_error("%s: results of bench crowd: report shows pairs; its own table shows these, "
			  "tandem compare compares them",
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
		if (results_read(paths[i], &file[i]) < 0 || has_crowd(&file[i]))
			code = EXIT_USAGE;
	if (code == EXIT_OK && report_write_file(&r, a->format, a->output ? a->output : "-") < 0)
		code = EXIT_JOB;
	for (size_t i = 0; i < n; i++)
		results_free(&file[i]);
	return code;
}

int cmd_report(int argc, char **argv)
{
	static const struct scan scan = { .command = "report",
					  .help = "tandem help report",
					  .shorts = ":ho:",
					  .longs = long_options,
					  .take = parse_one };
	struct asked a = { 0 };
	int first, code = scan_options(&scan, &a, argc, argv, &first), n = argc - first;

	if (code)
		return code;
	if (a.help)
		return print_help();
	if (n < 1 || n > (int)REPORT_FILES_MAX) {
		log_error("report: give 1 to %u results files; `tandem help report` shows how",
			  REPORT_FILES_MAX);
		return EXIT_USAGE;
	}
	code = settle_format(&a);
	return code ? code : report(&a, argv + first, (size_t)n);
}
