// SPDX-License-Identifier: BSD-2-Clause
// Numbers with units.
#include "bench/options/units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct suffix {
	const char *text;
	double factor; /* of the smallest of its kind, so that all of them are whole numbers */
};

static const struct suffix times[] = {
	{ "ns", 1 }, { "us", 1e3 }, { "ms", 1e6 }, { "s", 1e9 }, { "m", 60e9 }, { NULL, 0 },
};
static const struct suffix sizes[] = {
	{ "K", 1024 }, { "k", 1024 }, { "M", 1048576 }, { "G", 1073741824 }, { NULL, 0 },
};
static const struct suffix counts[] = {
	{ "k", 1e3 },
	{ "K", 1e3 },
	{ "M", 1e6 },
	{ NULL, 0 },
};

static const struct unit {
	const struct suffix *suffixes;
	double factor; /* of a bare number */
	const char *name, *examples;
} units[] = {
	[UNIT_NONE] = { counts, 1, "", NULL },
	[UNIT_BYTES] = { sizes, 1, "", NULL },
	[UNIT_ENTRIES] = { sizes, 1, "", NULL },
	[UNIT_MIB] = { sizes, 1048576, "MiB", "512M or 4G" },
	[UNIT_NS] = { times, 1, "nanoseconds", "200us or 1ms" },
	[UNIT_USEC] = { times, 1e3, "microseconds", "200us or 3ms" },
	[UNIT_MSEC] = { times, 1e6, "milliseconds", "20ms or 1s" },
	[UNIT_SEC] = { times, 1e9, "seconds", "500ms or 3s" },
};

/* The digits, with at most one point among them. */
static size_t number_len(const char *text)
{
	size_t whole = strspn(text, "0123456789"), part = 0;

	if (text[whole] == '.')
		part = strspn(text + whole + 1, "0123456789");
	if (!whole && !part)
		return 0;
	return text[whole] == '.' ? whole + 1 + part : whole;
}

bool units_parse(const char *text, enum option_unit unit, double *out)
{
	const struct unit *u = &units[unit];
	const struct suffix *s = u->suffixes;
	size_t len = number_len(text);
	double factor = u->factor;

	if (!len)
		return false;
	if (text[len]) {
		while (s->text && strcmp(s->text, text + len) != 0)
			s++;
		if (!s->text)
			return false;
		factor = s->factor;
	}
	*out = strtod(text, NULL) * factor / u->factor;
	return isfinite(*out);
}

const char *units_name(enum option_unit unit)
{
	return units[unit].name;
}

const char *units_examples(enum option_unit unit)
{
	return units[unit].examples;
}
