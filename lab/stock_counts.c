// SPDX-License-Identifier: BSD-2-Clause
// What a stock Linux guest's kernel counts.
#include "lab/stock_counts.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* "24:  17  3  PCI-MSIX-...  virtio0-input.0": a count for each CPU behind the colon. */
static uint64_t add_counts(const char *line)
{
	const char *at = strchr(line, ':');
	uint64_t sum = 0;
	char *end;

	if (!at)
		return 0;
	for (at++;; at = end) {
		at += strspn(at, " ");
		if (!isdigit((unsigned char)*at))
			return sum;
		sum += strtoull(at, &end, 10);
	}
}

static bool names_virtio(const char *line, size_t len)
{
	const char *at = strstr(line, "virtio");

	return at && at < line + len;
}

uint64_t stock_count_interrupts(const char *text)
{
	uint64_t sum = 0;
	size_t len;

	for (; *text; text += len + (text[len] == '\n')) {
		len = strcspn(text, "\n");
		if (names_virtio(text, len))
			sum += add_counts(text);
	}
	return sum;
}

/* The line behind. */
static const char *next_line(const char *text)
{
	const char *end = strchr(text, '\n');

	return end ? end + 1 : text + strlen(text);
}

static bool is_group(const char *line, const char *group)
{
	size_t n = strlen(group);

	return strncmp(line, group, n) == 0 && line[n] == ':';
}

/* The word behind, of the same line; NULL: there is none. */
static const char *next_word(const char *word)
{
	word += strcspn(word, " \n");
	word += strspn(word, " ");
	return *word && *word != '\n' ? word : NULL;
}

static bool is_word(const char *at, const char *word)
{
	size_t n = strlen(word);

	return strncmp(at, word, n) == 0 && strchr(" \n", at[n]);
}

/* A line of names, and one of values below it. */
uint64_t stock_count_net(const char *text, const char *group, const char *name)
{
	const char *names = text, *values;

	while (*names && !is_group(names, group))
		names = next_line(names);
	values = next_line(names);
	if (!*names || !is_group(values, group))
		return 0;
	while ((names = next_word(names)) && (values = next_word(values)))
		if (is_word(names, name))
			return strtoull(values, NULL, 10);
	return 0;
}
