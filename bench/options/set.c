// SPDX-License-Identifier: BSD-2-Clause
// The options of one command line.
#include "bench/options/set.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/options/places.h"
#include "bench/options/scan.h"
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

/* `table` and `lazy` can stand anywhere behind `bench`, and make it another command. */
static void find_preset(struct option_set *set)
{
	bool alone = set->command->of == OF_BENCH && set->arguments == 1;
	bool table = alone && strcmp(set->argument[0], "table") == 0;
	bool lazy = alone && strcmp(set->argument[0], "lazy") == 0;

	if (!table && !lazy)
		return;
	set->command = option_command(table ? OF_TABLE : OF_LAZY);
	for (unsigned i = 0; i < set->n; i++) {
		const struct option_row *row = option_row(set->given[i].row->id, set->command->of);

		if (row)
			set->given[i].row = row;
	}
}

/* ---- checking ---- */

static int complain_foreign(const struct option_set *set, const struct option_row *row)
{
	unsigned of = option_commands(row->id);
	char others[160] = "";

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

/* ---- asking ---- */

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
