// SPDX-License-Identifier: BSD-2-Clause
// What the options of a command line are.
#include "bench/options/ask.h"

#include <math.h>
#include <string.h>

#include "bench/options/numbers.h"
#include "bench/options/places.h"

const char *option_text(const struct option_set *set, enum option_id id)
{
	const struct option_row *row = option_row(id, set->command->of);
	unsigned i = 0;
	const char *text = option_each(set, id, &i);

	return text ? text : row ? row->initial : NULL;
}

bool option_is(const struct option_set *set, enum option_id id, const char *word)
{
	const char *text = option_text(set, id);

	return text && strcmp(text, word) == 0;
}

double option_real(const struct option_set *set, enum option_id id)
{
	const char *text = option_text(set, id);

	return text ? option_read_number(option_row(id, set->command->of), text) : NAN;
}

uint32_t option_whole(const struct option_set *set, enum option_id id)
{
	double v = option_real(set, id);

	return isnan(v) ? 0 : (uint32_t)v;
}

unsigned option_words(const struct option_set *set, enum option_id id,
		      const char *out[OPTION_WORDS_MAX])
{
	const struct option_row *row = option_row(id, set->command->of);
	unsigned n = 0, i = 0;
	const char *text;

	if (row && row->initial && !option_given(set, id))
		option_read_words(row, row->initial, out, &n);
	while (row && (text = option_each(set, id, &i)) != NULL)
		option_read_words(row, text, out, &n);
	return n;
}

unsigned option_numbers(const struct option_set *set, enum option_id id,
			uint32_t out[OPTION_WORDS_MAX])
{
	const struct option_row *row = option_row(id, set->command->of);
	unsigned n = 0, i = 0;
	const char *text;

	if (row->initial && !option_given(set, id))
		option_read_numbers(row, row->initial, out, &n);
	while ((text = option_each(set, id, &i)) != NULL)
		option_read_numbers(row, text, out, &n);
	return n;
}

unsigned option_names(const struct option_set *set, enum option_id id,
		      char out[][OPTION_NAME_BYTES], unsigned max)
{
	const struct option_row *row = option_row(id, set->command->of);
	unsigned n = 0, i = 0;
	const char *text;

	while (row && (text = option_each(set, id, &i)) != NULL)
		option_read_names(row, text, out, max, &n);
	return n;
}

bool option_cpus(const struct option_set *set, enum option_id id, cpu_set_t *out)
{
	const char *text;
	unsigned i = 0;

	if (!option_given(set, id))
		return false;
	CPU_ZERO(out);
	while ((text = option_each(set, id, &i)) != NULL)
		option_read_cpus(text, out);
	return true;
}

void option_places(const struct option_set *set, enum option_id id, cpu_set_t out[ROLES])
{
	unsigned named = 0, i = 0;
	const char *text;

	while ((text = option_each(set, id, &i)) != NULL)
		option_read_places(text, out, &named);
}
