// SPDX-License-Identifier: BSD-2-Clause
// What a shell may put in place of a word: options and their values, from the table.
#include "bench/options/complete.h"

#include <string.h>

#include "bench/host/threads.h"
#include "bench/options/command.h"
#include "bench/options/help.h"
#include "bench/options/scan.h"
#include "bench/options/words.h"

#define WORD_MAX 512u

void option_candidate(FILE *to, const char *typed, const char *word, const char *what)
{
	if (strncmp(word, typed, strlen(typed)) == 0)
		fprintf(to, "%s\t%s\n", word, what);
}

/* A value behind what is typed of the word already: "--notify=" or "--notify=direct,". */
static void add_value(FILE *to, const char *typed, size_t keep, const char *value, const char *what)
{
	char word[WORD_MAX];

	snprintf(word, sizeof(word), "%.*s%s", (int)keep, typed, value);
	option_candidate(to, typed, word, what);
}

static void add_words(FILE *to, const struct option_row *row, const char *typed, size_t keep,
		      bool first)
{
	const struct option_words *words = row->words;
	const char *word;

	for (unsigned i = 0; (word = option_word_at(row, i)) != NULL; i++) {
		bool own = option_word_find(row, word, strlen(word)) && word != words->also;

		if (own || first)
			add_value(to, typed, keep, word,
				  own && words->summary ? words->summary(i) : "");
	}
	if (row->type == OPTION_LIST && first)
		add_value(to, typed, keep, "all", "");
}

static void add_roles(FILE *to, const char *typed, size_t keep)
{
	char role[32];

	for (unsigned r = 0; r < ROLES; r++) {
		snprintf(role, sizeof(role), "%s=", role_name(r));
		add_value(to, typed, keep, role, "CPUs of this role");
	}
}

/* Of a list, only what is behind its last comma is still to be typed. */
static size_t kept(const struct option_row *row, const char *typed, size_t keep)
{
	const char *comma = strrchr(typed + keep, ',');

	return comma && option_accumulates(row) ? (size_t)(comma + 1 - typed) : keep;
}

/* `keep`: of the word, what is in front of the value. */
static void complete_value(FILE *to, const struct option_row *row, const char *typed, size_t keep)
{
	size_t begin = keep;

	keep = kept(row, typed, keep);
	if (row->type == OPTION_FILE || row->type == OPTION_MAYBE_FILE)
		fputs(":files\n", to);
	else if (row->type == OPTION_DIR)
		fputs(":dirs\n", to);
	else if (row->type == OPTION_PLACES)
		add_roles(to, typed, keep);
	else
		add_words(to, row, typed, keep, keep == begin);
}

static bool takes_none(const struct option_row *row)
{
	return row->type == OPTION_FLAG || row->type == OPTION_MAYBE_FILE;
}

static void complete_name(FILE *to, unsigned command, const char *typed, const bool *given)
{
	const struct option_row *row;
	char word[64], what[OPTION_HELP_BYTES];

	for (size_t i = 0; (row = option_at(i)) != NULL; i++) {
		if (!row->help || !(row->of & command) ||
		    (given[row->id] && !option_accumulates(row)))
			continue;
		option_describe(row, what);
		snprintf(word, sizeof(word), "--%s%s", row->name, takes_none(row) ? "" : "=");
		option_candidate(to, typed, word, what);
	}
}

/* --NAME=VALUE, of which the value is begun. */
static void complete_long(FILE *to, unsigned command, char *typed)
{
	struct scan s = scan_start(command, 1, &typed, 0);

	enum scan_kind kind = scan_next(&s);

	if (kind == SCAN_OPTION || kind == SCAN_NO_VALUE)
		complete_value(to, s.row, typed, (size_t)(strchr(typed, '=') + 1 - typed));
}

bool option_complete(FILE *to, unsigned command, int argc, char *const *argv)
{
	struct scan s = scan_start(command, argc - 1, argv, 0);
	bool given[OPT_HELP + 1] = { false };
	char *typed = argv[argc - 1];
	enum scan_kind kind;

	while ((kind = scan_next(&s)) != SCAN_END && kind != SCAN_NO_VALUE) {
		if (kind == SCAN_OPTION)
			given[s.row->id] = true;
		if (kind == SCAN_ARGUMENT && option_command_preset(command, s.text))
			command = option_command_preset(command, s.text)->of;
	}
	if (kind == SCAN_NO_VALUE)
		complete_value(to, s.row, typed, 0);
	else if (s.only_arguments || *typed != '-')
		return false;
	else if (strncmp(typed, "--", 2) == 0 && strchr(typed, '='))
		complete_long(to, command, typed);
	else
		complete_name(to, command, typed, given);
	return true;
}
