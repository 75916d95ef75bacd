// SPDX-License-Identifier: BSD-2-Clause
// The table of options, and what reads it: units, names, repeated options, suggestions.
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench/crowd/crowd.h"
#include "bench/options/nearest.h"
#include "bench/options/scan.h"
#include "bench/options/ask.h"
#include "bench/options/set.h"
#include "bench/options/units.h"
#include "bench/options/values.h"
#include "bench/options/words.h"
#include "bench/plan/bench.h"
#include "lib/cpulist.h"
#include "lib/fd.h"
#include "tests/common/suite.h"
#include "vhost/pool_idle.h"

#define EVERY OF_ALL
#define PRESETS (OF_FIRST | OF_TABLE | OF_LAZY) /* found behind bench */

static char said[4096];

/* What `words` (blanks between) are as options of a command; what that says goes into said[]. */
static int parse(struct option_set *set, unsigned command, const char *words)
{
	static char text[512];
	char *argv[32] = { (char *)"x" }, *save = NULL;
	int argc = 1, out = dup(STDERR_FILENO), pipe_fds[2], err;
	ssize_t n;

	snprintf(text, sizeof(text), "%s", words);
	for (char *w = strtok_r(text, " ", &save); w; w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	assert_int_equal(pipe(pipe_fds), 0);
	dup2(pipe_fds[1], STDERR_FILENO);
	err = option_set_parse(set, command, argc, argv);
	dup2(out, STDERR_FILENO);
	close(out);
	close(pipe_fds[1]);
	n = read(pipe_fds[0], said, sizeof(said) - 1);
	said[n > 0 ? n : 0] = '\0';
	close(pipe_fds[0]);
	return err;
}

static void expect_refused(unsigned command, const char *words, const char *what)
{
	struct option_set set;

	if (!parse(&set, command, words))
		fail_msg("%s %s is taken", option_command(command)->name, words);
	if (!strstr(said, what) || strchr(said, '\n') != said + strlen(said) - 1)
		fail_msg("%s %s says: %s", option_command(command)->name, words, said);
}

static void expect_taken(struct option_set *set, unsigned command, const char *words)
{
	if (parse(set, command, words))
		fail_msg("%s %s: %s", option_command(command)->name, words, said);
}

/* ---- the table ---- */

/* A value that the option takes. */
static const char *some_value(const struct option_row *row)
{
	static char number[32];

	switch (row->type) {
	case OPTION_FLAG:
		return NULL;
	case OPTION_WHOLE:
	case OPTION_REAL:
	case OPTION_WHOLES:
		snprintf(number, sizeof(number), "%.10g", row->min);
		return number;
	case OPTION_CHOICE:
	case OPTION_LIST:
		return option_word_at(row, 0);
	case OPTION_NAMES:
		return row->words ? "2x" : "x";
	case OPTION_CPUS:
		return "0";
	case OPTION_PLACES:
		return "a=0";
	default:
		return "x";
	}
}

/* With the scenario that bench's own options go with. */
static void typed(const struct option_row *row, unsigned of, char *out, size_t size)
{
	const char *value = some_value(row);

	snprintf(out, size, "%s--%s%s%s", of == OF_BENCH ? "stream " : "", row->name,
		 value ? "=" : "", value ? value : "");
}

static void rows_are_sound(void **state)
{
	(void)state;
	for (size_t i = 0; option_at(i); i++) {
		const struct option_row *row = option_at(i);

		assert_true(row->of && !(row->of & ~EVERY));
		assert_true(row->type == OPTION_FLAG || row->value);
		assert_true(row->min <= row->max);
		if (row->initial && option_check(row, row->initial))
			fail_msg("--%s: its default %s is wrong", row->name, row->initial);
		assert_true(!row->difference || row->key);
		/* One after the other, and each command once. */
		for (size_t j = 0; j < i; j++) {
			if (option_at(j)->id != row->id)
				continue;
			assert_int_equal(option_at(i - 1)->id, row->id);
			assert_string_equal(option_at(j)->name, row->name);
			assert_false(option_at(j)->of & row->of);
		}
	}
}

/* What is counted elsewhere, in tables of a fixed size for example. */
static void ranges_are_those_of_the_code(void **state)
{
	(void)state;
	assert_true(option_row(OPT_RUNS, OF_BENCH)->max <= BENCH_RUNS_MAX);
	assert_true(option_row(OPT_RUNS, OF_CROWD)->max <= BENCH_RUNS_MAX);
	assert_true(option_row(OPT_WORKERS, OF_POOL)->max <= POOL_SLOTS_MAX);
	assert_true(option_row(OPT_PRODUCERS, OF_POOL)->max <= CPULIST_MAX);
}

static void every_option_is_taken_where_it_is(void **state)
{
	struct option_set set;
	char words[128];

	(void)state;
	for (size_t i = 0; option_at(i); i++) {
		for (unsigned of = 1; of & EVERY; of <<= 1)
			if (option_at(i)->of & of && !(of & PRESETS)) {
				typed(option_at(i), of, words, sizeof(words));
				expect_taken(&set, of, words);
				assert_true(option_given(&set, option_at(i)->id));
			}
	}
}

static void an_option_of_another_command_says_whose(void **state)
{
	struct option_set set;

	(void)state;
	expect_refused(OF_RUN, "--runs=5",
		       "run: --runs is not an option here but of bench, bench table, bench lazy, "
		       "bench pool, bench crowd");
	expect_refused(OF_BENCH, "table --notify=all",
		       "bench table: --notify is not an option here but of run");
	expect_refused(OF_COMPARE, "--smp=1", "not an option here but of lab");
	/* Without a scenario it is another set, too. */
	expect_refused(OF_BENCH, "--rate=5", "bench: --rate goes with a scenario");
	expect_taken(&set, OF_BENCH, "--runs=2");
	assert_true(option_real(&set, OPT_DURATION) == 0.5);
	assert_string_equal(option_text(&set, OPT_PRODUCER), "sqpoll,user");
	/* table may stand behind its options, and has its own defaults. */
	expect_taken(&set, OF_BENCH, "--runs=2 table");
	assert_true(option_real(&set, OPT_DURATION) == 2);
	assert_int_equal(option_whole(&set, OPT_RUNS), 2);
}

/* ---- numbers ---- */

static void units_are_understood(void **state)
{
	static const struct {
		const char *text;
		enum option_unit unit;
		double value; /* NAN: refused */
	} rows[] = {
		{ "3s", UNIT_SEC, 3 },
		{ "500ms", UNIT_SEC, 0.5 },
		{ "3", UNIT_SEC, 3 },
		{ "2m", UNIT_SEC, 120 },
		{ "200us", UNIT_USEC, 200 },
		{ "200", UNIT_USEC, 200 },
		{ "0.2s", UNIT_USEC, 200000 },
		{ "1.1ms", UNIT_USEC, 1100 },
		{ "1500ns", UNIT_USEC, 1.5 },
		{ "1ms", UNIT_NS, 1e6 },
		{ "2s", UNIT_MSEC, 2000 },
		{ "64K", UNIT_BYTES, 65536 },
		{ "64k", UNIT_BYTES, 65536 },
		{ "1M", UNIT_BYTES, 1048576 },
		{ "2k", UNIT_NONE, 2000 },
		{ "1M", UNIT_NONE, 1e6 },
		{ "2K", UNIT_ENTRIES, 2048 },
		{ "2G", UNIT_MIB, 2048 },
		{ "512M", UNIT_MIB, 512 },
		{ "512", UNIT_MIB, 512 },
		{ ".5", UNIT_SEC, 0.5 },
		{ "1.", UNIT_SEC, 1 },
		{ "1e3", UNIT_SEC, NAN },
		{ "1e3", UNIT_NONE, NAN },
		{ "0x10", UNIT_NONE, NAN },
		{ "-1", UNIT_SEC, NAN },
		{ "+1", UNIT_SEC, NAN },
		{ " 1", UNIT_SEC, NAN },
		{ "1 s", UNIT_SEC, NAN },
		{ "1S", UNIT_SEC, NAN },
		{ "1h", UNIT_SEC, NAN },
		{ "1K", UNIT_SEC, NAN },
		{ "1s", UNIT_BYTES, NAN },
		{ "1.2.3", UNIT_SEC, NAN },
		{ "s", UNIT_SEC, NAN },
		{ "", UNIT_SEC, NAN },
		{ ".", UNIT_SEC, NAN },
		{ "nan", UNIT_SEC, NAN },
		{ "inf", UNIT_SEC, NAN },
		{ "1ss", UNIT_SEC, NAN },
		{ "1\xc2\xb5s", UNIT_SEC, NAN },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		double v = NAN;
		bool good = units_parse(rows[i].text, rows[i].unit, &v);

		if (good == (bool)isnan(rows[i].value))
			fail_msg("'%s' is %s", rows[i].text, good ? "taken" : "refused");
		if (good && fabs(v - rows[i].value) > 1e-9 * v)
			fail_msg("'%s' is %.10g", rows[i].text, v);
	}
}

/* All options with a time, a size or a count, in every command. */
static void every_number_takes_its_units(void **state)
{
	static const char *const one[] = {
		[UNIT_NONE] = NULL, [UNIT_BYTES] = "K", [UNIT_ENTRIES] = "K", [UNIT_MIB] = "M",
		[UNIT_NS] = "ns",   [UNIT_USEC] = "us", [UNIT_MSEC] = "ms",   [UNIT_SEC] = "s",
	};
	struct option_set set;
	char words[96];

	(void)state;
	for (size_t i = 0; option_at(i); i++) {
		const struct option_row *row = option_at(i);
		double v = row->unit == UNIT_BYTES || row->unit == UNIT_ENTRIES ? 1 : row->max;
		unsigned of = row->of & -row->of;

		if ((row->type != OPTION_WHOLE && row->type != OPTION_REAL) || !one[row->unit])
			continue;
		snprintf(words, sizeof(words), "--%s=%.10g%s", row->name, v, one[row->unit]);
		expect_taken(&set, of, words);
		snprintf(words, sizeof(words), "--%s=1e1", row->name);
		expect_refused(of, words, "1e1: give ");
	}
}

static void a_whole_number_stays_whole(void **state)
{
	struct option_set set;

	(void)state;
	expect_taken(&set, OF_BENCH,
		     "stream --rto=0.2s --frame=1.5K --rate=2k --ring=1K --halt-poll=50us");
	assert_int_equal(option_whole(&set, OPT_RTO), 200000);
	assert_int_equal(option_whole(&set, OPT_FRAME), 1536);
	assert_int_equal(option_whole(&set, OPT_RATE), 2000);
	assert_int_equal(option_whole(&set, OPT_RING), 1024);
	assert_int_equal(option_whole(&set, OPT_HALT_POLL), 50000);
	expect_refused(OF_BENCH, "--sq-idle=1500us",
		       "whole milliseconds from 1 to 1000, or with a unit");
	expect_refused(OF_BENCH, "--frame=60.5", "a whole number from 60 to 65536");
	expect_refused(OF_BENCH, "--ring=2000", "power of two");
	expect_refused(OF_BENCH, "--duration=86401s", "seconds from 0.01 to 86400");
}

/* ---- names ---- */

/* The scanner's answer to a word, of one command. */
static enum scan_kind look(unsigned of, const char *word, const struct option_row **row)
{
	char *argv[] = { (char *)word, (char *)"1" };
	struct scan s = scan_start(of, 2, argv, 0);
	enum scan_kind kind = scan_next(&s);

	*row = s.row;
	return kind;
}

static void an_abbreviation_means_the_same_everywhere(void **state)
{
	char word[64];

	(void)state;
	for (size_t i = 0; option_at(i); i++) {
		size_t whole = strlen(option_at(i)->name);

		for (size_t len = 1; len <= whole; len++) {
			const struct option_row *first, *row;
			enum scan_kind kind;

			snprintf(word, sizeof(word), "--%.*s", (int)len, option_at(i)->name);
			kind = look(0, word, &first);
			for (unsigned of = 1; of & EVERY; of <<= 1) {
				assert_int_equal(look(of, word, &row), kind);
				assert_true(!row == !first && (!row || row->id == first->id));
			}
		}
	}
}

static void names_may_be_short_or_whole(void **state)
{
	const struct option_row *row;

	(void)state;
	assert_int_equal(look(OF_BENCH, "--js", &row), SCAN_OPTION);
	assert_int_equal(row->id, OPT_JSON);
	assert_int_equal(look(OF_BENCH, "--warmup", &row), SCAN_OPTION); /* and not --warmup-runs */
	assert_int_equal(row->id, OPT_WARMUP);
	assert_int_equal(look(OF_BENCH, "--warm", &row), SCAN_SEVERAL);
	assert_int_equal(look(OF_BENCH, "--mis", &row), SCAN_UNKNOWN); /* hidden */
	assert_int_equal(look(OF_BENCH, "--misbehave", &row), SCAN_OPTION);
	assert_int_equal(look(OF_BENCH, "-o", &row), SCAN_UNKNOWN);
	assert_int_equal(look(OF_REPORT, "-o", &row), SCAN_OPTION);
	assert_int_equal(look(OF_BENCH, "-", &row), SCAN_ARGUMENT);
}

static void words_are_sorted_into_options_and_arguments(void **state)
{
	struct option_set set;

	(void)state;
	expect_taken(&set, OF_REPORT, "a.json -ox.html - --format html -- --b.json -o");
	assert_string_equal(option_text(&set, OPT_OUTPUT), "x.html");
	assert_string_equal(option_text(&set, OPT_FORMAT), "html");
	assert_int_equal(set.arguments, 4);
	assert_string_equal(set.argument[1], "-");
	assert_string_equal(set.argument[2], "--b.json");
	assert_string_equal(set.argument[3], "-o");
	assert_null(set.argument[4]);
}

/* ---- given more than once ---- */

/* In every command: lists add up, all else is refused by its name. */
static void repeated_options_add_up_or_are_refused(void **state)
{
	struct option_set set;
	char once[128], twice[260];

	(void)state;
	for (size_t i = 0; option_at(i); i++) {
		const struct option_row *row = option_at(i);

		for (unsigned of = 1; of & EVERY; of <<= 1) {
			if (!(row->of & of) || of & PRESETS || row->id == OPT_HELP)
				continue;
			typed(row, of, once, sizeof(once));
			snprintf(twice, sizeof(twice), "%s %s", once, once);
			if (option_accumulates(row))
				expect_taken(&set, of, twice);
			else
				expect_refused(of, twice, "is given twice; give it once");
		}
	}
}

static void lists_add_up_in_order(void **state)
{
	struct option_set set;
	const char *word[OPTION_WORDS_MAX];
	uint32_t number[OPTION_WORDS_MAX];
	cpu_set_t cpus[ROLES] = { 0 };

	(void)state;
	expect_taken(&set, OF_BENCH,
		     "--notify=unbound --notify=direct,direct --cpus=a=0 --cpus=b=0");
	assert_int_equal(option_words(&set, OPT_NOTIFY, word), 3);
	assert_string_equal(word[0], "unbound");
	assert_string_equal(word[2], "direct");
	CPU_SET(5, &cpus[ROLE_A]);
	CPU_SET(5, &cpus[ROLE_BACKEND]);
	option_places(&set, OPT_CPUS, cpus);
	assert_true(CPU_ISSET(0, &cpus[ROLE_A]) && CPU_ISSET(0, &cpus[ROLE_B]));
	assert_true(!CPU_ISSET(5, &cpus[ROLE_A]) && CPU_ISSET(5, &cpus[ROLE_BACKEND]));
	expect_taken(&set, OF_CROWD, "--ratio=3 --ratio=1,2");
	assert_int_equal(option_numbers(&set, OPT_RATIO, number), 3);
	assert_true(number[0] == 3 && number[1] == 1 && number[2] == 2);
	expect_refused(OF_BENCH, "--preempt=current --preempt=full",
		       "--preempt=current: give it alone");
	expect_refused(
		OF_BENCH,
		"--notify=all --notify=all --notify=all --notify=all --notify=all --notify=all",
		"--notify: more than 16");
}

/* ---- suggestions ---- */

static void the_nearest_word_is_suggested(void **state)
{
	static const struct {
		unsigned of;
		const char *words, *said;
	} rows[] = {
		{ OF_BENCH, "--frames=60", "did you mean --frame?" },
		{ OF_BENCH, "--nofity=all", "did you mean --notify?" },
		{ OF_BENCH, "--warmup-run=1x", "from 0 to 1000" }, /* short for one */
		{ OF_LAB, "--kernals=6.1", "did you mean --kernels?" },
		{ OF_BENCH, "--notify=derect", "did you mean direct?" },
		{ OF_BENCH, "--notify=direct,unbuond", "did you mean unbound?" },
		{ OF_BENCH, "--preempt=ful", "did you mean full?" },
		{ OF_BENCH, "--verify=end", "did you mean ends?" },
		{ OF_POOL, "--baseline=nono", "did you mean none?" },
		{ OF_COMPARE, "--format=cvs", "did you mean csv?" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		expect_refused(rows[i].of, rows[i].words, rows[i].said);
}

static void what_is_far_is_not_suggested(void **state)
{
	struct option_set set;

	(void)state;
	assert_true(parse(&set, OF_BENCH, "--frobnicate=1") && !strstr(said, "did you mean"));
	assert_true(parse(&set, OF_BENCH, "--verify=some") && !strstr(said, "did you mean"));
	/* Another command's, and what is for the tests. */
	assert_true(parse(&set, OF_RUN, "--runz=1") && !strstr(said, "--runs"));
	assert_true(parse(&set, OF_RUN, "--misbehav=1") && !strstr(said, "did you mean"));
}

int main(void)
{
	static struct suite s;

	suite_add(&s, "rows are sound", rows_are_sound, NULL);
	suite_add(&s, "ranges are those of the code", ranges_are_those_of_the_code, NULL);
	suite_add(&s, "every option is taken where it is", every_option_is_taken_where_it_is, NULL);
	suite_add(&s, "an option of another command says whose",
		  an_option_of_another_command_says_whose, NULL);
	suite_add(&s, "units are understood", units_are_understood, NULL);
	suite_add(&s, "every number takes its units", every_number_takes_its_units, NULL);
	suite_add(&s, "a whole number stays whole", a_whole_number_stays_whole, NULL);
	suite_add(&s, "an abbreviation means the same everywhere",
		  an_abbreviation_means_the_same_everywhere, NULL);
	suite_add(&s, "names may be short or whole", names_may_be_short_or_whole, NULL);
	suite_add(&s, "words are sorted into options and arguments",
		  words_are_sorted_into_options_and_arguments, NULL);
	suite_add(&s, "repeated options add up or are refused",
		  repeated_options_add_up_or_are_refused, NULL);
	suite_add(&s, "lists add up in order", lists_add_up_in_order, NULL);
	suite_add(&s, "the nearest word is suggested", the_nearest_word_is_suggested, NULL);
	suite_add(&s, "what is far is not suggested", what_is_far_is_not_suggested, NULL);
	return suite_run(&s, "options");
}
