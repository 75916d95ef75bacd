// SPDX-License-Identifier: BSD-2-Clause
// Results shown: what the formats share, and which of them is asked for.
#include "bench/show/report.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/result/replace.h"
#include "bench/show/report_csv.h"
#include "bench/show/report_html.h"
#include "bench/show/report_text.h"
#include "lib/log.h"
#include "lib/out.h"

static const struct {
	const char *name, *ending;
} formats[] = {
	[REPORT_HTML] = { "html", ".html" },	   [REPORT_TEXT] = { "text", ".txt" },
	[REPORT_MARKDOWN] = { "markdown", ".md" }, [REPORT_CSV] = { "csv", ".csv" },
	[REPORT_JSON] = { "json", ".json" },
};

#define FORMATS (sizeof(formats) / sizeof(formats[0]))

bool report_format_find(const char *name, enum report_format *f)
{
	for (size_t i = 0; i < FORMATS; i++)
		if (strcmp(formats[i].name, name) == 0) {
			*f = (enum report_format)i;
			return true;
		}
	return false;
}

bool report_format_of(const char *path, enum report_format *f)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	const char *dot = strrchr(name, '.');

	*f = REPORT_HTML;
	if (!dot || dot == name || strcmp(dot, ".htm") == 0)
		return true;
	for (size_t i = 0; i < FORMATS; i++)
		if (strcmp(dot, formats[i].ending) == 0) {
			*f = (enum report_format)i;
			return true;
		}
	return false;
}

/* One file as it was; several in a list. */
static void write_json(const struct report *r, FILE *to)
{
	const size_t flags = JSON_INDENT(2) | JSON_REAL_PRECISION(9);

	if (r->n > 1)
		fputs("[\n", to);
	for (size_t i = 0; i < r->n; i++) {
		json_dumpf(r->file[i].doc, to, flags);
		fputs(i + 1 < r->n ? ",\n" : "\n", to);
	}
	if (r->n > 1)
		fputs("]\n", to);
}

static void print(const struct report *r, enum report_format f, FILE *to)
{
	switch (f) {
	case REPORT_HTML:
		report_html(r, to);
		break;
	case REPORT_TEXT:
		report_text(r, to);
		break;
	case REPORT_MARKDOWN:
		report_markdown(r, to);
		break;
	case REPORT_CSV:
		report_csv(r, to);
		break;
	case REPORT_JSON:
		write_json(r, to);
		break;
	}
}

int report_write(const struct report *r, enum report_format f, FILE *to)
{
	struct out_text t;
	int err = out_open(&t);

	if (err)
		return err;
	print(r, f, t.to);
	return out_write(&t, to);
}

int report_write_file(const struct report *r, enum report_format f, const char *path)
{
	char *text = NULL, kept[REPLACE_KEPT_MAX] = "", why[128];
	size_t len = 0;
	FILE *to;
	int err;

	if (strcmp(path, "-") == 0) {
		err = out_settle(report_write(r, f, stdout));
		return err ? log_errno(err, "standard output") : 0;
	}
	to = open_memstream(&text, &len);
	if (!to)
		return log_errno(-errno, "%s", path);
	err = report_write(r, f, to);
	if (fclose(to) && !err)
		err = -ENOMEM;
	if (!err)
		err = replace_file(path, text, len, kept);
	if (err && *kept)
		log_error("%s: cannot be written: %s; it is in %s", path,
			  log_reason(err, why, sizeof(why)), kept);
	else if (err)
		log_errno(err, "%s: cannot be written", path);
	free(text);
	return err;
}
