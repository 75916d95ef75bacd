// SPDX-License-Identifier: BSD-2-Clause
// The words of a command line.
#include "bench/options/scan.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bench/options/nearest.h"
#include "lib/log.h"

#define OTHERS_MAX 200u

struct scan scan_start(unsigned commands, int argc, char *const *argv, int first)
{
	return (struct scan){ .commands = commands, .argc = argc, .argv = argv, .at = first };
}

static size_t name_len(const char *word)
{
	return strcspn(word + 2, "=");
}

/* Options that begin like this word; NULL behind the last. `i` goes on from call to call. */
static const struct option_row *next_candidate(const char *word, size_t *i)
{
	const struct option_row *row;

	while ((row = option_at((*i)++)) != NULL) {
		bool again = *i > 1 && option_at(*i - 2)->id == row->id;

		if (!again && row->help && strncmp(row->name, word + 2, name_len(word)) == 0)
			return row;
	}
	return NULL;
}

/* The option of exactly this name. */
static const struct option_row *find_exact(const char *word)
{
	const struct option_row *row;

	for (size_t i = 0; (row = option_at(i)) != NULL; i++)
		if (strlen(row->name) == name_len(word) &&
		    strncmp(row->name, word + 2, name_len(word)) == 0)
			return row;
	return NULL;
}

static const struct option_row *find_letter(const struct scan *s, char letter)
{
	const struct option_row *row;

	for (size_t i = 0; (row = option_at(i)) != NULL; i++)
		if (row->letter == letter && (!s->commands || row->of & s->commands))
			return row;
	return NULL;
}

/* The row that the command has of it, or any. */
static const struct option_row *own_row(const struct scan *s, const struct option_row *row)
{
	const struct option_row *own = option_row(row->id, s->commands);

	return own ? own : row;
}

/* With the value behind "=", or the next word. */
static enum scan_kind take(struct scan *s, const struct option_row *row, const char *value)
{
	s->row = own_row(s, row);
	s->text = value;
	if (s->row->type == OPTION_FLAG)
		return value ? SCAN_A_VALUE : SCAN_OPTION;
	if (s->row->type == OPTION_MAYBE_FILE)
		return value && !*value ? SCAN_NO_VALUE : SCAN_OPTION;
	if (!value && s->at < s->argc)
		s->text = s->argv[s->at++];
	return s->text ? SCAN_OPTION : SCAN_NO_VALUE;
}

static enum scan_kind scan_long(struct scan *s, const char *word)
{
	const char *equals = strchr(word, '=');
	const struct option_row *row = find_exact(word);
	size_t i = 0;

	if (!row) {
		row = next_candidate(word, &i);
		if (row && next_candidate(word, &i))
			return SCAN_SEVERAL;
	}
	return row ? take(s, row, equals ? equals + 1 : NULL) : SCAN_UNKNOWN;
}

static enum scan_kind scan_short(struct scan *s, const char *word)
{
	const struct option_row *row = find_letter(s, word[1]);

	if (!row)
		return SCAN_UNKNOWN;
	return take(s, row, word[2] ? word + 2 : NULL);
}

enum scan_kind scan_next(struct scan *s)
{
	const char *word;

	s->row = NULL;
	if (s->at < s->argc && !s->only_arguments && strcmp(s->argv[s->at], "--") == 0) {
		s->only_arguments = true;
		s->at++;
	}
	if (s->at >= s->argc)
		return SCAN_END;
	s->word = s->at++;
	word = s->text = s->argv[s->word];
	if (s->only_arguments || word[0] != '-' || !word[1])
		return SCAN_ARGUMENT;
	return word[1] == '-' ? scan_long(s, word) : scan_short(s, word);
}

static int complain(const struct option_command *c, const char *word, const char *what)
{
	log_error("%s: %s %s; `%s` lists the options", c->name, word, what, c->help);
	return -EINVAL;
}

/* Of a word of several letters, the first. */
static const char *shown(const char *word, char letter[3])
{
	if (strncmp(word, "--", 2) == 0)
		return word;
	letter[0] = '-';
	letter[1] = isprint((unsigned char)word[1]) ? word[1] : '?';
	letter[2] = '\0';
	return letter;
}

static int complain_unknown(const char *word, const struct option_command *c)
{
	char letter[3], said[64], what[128];
	struct nearest near = nearest_to(word + 2, name_len(word));
	const struct option_row *row;

	if (word[1] != '-')
		return complain(c, shown(word, letter), "is not an option");
	for (size_t i = 0; (row = option_at(i)) != NULL; i++)
		if (row->of & c->of && row->help)
			nearest_look(&near, row->name);
	snprintf(what, sizeof(what), "is not an option%s",
		 nearest_say(&near, "--", said, sizeof(said)));
	return complain(c, word, what);
}

static int complain_several(const char *word, const struct option_command *c)
{
	char others[OTHERS_MAX] = "can be ";
	const char *comma = "";
	const struct option_row *row;
	size_t i = 0;

	while ((row = next_candidate(word, &i)) != NULL) {
		size_t used = strlen(others);

		snprintf(others + used, OTHERS_MAX - used, "%s--%s", comma, row->name);
		comma = ", ";
	}
	return complain(c, word, others);
}

int scan_complain(const struct scan *s, enum scan_kind kind, const struct option_command *command)
{
	const char *word = s->argv[s->word];
	char letter[3];

	if (kind == SCAN_SEVERAL)
		return complain_several(word, command);
	if (kind == SCAN_NO_VALUE)
		return complain(command, shown(word, letter), "needs a value");
	if (kind == SCAN_A_VALUE)
		return complain(command, word, "takes no value");
	return complain_unknown(word, command);
}
