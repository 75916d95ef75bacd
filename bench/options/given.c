// SPDX-License-Identifier: BSD-2-Clause
// What was typed on a command line, option by option.
#include "bench/options/given.h"

const char *option_each(const struct option_set *set, enum option_id id, unsigned *i)
{
	while (*i < set->n)
		if (set->given[(*i)++].row->id == id)
			return set->given[*i - 1].text ? set->given[*i - 1].text : "";
	return NULL;
}

bool option_given(const struct option_set *set, enum option_id id)
{
	unsigned i = 0;

	return option_each(set, id, &i) != NULL;
}
