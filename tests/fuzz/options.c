// SPDX-License-Identifier: BSD-2-Clause
// Fuzz target: the options of run and bench. Input: the arguments, each ended by a zero byte.
#include <getopt.h>

#include "cli/cli.h"
#include "cli/options.h"
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
	CHECK(o->accel);
	CHECK(o->nnotify <= NOTIFY_MAX && o->nproducer <= NOTIFY_MAX && o->nirq <= NOTIFY_MAX);
	CHECK(o->nproducer && o->nirq && o->npreempt <= PREEMPT_MODES_MAX);
	for (unsigned i = 0; i < o->nnotify; i++)
		CHECK(o->notify[i] && o->notify[i]->name);
	for (unsigned i = 0; i < o->npreempt; i++)
		CHECK(o->preempt[i]);
	CHECK(o->ring_size && o->ring_size <= VIRTQ_SIZE_MAX && !(o->ring_size & (o->ring_size - 1)));
	CHECK(o->runs && o->budget && o->batch);
	for (unsigned r = 0; r < ROLES; r++)
		CHECK(CPU_COUNT(&o->cpus[r]) > 0);
	/* Not a number, or more than fits, would be undefined when converted. */
	CHECK(o->duration_s < 1e6 && o->warmup_s >= 0 && o->warmup_s < 1e6);
}

static void make_spec(struct options *o, enum scenario s)
{
	struct cell_spec spec;
	int err = options_spec(o, s, o->notify[0], o->producer[0], o->irq[0], &accel_thread,
			       1000000000, &spec);

	CHECK(err == 0 || err == EXIT_USAGE);
	if (err)
		return;
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
	int argc, first = 0, err;

	if (size > TEXT_MAX)
		size = TEXT_MAX;
	memcpy(text, data, size);
	text[size] = '\0';
	argc = split(text, size, argv);
	optind = 0; /* getopt_long(): from the start */
	err = options_parse(&o, argc, argv, &first);
	CHECK(err == 0 || err == EXIT_USAGE);
	if (err)
		return 0;
	CHECK(first >= 1 && first <= argc);
	options_default_notify(&o, "direct");
	check_options(&o);
	make_spec(&o, SCENARIO_STREAM);
	make_spec(&o, SCENARIO_RR);
	return 0;
}
