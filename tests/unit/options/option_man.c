// SPDX-License-Identifier: BSD-2-Clause
// The man pages tell the options of the table, with ranges, words and defaults, and no others.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/options/table.h"
#include "bench/options/words.h"
#include "tests/common/suite.h"

static unsigned wrong; /* all are listed before it fails */

static const struct page {
	unsigned of;
	const char *name;
} pages[] = {
	{ OF_RUN, "run" },	     { OF_BENCH | OF_TABLE, "bench" },	{ OF_POOL, "bench-pool" },
	{ OF_CROWD, "bench-crowd" }, { OF_COMPARE, "compare" },		{ OF_REPORT, "report" },
	{ OF_MERGE, "merge" },	     { OF_BACKEND, "backend" },		{ OF_DOCTOR, "doctor" },
	{ OF_LAB, "lab" },	     { OF_TCP | OF_SEED, "bench-tcp" },
};

/* A page's source, its hyphens as they are typed; to be freed. */
static char *read_page(const char *name)
{
	const char *source = getenv("TANDEM_SRC");
	char path[512], *text = calloc(1, 1 << 20);
	size_t n = 0;
	FILE *f;
	int c;

	snprintf(path, sizeof(path), "%s/man/tandem-%s.1", source ? source : ".", name);
	f = fopen(path, "r");
	if (!f) {
		free(text);
		print_message("# %s is not here\n", path);
		skip();
	}
	while ((c = getc(f)) != EOF && n < (1 << 20) - 1)
		if (c != '\\' || (c = getc(f)) == '-')
			text[n++] = (char)c;
	fclose(f);
	return text;
}

/* Does the line at `line` begin with this macro? */
static bool is_macro(const char *line, const char *macro)
{
	return strncmp(line, macro, strlen(macro)) == 0;
}

/* The line behind, or the end. */
static const char *next_line(const char *line)
{
	const char *end = strchr(line, '\n');

	return end ? end + 1 : line + strlen(line);
}

/* The next term of a list (the line behind .TP or .TQ) from `at` on; NULL: no more. */
static const char *next_term(const char *at)
{
	for (; *at; at = next_line(at))
		if ((is_macro(at, ".TP") || is_macro(at, ".TQ")) && *next_line(at))
			return next_line(at);
	return NULL;
}

/* Does a term name this option? */
static bool names(const char *term, const char *name)
{
	char spelled[64], *at;
	size_t len = (size_t)snprintf(spelled, sizeof(spelled), "--%s", name);
	char line[256];

	snprintf(line, sizeof(line), "%.*s", (int)strcspn(term, "\n"), term);
	for (at = line; (at = strstr(at, spelled)) != NULL; at++)
		if (!strchr("abcdefghijklmnopqrstuvwxyz-", at[len]) || !at[len])
			return true;
	return false;
}

/* What stands below the term that names the option; to be freed. NULL: there is none. */
static char *paragraph(const char *page, const char *name)
{
	const char *at = page, *from, *to;

	while ((at = next_term(at)) != NULL && !names(at, name))
		;
	if (!at)
		return NULL;
	from = to = at;
	do
		to = next_line(to);
	while (*to && !is_macro(to, ".TP") && !is_macro(to, ".SS") && !is_macro(to, ".SH"));
	return strndup(from, (size_t)(to - from));
}

static void expect(const struct page *p, const struct option_row *row, const char *text,
		   const char *what)
{
	if (strstr(text, what))
		return;
	print_message("# tandem-%s(1), --%s: no '%s' in:\n%s", p->name, row->name, what, text);
	wrong++;
}

static void expect_number(const struct page *p, const struct option_row *row, const char *text,
			  double v)
{
	char number[32];

	snprintf(number, sizeof(number), "%.10g", v);
	expect(p, row, text, number);
}

/* Ranges, words and the default: what a reader must not be told wrongly. */
static void check_row(const struct page *p, const struct option_row *row, const char *text)
{
	if (row->type == OPTION_WHOLE || row->type == OPTION_REAL) {
		expect_number(p, row, text, row->max);
		if (row->min > 0)
			expect_number(p, row, text, row->min);
	}
	for (unsigned i = 0; option_word_at(row, i) && row->id != OPT_ARCH; i++)
		expect(p, row, text, option_word_at(row, i));
	if (row->initial && *row->initial && row->type != OPTION_NAMES && row->id != OPT_IRQ)
		expect(p, row, text, row->initial);
}

static bool is_told(const struct option_row *row, unsigned of)
{
	return row->of & of && row->help && row->id != OPT_HELP;
}

/* run's page refers to bench's for most. */
static void every_option_is_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pages); i++) {
		char *page = read_page(pages[i].name), *text, spelled[64];

		for (size_t r = 0; option_at(r); r++) {
			const struct option_row *row = option_at(r);

			if (!is_told(row, pages[i].of))
				continue;
			snprintf(spelled, sizeof(spelled), "--%s", row->name);
			text = paragraph(page, row->name);
			if (!text && (pages[i].of != OF_RUN || !strstr(page, spelled)))
				fail_msg("tandem-%s(1) does not tell %s", pages[i].name, spelled);
			if (text && pages[i].of != OF_RUN)
				check_row(&pages[i], row, text);
			free(text);
		}
		free(page);
	}
	assert_int_equal(wrong, 0);
}

/* The name of an option that a term begins with; false: it begins with something else. */
static bool option_of(const char *term, char name[64])
{
	const char *at = strstr(term, "--"), *end = strchr(term, '\n');

	if (!at || (end && at > end) || !is_macro(term, ".B"))
		return false;
	snprintf(name, 64, "%.*s", (int)strspn(at + 2, "abcdefghijklmnopqrstuvwxyz-"), at + 2);
	return true;
}

static const struct option_row *find_row(const char *name, unsigned of)
{
	for (size_t i = 0; option_at(i); i++)
		if (option_at(i)->of & of && strcmp(option_at(i)->name, name) == 0)
			return option_at(i);
	return NULL;
}

static void no_other_is_told(void **state)
{
	char name[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pages); i++) {
		char *page = read_page(pages[i].name);

		for (const char *at = page; (at = next_term(at)) != NULL;)
			if (option_of(at, name) && !find_row(name, pages[i].of))
				fail_msg("tandem-%s(1) tells --%s, which there is not",
					 pages[i].name, name);
		free(page);
	}
}

/* What the results call them: of crowd and tcp, in an object of that name. */
static void every_key_is_told(void **state)
{
	char *bench = read_page("bench"), *crowd = read_page("bench-crowd");
	char *tcp = read_page("bench-tcp"), *backend = read_page("backend");

	(void)state;
	for (size_t i = 0; option_at(i); i++) {
		const struct option_row *row = option_at(i);
		const char *page = !row->key			  ? NULL
				   : is_macro(row->key, "crowd.") ? crowd
				   : is_macro(row->key, "tcp.")	  ? tcp
				   : row->of == OF_BACKEND	  ? backend
								  : bench;

		if (page && !strstr(page, option_key(row->id)))
			fail_msg("no man page tells the key %s", row->key);
	}
	free(bench);
	free(crowd);
	free(tcp);
	free(backend);
}

int main(void)
{
	static struct suite s;

	suite_add(&s, "every option is told", every_option_is_told, NULL);
	suite_add(&s, "no other is told", no_other_is_told, NULL);
	suite_add(&s, "every key is told", every_key_is_told, NULL);
	return suite_run(&s, "option_man");
}
