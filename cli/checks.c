// SPDX-License-Identifier: BSD-2-Clause
// Prints doctor's rows.
#include "cli/checks.h"

#include <stdarg.h>
#include <stdio.h>

#include "cli/cli.h"
#include "lib/log.h"
#include "lib/term.h"
#include "version.h"

static const char *const words[] = { "PASS", "WARN", "FAIL" };

void checks_begin(struct checks *c, bool json, const struct host *h)
{
	*c = (struct checks){ .rows = json ? json_array() : NULL,
			      .colours = term_has_colours(stdout) };
	if (!json)
		printf("kernel %s, %s\n", h->kernel, h->arch);
}

static void say_text(const struct checks *c, enum verdict v, const char *what, const char *text)
{
	static const enum term_colour colours[] = { TERM_GREEN, TERM_YELLOW, TERM_RED };

	term_put(stdout, c->colours, colours[v], words[v]);
	printf("  %-12s %s\n", what, text);
	fflush(stdout);
}

void checks_say(struct checks *c, enum verdict v, const char *what, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	c->failed |= v == FAIL;
	if (!c->rows)
		say_text(c, v, what, text);
	else
		json_array_append_new(c->rows, json_pack("{s:s,s:s,s:s}", "check", what, "verdict",
							 words[v], "text", text));
}

int checks_end(struct checks *c, const struct host *h, int status)
{
	json_t *doc;

	if (!c->rows)
		return status;
	doc = json_pack("{s:s,s:s,s:s,s:s,s:i,s:o}", "schema", "tandem-doctor/1", "tandem",
			TANDEM_VERSION, "kernel", h->kernel, "arch", h->arch, "exit", status,
			"checks", c->rows);
	if (!doc || json_dumpf(doc, stdout, JSON_INDENT(2)) < 0) {
		log_error("doctor: the JSON could not be written");
		status = EXIT_JOB;
	}
	putchar('\n');
	json_decref(doc);
	return status;
}
