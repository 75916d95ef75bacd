// SPDX-License-Identifier: BSD-2-Clause
// The options of one command line.
#include "bench/options/set.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bench/options/complain.h"
#include "bench/options/lists.h"
#include "bench/options/scan.h"
#include "bench/options/values.h"
#include "lib/log.h"

/* ---- reading ---- */

int option_set_add(struct option_set *set, const struct option_row *row, const char *text)
{
	if (set->n == OPTION_GIVEN_MAX) {
		log_error("%s: more than %u options; give fewer", set->command->name,
			  OPTION_GIVEN_MAX);
		return -EINVAL;
	}
	set->given[set->n].row = row;
	set->given[set->n++].text = text;
	return 0;
}

static int add_argument(struct option_set *set, char *word)
{
	if (set->arguments == (int)OPTION_ARGUMENTS_MAX) {
		log_error("%s: more than %u arguments; give fewer", set->command->name,
			  OPTION_ARGUMENTS_MAX);
		return -EINVAL;
	}
	set->argument[set->arguments++] = word;
	set->argument[set->arguments] = NULL;
	return 0;
}

static int read_names(struct option_set *set, int argc, char *const *argv)
{
	struct scan s = scan_start(set->command->of, argc, argv, 1);
	enum scan_kind kind;
	int err = 0;

	while (!err && (kind = scan_next(&s)) != SCAN_END) {
		if (kind == SCAN_OPTION)
			err = option_set_add(set, s.row, s.text);
		else if (kind == SCAN_ARGUMENT)
			err = add_argument(set, argv[s.word]);
		else
			err = scan_complain(&s, kind, set->command);
	}
	return err;
}

/*
 * `table` can stand anywhere behind `bench`, and makes it another command; so does no scenario at
 * all.
 */
static void find_preset(struct option_set *set)
{
	const struct option_command *preset = NULL;

	if (set->arguments <= 1)
		preset = option_command_preset(set->command->of, set->argument[0]);
	if (!preset)
		return;
	set->command = preset;
	for (unsigned i = 0; i < set->n; i++) {
		const struct option_row *row = option_row(set->given[i].row->id, set->command->of);

		if (row)
			set->given[i].row = row;
	}
}

/* ---- checking ---- */

/* What is right with a scenario, and none was given. */
static int complain_scenario(const struct option_set *set, const struct option_row *row)
{
	log_error("%s: --%s goes with a scenario; give one, as in `tandem %s stream --%s...`",
		  set->command->name, row->name, set->command->name, row->name);
	return -EINVAL;
}

static int complain_foreign(const struct option_set *set, const struct option_row *row)
{
	unsigned of = option_commands(row->id) & ~OF_FIRST;
	char others[160] = "";

	if (set->command->of == OF_FIRST && of & OF_BENCH)
		return complain_scenario(set, row);
	for (unsigned i = 0; option_command_at(i); i++) {
		const struct option_command *c = option_command_at(i);
		size_t used = strlen(others);

		if (of & c->of)
			snprintf(others + used, sizeof(others) - used, "%s%s", used ? ", " : "",
				 c->name);
	}
	log_error("%s: --%s is not an option here but of %s; `%s` lists the options",
		  set->command->name, row->name, others, set->command->help);
	return -EINVAL;
}

static int check_repeats(const struct option_set *set, unsigned at)
{
	const struct option_row *row = set->given[at].row;

	for (unsigned i = 0; i < at; i++) {
		if (set->given[i].row->id != row->id)
			continue;
		if (!option_accumulates(row)) {
			log_error("%s: --%s is given twice; give it once", set->command->name,
				  row->name);
			return -EINVAL;
		}
		if (row->words && row->words->alone &&
		    (strcmp(set->given[i].text, row->words->alone) == 0 ||
		     strcmp(set->given[at].text, row->words->alone) == 0))
			return option_complain(row, row->words->alone, "give it alone");
	}
	return 0;
}

/* Names that nobody here knows are kept as text. */
static bool has_limit(const struct option_row *row)
{
	return row->type == OPTION_LIST || row->type == OPTION_WHOLES ||
	       (row->type == OPTION_NAMES && row->words);
}

/* Is there room for all that a list adds up to? */
static int check_room(const struct option_set *set, const struct option_row *row)
{
	char names[OPTION_WORDS_MAX][OPTION_NAME_BYTES];
	const char *words[OPTION_WORDS_MAX];
	uint32_t numbers[OPTION_WORDS_MAX];
	unsigned n = 0, i = 0;
	const char *text;
	bool room = true;

	while (room && (text = option_each(set, row->id, &i)) != NULL)
		room = row->type == OPTION_LIST ? option_read_words(row, text, words, &n)
		       : row->type == OPTION_WHOLES
			       ? option_read_numbers(row, text, numbers, &n)
			       : option_read_names(row, text, names, OPTION_WORDS_MAX, &n);
	if (room)
		return 0;
	log_error("%s: --%s: more than %u of them; give fewer", set->command->name, row->name,
		  OPTION_WORDS_MAX);
	return -EINVAL;
}

int option_set_check(struct option_set *set)
{
	int err = 0;

	for (unsigned i = 0; i < set->n && !err; i++)
		if (!(set->given[i].row->of & set->command->of))
			err = complain_foreign(set, set->given[i].row);
	if (err || option_given(set, OPT_HELP))
		return err;
	for (unsigned i = 0; i < set->n && !err; i++) {
		const struct option_row *row = set->given[i].row;

		err = option_check(row, set->given[i].text);
		if (!err)
			err = check_repeats(set, i);
		if (!err && has_limit(row))
			err = check_room(set, row);
	}
	return err;
}

int option_set_parse(struct option_set *set, unsigned command, int argc, char *const *argv)
{
	int err;

	*set = (struct option_set){ .command = option_command(command) };
	err = read_names(set, argc, argv);
	if (err)
		return err;
	find_preset(set);
	return option_set_check(set);
}
