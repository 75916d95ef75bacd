// SPDX-License-Identifier: BSD-2-Clause
// Values that are one number, or a word in its place.
#include "bench/options/numbers.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "bench/options/complain.h"
#include "bench/options/units.h"
#include "bench/options/words.h"

static bool is_power_of_two(double v)
{
	return !((uint32_t)v & ((uint32_t)v - 1));
}

/* A unit may leave a rest that is none: 1.1 ms are 1100 us. */
static bool is_whole(double v)
{
	return fabs(v - round(v)) <= 1e-9 * v;
}

bool option_is_number(const struct option_row *row, const char *text, double *v)
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
	way_out_add(way_out, range);
}

static int complain_number(const struct option_row *row, const char *text)
{
	char way_out[WAY_OUT_MAX] = "give ";

	for (unsigned i = 0; option_word_at(row, i); i++) {
		way_out_add(way_out, option_word_at(row, i));
		way_out_add(way_out, option_word_at(row, i + 1) ? ", " : ", or ");
	}
	add_range(way_out, row);
	return option_complain(row, text, way_out);
}

int option_check_number(const struct option_row *row, const char *text)
{
	double v;

	if (option_word_find(row, text, strlen(text)))
		return 0;
	if (!option_is_number(row, text, &v))
		return complain_number(row, text);
	if (row->power_of_two && !is_power_of_two(v))
		return option_complain(row, text,
				       "give a power of two: virtio's split rings need it");
	return 0;
}

double option_read_number(const struct option_row *row, const char *text)
{
	double v = NAN;

	option_is_number(row, text, &v);
	return v;
}
