// SPDX-License-Identifier: BSD-2-Clause
// Fuzz target: the options of every command. Input: the arguments, each ended by a zero byte.
#include <errno.h>

#include "bench/options/numbers.h"
#include "bench/options/set.h"
#include "bench/options/words.h"
#include "cli/cli.h"
#include "cli/options.h"
#include "lab/opts.h"
#include "tests/fuzz/fuzz.h"

#define ARGS_MAX 24u
#define TEXT_MAX 2048u

static int split(char *text, size_t size, char **argv)
{
	int argc = 0;

	argv[argc++] = (char *)"bench";
	for (size_t at = 0; at < size && argc < (int)ARGS_MAX; at += strlen(text + at) + 1)
		argv[argc++] = text + at;
	argv[argc] = NULL;
	return argc;
}

static void check_options(const struct options *o)
{
	CHECK(o->nnotify && o->nproducer && o->nirq);
	CHECK(o->nnotify <= OPTION_WORDS_MAX && o->nproducer <= OPTION_WORDS_MAX);
	CHECK(o->nirq <= OPTION_WORDS_MAX && o->npreempt <= OPTION_WORDS_MAX);
	for (unsigned i = 0; i < o->nnotify; i++)
		CHECK(o->notify[i] && o->notify[i]->name);
	for (unsigned i = 0; i < o->nproducer; i++)
		CHECK(o->producer[i]);
	for (unsigned i = 0; i < o->nirq; i++)
		CHECK(o->irq[i]);
	for (unsigned i = 0; i < o->npreempt; i++)
		CHECK(o->preempt[i]);
	for (unsigned r = 0; r < ROLES; r++)
		CHECK(CPU_COUNT(&o->cpus[r]) > 0);
}

/* Whatever was let through is a value of its option. */
static void check_values(const struct option_set *set)
{
	for (unsigned i = 0; i < set->n; i++) {
		const struct option_row *row = set->given[i].row;
		const char *text = set->given[i].text;
		double v;

		CHECK(row->of & set->command->of);
		CHECK(row->type == OPTION_MAYBE_FILE || !text == (row->type == OPTION_FLAG));
		if (row->type != OPTION_WHOLE && row->type != OPTION_REAL)
			continue;
		v = option_read_number(row, text);
		CHECK((v >= row->min && v <= row->max) ||
		      option_word_find(row, text, strlen(text)));
	}
}

/* The same words as those of each command, and of the lab with its subcommand. */
static void parse_all(int argc, char **argv)
{
	static struct option_set set;
	static struct lab_opts lab;
	int err;

	for (unsigned i = 0; option_command_at(i); i++) {
		err = option_set_parse(&set, option_command_at(i)->of, argc, argv);
		CHECK(err == 0 || err == -EINVAL);
		if (!err && !option_given(&set, OPT_HELP))
			check_values(&set);
	}
	err = lab_opts_parse(&lab, argc, argv);
	CHECK(err == 0 || err == 2 || err == -1);
	CHECK(err || (lab.n_cmd > 0 && lab.n_cmd <= LAB_WORDS_MAX));
}

static void make_spec(struct options *o, enum scenario s)
{
	struct options_cell cell = { .scenario = s,
				     .notify = o->notify[0],
				     .producer = o->producer[0],
				     .irq = o->irq[0],
				     .accel = &accel_thread };
	struct cell_spec spec;
	int err = options_spec(o, &cell, 1000000000, &spec);

	CHECK(err == 0 || err == EXIT_USAGE);
	if (err)
		return;
	CHECK(spec.ring_size && spec.ring_size <= VIRTQ_SIZE_MAX &&
	      !(spec.ring_size & (spec.ring_size - 1)));
	CHECK(spec.window && spec.window <= spec.ring_size && spec.frame_bytes);
	CHECK(spec.budget && spec.batch);
	CHECK(pair_ram_bytes(&(struct pair_config){ .ring_size = spec.ring_size,
						    .frame_bytes = spec.frame_bytes }));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char text[TEXT_MAX + 1];
	char *argv[ARGS_MAX + 1];
	struct options o;
	int argc, err;

	if (size > TEXT_MAX)
		size = TEXT_MAX;
	memcpy(text, data, size);
	text[size] = '\0';
	argc = split(text, size, argv);
	parse_all(argc, argv);
	err = options_parse(&o, OF_BENCH, argc, argv);
	CHECK(err == 0 || err == EXIT_USAGE ||
	      (err == EXIT_HOST && option_given(&o.set, OPT_SCOPE)));
	if (err || option_given(&o.set, OPT_HELP))
		return 0;
	check_values(&o.set);
	/* Their lines bring deliverers and producers along. */
	if (o.set.command->of == OF_TABLE || o.set.command->of == OF_LAZY)
		return 0;
	check_options(&o);
	make_spec(&o, SCENARIO_STREAM);
	make_spec(&o, SCENARIO_RR);
	return 0;
}
