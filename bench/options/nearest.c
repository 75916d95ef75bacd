// SPDX-License-Identifier: BSD-2-Clause
// The nearest word: by the letters to add, to drop, to change or to swap with their neighbour.
#include "bench/options/nearest.h"

#include <stdio.h>
#include <string.h>

#define WORD_MAX 32u

static unsigned min(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* The optimal string alignment distance; three rows of its table are enough. */
static unsigned distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	unsigned rows[3][WORD_MAX + 1], *before = rows[0], *last = rows[1], *row = rows[2], *spare;

	for (unsigned j = 0; j <= b_len; j++)
		last[j] = before[j] = j;
	for (unsigned i = 1; i <= a_len; i++) {
		row[0] = i;
		for (unsigned j = 1; j <= b_len; j++) {
			row[j] = min(min(last[j], row[j - 1]) + 1,
				     last[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = min(row[j], before[j - 2] + 1);
		}
		spare = before;
		before = last;
		last = row;
		row = spare;
	}
	return last[b_len];
}

struct nearest nearest_to(const char *typed, size_t len)
{
	return (struct nearest){ .typed = typed, .len = len };
}

/* Who gets a third of the letters wrong meant something else. */
void nearest_look(struct nearest *n, const char *word)
{
	size_t len = strlen(word), longer = len > n->len ? len : n->len;
	unsigned d;

	if (n->len < 2 || longer > WORD_MAX)
		return;
	d = distance(n->typed, n->len, word, len);
	if (d > 1 && d * 3 > longer)
		return;
	if (d >= len || (n->word && d >= n->distance))
		return;
	n->word = word;
	n->distance = d;
}

const char *nearest_say(const struct nearest *n, const char *before, char *text, size_t size)
{
	if (n->word)
		snprintf(text, size, " (did you mean %s%s?)", before, n->word);
	else
		*text = '\0';
	return text;
}
