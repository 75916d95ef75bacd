// SPDX-License-Identifier: BSD-2-Clause
// What is said of a value that is wrong.
#include "bench/options/complain.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bench/options/nearest.h"
#include "bench/options/words.h"
#include "lib/log.h"

int option_complain(const struct option_row *row, const char *text, const char *way_out)
{
	log_error("--%s=%s: %s", row->name, text, way_out);
	return -EINVAL;
}

void way_out_add(char way_out[WAY_OUT_MAX], const char *text)
{
	size_t len = strlen(way_out);

	snprintf(way_out + len, WAY_OUT_MAX - len, "%s", text);
}

void way_out_suggest(char way_out[WAY_OUT_MAX], const struct option_row *row, const char *typed,
		     size_t len)
{
	struct nearest near = nearest_to(typed, len);
	char said[64];

	for (unsigned i = 0; option_word_at(row, i); i++)
		nearest_look(&near, option_word_at(row, i));
	way_out_add(way_out, nearest_say(&near, "", said, sizeof(said)));
}
