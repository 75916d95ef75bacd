// SPDX-License-Identifier: BSD-2-Clause
// Values that are several, with commas between.
#include "bench/options/lists.h"

#include <stdio.h>
#include <string.h>

#include "bench/options/complain.h"
#include "bench/options/numbers.h"
#include "bench/options/words.h"

/* The next of a list's parts that is not empty; its length, 0 at the end. */
static size_t next_part(const char **at)
{
	*at += strspn(*at, ",");
	return strcspn(*at, ",");
}

static bool is_alone(const struct option_row *row, const char *text)
{
	return row->words && row->words->alone && strcmp(text, row->words->alone) == 0;
}

static int complain_list(const struct option_row *row, const char *text, const char *part,
			 size_t len)
{
	const char *all[OPTION_WORDS_MAX];
	unsigned n = option_words_all(row, all, OPTION_WORDS_MAX);
	char way_out[WAY_OUT_MAX] = "give one or more of ";

	for (unsigned i = 0; i < n; i++) {
		way_out_add(way_out, i ? "," : "");
		way_out_add(way_out, all[i]);
	}
	way_out_add(way_out, ", separated by commas, or all");
	if (row->words->alone) {
		way_out_add(way_out, ", or ");
		way_out_add(way_out, row->words->alone);
	}
	way_out_suggest(way_out, row, part, len);
	return option_complain(row, text, way_out);
}

int option_check_list(const struct option_row *row, const char *text)
{
	const char *at = text;
	unsigned n = 0;

	if (strcmp(text, "all") == 0 || is_alone(row, text))
		return 0;
	for (size_t len; (len = next_part(&at)) != 0; at += len, n++)
		if (!option_word_find(row, at, len))
			return complain_list(row, text, at, len);
	if (n > OPTION_WORDS_MAX)
		return option_complain(row, text, "that are too many");
	return n ? 0 : complain_list(row, text, "", 0);
}

bool option_read_words(const struct option_row *row, const char *text, const char **out,
		       unsigned *n)
{
	const char *at = text;

	if (is_alone(row, text))
		return true;
	if (strcmp(text, "all") == 0) {
		const char *all[OPTION_WORDS_MAX];
		unsigned more = option_words_all(row, all, OPTION_WORDS_MAX);

		if (*n + more > OPTION_WORDS_MAX)
			return false;
		memcpy(out + *n, all, more * sizeof(*all));
		*n += more;
		return true;
	}
	for (size_t len; (len = next_part(&at)) != 0; at += len) {
		if (*n == OPTION_WORDS_MAX)
			return false;
		out[(*n)++] = option_word_find(row, at, len);
	}
	return true;
}

/* ---- numbers ---- */

static bool part_number(const struct option_row *row, const char *part, size_t len, double *v)
{
	char text[32];

	return snprintf(text, sizeof(text), "%.*s", (int)len, part) < (int)sizeof(text) &&
	       option_is_number(row, text, v);
}

int option_check_numbers(const struct option_row *row, const char *text)
{
	char way_out[WAY_OUT_MAX];
	const char *at = text;
	unsigned n = 0;
	double v;

	if (is_alone(row, text))
		return 0;
	for (size_t len; (len = next_part(&at)) != 0 && part_number(row, at, len, &v); at += len)
		n++;
	if (n && !*at)
		return 0;
	snprintf(way_out, sizeof(way_out),
		 "give one or more whole numbers from %.10g to %.10g, separated by commas: 1,2,4",
		 row->min, row->max);
	return option_complain(row, text, way_out);
}

bool option_read_numbers(const struct option_row *row, const char *text, uint32_t *out, unsigned *n)
{
	const char *at = text;
	double v = 0;

	if (is_alone(row, text))
		return true;
	for (size_t len; (len = next_part(&at)) != 0; at += len) {
		if (*n == OPTION_WORDS_MAX)
			return false;
		part_number(row, at, len, &v);
		out[(*n)++] = (uint32_t)v;
	}
	return true;
}

/* ---- names ---- */

static int complain_names(const struct option_row *row, const char *text)
{
	char way_out[WAY_OUT_MAX];

	snprintf(way_out, sizeof(way_out), "give some of %s, separated by commas, or %s",
		 row->words->names, row->words->alone);
	return option_complain(row, text, way_out);
}

static bool is_name(const struct option_row *row, const char *part, size_t len)
{
	char name[OPTION_NAME_BYTES];

	if (snprintf(name, sizeof(name), "%.*s", (int)len, part) >= (int)sizeof(name))
		return false;
	return !row->words || row->words->is_name(name);
}

/* A name that is missing is a variable of a script that was empty. */
int option_check_names(const struct option_row *row, const char *text)
{
	size_t n = strlen(text);
	const char *at = text;

	if (is_alone(row, text))
		return 0;
	if (!n || *text == ',' || text[n - 1] == ',' || strstr(text, ",,"))
		return option_complain(row, text,
				       "a name is missing; give one or more, separated by commas");
	for (size_t len; (len = next_part(&at)) != 0; at += len)
		if (!is_name(row, at, len))
			return row->words ? complain_names(row, text)
					  : option_complain(row, text, "a name is too long");
	return 0;
}

bool option_read_names(const struct option_row *row, const char *text,
		       char out[][OPTION_NAME_BYTES], unsigned max, unsigned *n)
{
	const char *at = text;

	if (is_alone(row, text))
		return true;
	for (size_t len; (len = next_part(&at)) != 0; at += len) {
		if (*n == max)
			return false;
		snprintf(out[(*n)++], OPTION_NAME_BYTES, "%.*s", (int)len, at);
	}
	return true;
}
