// SPDX-License-Identifier: BSD-2-Clause
// What is written to a stream, as a string. It is in a file of its own: gcc 12 takes the pointer
// that open_memstream() stores for one to the variable it is stored in, and warns where it sees
// both.
#include "tests/common/text.h"

#include "tests/common/suite.h"

FILE *text_begin(struct text_made *t)
{
	t->to = open_memstream(&t->text, &t->len);
	assert_non_null(t->to);
	return t->to;
}

char *text_end(struct text_made *t)
{
	assert_int_equal(fclose(t->to), 0);
	return t->text;
}
