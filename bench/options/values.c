// SPDX-License-Identifier: BSD-2-Clause
// The values of options, checked and read.
#include "bench/options/values.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/options/nearest.h"
#include "bench/options/places.h"
#include "bench/options/units.h"
#include "bench/options/words.h"
#include "lib/log.h"

#define WAY_OUT_MAX 320u

int option_complain(const struct option_row *row, const char *text, const char *way_out)
{
	log_error("--%s=%s: %s", row->name, text, way_out);
	return -EINVAL;
}

/* Adds to a text that may be full. */
static void add(char way_out[WAY_OUT_MAX], const char *text)
{
	size_t len = strlen(way_out);

	snprintf(way_out + len, WAY_OUT_MAX - len, "%s", text);
}

/* ---- numbers ---- */

static bool is_power_of_two(double v)
{
	return !((uint32_t)v & ((uint32_t)v - 1));
}

/* A unit may leave a rest that is none: 1.1 ms are 1100 us. */
static bool is_whole(double v)
{
	return fabs(v - round(v)) <= 1e-9 * v;
}

static bool is_number(const struct option_row *row, const char *text, double *v)
{
	bool whole = row->type != OPTION_REAL;

	if (!units_parse(text, row->unit, v) || (whole && !is_whole(*v)))
		return false;
	if (whole)
		*v = round(*v);
	return *v >= row->min && *v <= row->max;
}

static void add_range(char way_out[WAY_OUT_MAX], const struct option_row *row)
{
	const char *unit = units_name(row->unit), *examples = units_examples(row->unit);
	bool whole = row->type != OPTION_REAL;
	char range[128];

	snprintf(range, sizeof(range), "%s%s from %.10g to %.10g%s%s",
		 *unit && whole ? "whole "
		 : *unit	? ""
				: "a whole number",
		 unit, row->min, row->max, examples ? ", or with a unit: " : "",
		 examples ? examples : "");
	add(way_out, range);
}

static int complain_number(const struct option_row *row, const char *text)
{
	char way_out[WAY_OUT_MAX] = "give ";

	for (unsigned i = 0; option_word_at(row, i); i++) {
		add(way_out, option_word_at(row, i));
		add(way_out, option_word_at(row, i + 1) ? ", " : ", or ");
	}
	add_range(way_out, row);
	return option_complain(row, text, way_out);
}

static int check_number(const struct option_row *row, const char *text)
{
	double v;

	if (option_word_find(row, text, strlen(text)))
		return 0;
	if (!is_number(row, text, &v))
		return complain_number(row, text);
	if (row->power_of_two && !is_power_of_two(v))
		return option_complain(row, text,
				       "give a power of two: virtio's split rings need it");
	return 0;
}

double option_read_number(const struct option_row *row, const char *text)
{
	double v = NAN;

	is_number(row, text, &v);
	return v;
}

/* ---- words ---- */

static void add_suggestion(char way_out[WAY_OUT_MAX], const struct option_row *row,
			   const char *text, size_t len)
{
	struct nearest near = nearest_to(text, len);
	char said[64];

	for (unsigned i = 0; option_word_at(row, i); i++)
		nearest_look(&near, option_word_at(row, i));
	add(way_out, nearest_say(&near, "", said, sizeof(said)));
}

static int check_choice(const struct option_row *row, const char *text)
{
	char way_out[WAY_OUT_MAX] = "give ";

	if (option_word_find(row, text, strlen(text)))
		return 0;
	for (unsigned i = 0; option_word_at(row, i); i++) {
		const char *next = option_word_at(row, i + 1);

		add(way_out, option_word_at(row, i));
		add(way_out, !next ? "" : option_word_at(row, i + 2) ? ", " : " or ");
	}
	add_suggestion(way_out, row, text, strlen(text));
	return option_complain(row, text, way_out);
}

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
		add(way_out, i ? "," : "");
		add(way_out, all[i]);
	}
	add(way_out, ", separated by commas, or all");
	if (row->words->alone) {
		add(way_out, ", or ");
		add(way_out, row->words->alone);
	}
	add_suggestion(way_out, row, part, len);
	return option_complain(row, text, way_out);
}

static int check_list(const struct option_row *row, const char *text)
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

bool option_read_words(const struct option_row *row, const char *text, const char **out, unsigned *n)
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

/* ---- several numbers ---- */

static bool part_number(const struct option_row *row, const char *part, size_t len, double *v)
{
	char text[32];

	return snprintf(text, sizeof(text), "%.*s", (int)len, part) < (int)sizeof(text) &&
	       is_number(row, text, v);
}

static int check_numbers(const struct option_row *row, const char *text)
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
static int check_names(const struct option_row *row, const char *text)
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

int option_check(const struct option_row *row, const char *text)
{
	switch (row->type) {
	case OPTION_WHOLE:
	case OPTION_REAL:
		return check_number(row, text);
	case OPTION_CHOICE:
		return check_choice(row, text);
	case OPTION_LIST:
		return check_list(row, text);
	case OPTION_WHOLES:
		return check_numbers(row, text);
	case OPTION_NAMES:
		return check_names(row, text);
	case OPTION_CPUS:
		return option_check_cpus(row, text);
	case OPTION_PLACES:
		return option_check_places(row, text);
	default:
		return 0;
	}
}
