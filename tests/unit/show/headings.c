// SPDX-License-Identifier: BSD-2-Clause
// Every heading is in its man page, under its own name and in the same words; and no other is.
#include "tests/common/suite.h"
#include "tests/common/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/show/headings.h"

#define PAGE_BYTES (1u << 20)

static unsigned wrong; /* all are listed before it fails */

static const char *const pages[] = { "tandem-bench",	   "tandem-report",    "tandem-bench-pool",
				     "tandem-bench-crowd", "tandem-bench-tcp", "tandem-compare" };

/* The section COLUMNS of a page, without backslashes and quotes; to be freed. */
static char *read_columns(const char *page)
{
	const char *source = getenv("TANDEM_SRC");
	char path[512], *text = calloc(1, PAGE_BYTES), *from, *to;
	size_t n = 0;
	FILE *f;
	int c;

	snprintf(path, sizeof(path), "%s/man/%s.1", source ? source : ".", page);
	f = fopen(path, "r");
	if (!f) {
		free(text);
		print_message("# %s is not here\n", path);
		skip();
	}
	while ((c = getc(f)) != EOF && n < PAGE_BYTES - 1)
		if (c != '\\' && c != '"')
			text[n++] = (char)c;
	fclose(f);
	from = strstr(text, "\n.SH COLUMNS\n");
	if (!from)
		fail_msg("%s has no section COLUMNS", path);
	from += strlen("\n.SH COLUMNS\n");
	to = strstr(from, "\n.SH ");
	if (to)
		to[1] = '\0';
	from = strdup(from);
	free(text);
	return from;
}

/* The paragraph of a term, from its second line on, as one line; false: there is none. */
static bool paragraph(const char *columns, const char *name, char *out, size_t size)
{
	char term[128];
	const char *at, *end;
	size_t n;

	snprintf(term, sizeof(term), ".TP\n.B %s\n", name);
	at = strstr(columns, term);
	if (!at)
		return false;
	at += strlen(term);
	end = strstr(at, ".TP\n");
	n = end ? (size_t)(end - at) : strlen(at);
	if (n >= size)
		n = size - 1;
	memcpy(out, at, n);
	out[n] = '\0';
	for (char *c = out; *c; c++)
		if (*c == '\n')
			*c = ' ';
	while (n && out[n - 1] == ' ')
		out[--n] = '\0';
	return true;
}

static void headings_are_in_their_pages(void **state)
{
	char text[1024];

	(void)state;
	for (size_t i = 0; heading_at(i); i++) {
		const struct heading *h = heading_at(i);
		char *columns = read_columns(h->page);

		if (!paragraph(columns, h->name, text, sizeof(text)) || strcmp(text, h->text)) {
			print_message("# %s(1), %s: not '%s' but '%s'\n", h->page, h->name, h->text,
				      text);
			wrong++;
		}
		free(columns);
	}
	assert_int_equal(wrong, 0);
}

static bool is_heading(const char *page, const char *name, size_t len)
{
	for (size_t i = 0; heading_at(i); i++)
		if (strcmp(heading_at(i)->page, page) == 0 && strlen(heading_at(i)->name) == len &&
		    strncmp(heading_at(i)->name, name, len) == 0)
			return true;
	return false;
}

static void no_other_is_there(void **state)
{
	(void)state;
	for (size_t p = 0; p < ARRAY_SIZE(pages); p++) {
		char *columns = read_columns(pages[p]), *at = columns;

		while ((at = strstr(at, ".TP\n.B ")) != NULL) {
			at += strlen(".TP\n.B ");
			if (!is_heading(pages[p], at, strcspn(at, "\n")))
				fail_msg("%s(1) tells a column %.*s", pages[p],
					 (int)strcspn(at, "\n"), at);
		}
		free(columns);
	}
}

static void each_has_one_place_in_a_page(void **state)
{
	(void)state;
	for (size_t i = 0; heading_at(i); i++)
		for (size_t k = 0; k < i; k++)
			assert_false(strcmp(heading_at(i)->name, heading_at(k)->name) == 0 &&
				     strcmp(heading_at(i)->page, heading_at(k)->page) == 0);
}

static char *explained(const char *name, bool expected)
{
	struct text_made made;
	FILE *to = text_begin(&made);

	assert_int_equal(heading_explain(name, to), expected);
	return text_end(&made);
}

static void a_name_is_enough(void **state)
{
	static const char *const names[] = { "X FLOOR", "p99 us", "poll ok", "new / old", "ooo" };
	char *text;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		free(explained(names[i], true));
	/* In every table that has it, and with its unit. */
	text = explained("p99", true);
	assert_non_null(strstr(text, "tandem-bench(1):\n  p99 us  "));
	assert_non_null(strstr(text, "tandem-bench-pool(1):\n  p99  "));
	assert_non_null(strstr(text, "tandem-bench-crowd(1):\n  p99  "));
	free(text);
	free(explained("", false));
	free(explained("p9", false));
}

int main(void)
{
	static struct suite s;

	suite_add(&s, "headings are in their pages", headings_are_in_their_pages, NULL);
	suite_add(&s, "no other is there", no_other_is_there, NULL);
	suite_add(&s, "each has one place in a page", each_has_one_place_in_a_page, NULL);
	suite_add(&s, "a name is enough", a_name_is_enough, NULL);
	return suite_run(&s, "headings");
}
