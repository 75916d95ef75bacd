// SPDX-License-Identifier: BSD-2-Clause
// The values of options: are they right?
#include "bench/options/values.h"

#include <string.h>

#include "bench/options/complain.h"
#include "bench/options/lists.h"
#include "bench/options/numbers.h"
#include "bench/options/places.h"
#include "bench/options/words.h"

static int check_choice(const struct option_row *row, const char *text)
{
	char way_out[WAY_OUT_MAX] = "give ";

	if (option_word_find(row, text, strlen(text)))
		return 0;
	for (unsigned i = 0; option_word_at(row, i); i++) {
		const char *next = option_word_at(row, i + 1);

		way_out_add(way_out, option_word_at(row, i));
		way_out_add(way_out, !next ? "" : option_word_at(row, i + 2) ? ", " : " or ");
	}
	way_out_suggest(way_out, row, text, strlen(text));
	return option_complain(row, text, way_out);
}

int option_check(const struct option_row *row, const char *text)
{
	switch (row->type) {
	case OPTION_WHOLE:
	case OPTION_REAL:
		return option_check_number(row, text);
	case OPTION_CHOICE:
		return check_choice(row, text);
	case OPTION_LIST:
		return option_check_list(row, text);
	case OPTION_WHOLES:
		return option_check_numbers(row, text);
	case OPTION_NAMES:
		return option_check_names(row, text);
	case OPTION_CPUS:
		return option_check_cpus(row, text);
	case OPTION_PLACES:
		return option_check_places(row, text);
	default:
		return 0;
	}
}
