// SPDX-License-Identifier: BSD-2-Clause
// What follows from an option's row: its key in results is checked, compared and repeated.
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/options/table.h"
#include "bench/options/ask.h"
#include "bench/options/set.h"
#include "bench/options/words.h"
#include "bench/result/results.h"
#include "bench/result/results_rules.h"
#include "bench/show/compare.h"
#include "bench/show/compare_conditions.h"
#include "bench/show/report_command.h"
#include "tests/common/suite.h"

/* A result that has nothing but what all must have, as stream on KVM. */
static json_t *plain_document(void)
{
	json_t *doc = json_pack("{s:s,s:{},s:[{s:s,s:s,s:s,s:s,s:s,s:s,s:n,s:f,s:i,s:f}]}",
				"schema", "tandem-bench/1", "host", "results", "scenario", "stream",
				"accel", "kvm", "notify", "direct", "producer", "user", "irq",
				"msi", "preempt", "lazy", "frame_bytes", "duration_s", 1.0, "runs",
				5, "gbps", 1.0);

	assert_non_null(doc);
	return doc;
}

/* Puts a value where a key ("load.rate") leads to. */
static void put(json_t *doc, const char *key, json_t *value)
{
	json_t *o = json_array_get(json_object_get(doc, "results"), 0);
	const char *dot = strchr(key, '.');
	char outer[32];

	if (dot) {
		snprintf(outer, sizeof(outer), "%.*s", (int)(dot - key), key);
		if (!json_object_get(o, outer))
			json_object_set_new(o, outer, json_object());
		o = json_object_get(o, outer);
	}
	assert_int_equal(json_object_set_new(o, dot ? dot + 1 : key, value), 0);
}

/* The n-th of an option's values, as a result has it. */
static json_t *value_of(const struct option_row *row, unsigned n)
{
	switch (row->type) {
	case OPTION_FLAG:
		return json_boolean(n);
	case OPTION_WHOLE:
	case OPTION_REAL:
		return json_real(row->power_of_two ? 2 << n : row->min + 1 + n);
	case OPTION_PLACES:
		return json_pack("{s:s}", "backend", n ? "1" : "0");
	case OPTION_NAMES:
		return json_string(n ? "2x" : "3x");
	case OPTION_TEXT:
		return json_string(n ? "+ring_packed" : "default");
	case OPTION_FILE:
		return json_string(n ? "/boot/new" : "/boot/old");
	default:
		return option_flag(row, true) ? json_boolean(n)
					      : json_string(option_word_at(row, n));
	}
}

/* Rows that have a key of their own. */
static const struct option_row *next_keyed(size_t *i)
{
	const struct option_row *row;

	while ((row = option_at((*i)++)) != NULL)
		if (row->key && option_by_key(row->key) == row)
			return row;
	return NULL;
}

static void one_option_has_one_key(void **state)
{
	(void)state;
	for (size_t i = 0; option_at(i); i++)
		for (size_t j = 0; j < i; j++) {
			const struct option_row *a = option_at(i), *b = option_at(j);

			if (a->key && b->key && strcmp(a->key, b->key) == 0) {
				assert_int_equal(a->id, b->id);
				assert_int_equal(a->difference, b->difference);
			}
			if (a->key && b->key && a->id == b->id)
				assert_string_equal(a->key, b->key);
		}
}

static void every_key_is_checked(void **state)
{
	const struct option_row *row;
	char why[256];

	(void)state;
	for (size_t i = 0; (row = next_keyed(&i)) != NULL;) {
		json_t *good = plain_document(), *bad = plain_document();

		put(good, row->key, value_of(row, 1));
		put(bad, row->key, json_array());
		if (!results_check(good, why, sizeof(why)))
			fail_msg("--%s: %s", row->name, why);
		if (results_check(bad, why, sizeof(why)))
			fail_msg("--%s: %s may be anything", row->name, row->key);
		assert_non_null(strstr(why, row->key));
		json_decref(good);
		json_decref(bad);
	}
}

/* What compare notes of a key that differs. */
static const struct compare_note *note_of(const struct compare *c, const char *key)
{
	for (size_t i = 0; i < c->notes; i++)
		if (strstr(c->note[i].text, key))
			return &c->note[i];
	return NULL;
}

static void compare_documents(struct compare *c, const struct option_row *row)
{
	static const char *const all[COMPARE_SIDES] = { NULL, NULL };
	const char *said = row->id == OPT_HALT_POLL ? "halt polling" : row->key;
	struct results file[COMPARE_SIDES] = { 0 };
	const struct compare_note *note;

	for (unsigned s = 0; s < COMPARE_SIDES; s++) {
		json_t *doc = plain_document();

		put(doc, row->key, value_of(row, s));
		assert_int_equal(results_from(doc, "it", &file[s]), 0);
		json_decref(doc);
	}
	memset(c, 0, sizeof(*c));
	if (compare_files(c, &file[OLD], &file[NEW], all))
		fail_msg("%s keeps cells apart", row->key);
	note = note_of(c, said);
	if (!note)
		fail_msg("%s differs, and nothing is said", row->key);
	else if (note->refuses != (row->difference == DIFFERS_REFUSED))
		fail_msg("%s: %s", row->key, note->refuses ? "refused" : "only noted");
	compare_free(c);
	results_free(&file[OLD]);
	results_free(&file[NEW]);
}

static void every_difference_is_said(void **state)
{
	struct compare *c = malloc(sizeof(*c));
	const struct option_row *row;

	(void)state;
	assert_non_null(c);
	for (size_t i = 0; (row = next_keyed(&i)) != NULL;)
		/* accel is an axis of labels, too; the load is one when it is all that differs. */
		if ((row->difference == DIFFERS_REFUSED || row->difference == DIFFERS_WARNED) &&
		    row->id != OPT_ACCEL)
			compare_documents(c, row);
	free(c);
}

/* Cuts a command that needs no quoting into words. */
static int cut(char *text, char **argv)
{
	char *save = NULL;
	int argc = 0;

	for (char *w = strtok_r(text, " ", &save); w && argc < 63; w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	return argc;
}

/* All options of a result are in its command, which is read back as the same. */
static void every_option_is_repeated(void **state)
{
	static struct option_set set;
	json_t *doc = plain_document();
	const struct option_row *row;
	struct results r = { 0 };
	char command[4096], *argv[64];
	int argc;

	(void)state;
	for (size_t i = 0; (row = next_keyed(&i)) != NULL;)
		if (option_row(row->id, OF_BENCH) && option_row(row->id, OF_BENCH)->key)
			put(doc, row->key, value_of(row, 1));
	json_object_set_new(json_object_get(doc, "host"), "preempt",
			    json_pack("{s:s}", "mode", "none"));
	put(doc, "placement", json_pack("{s:s}", "backend", "0"));
	assert_int_equal(results_from(doc, "it", &r), 0);
	report_command(&r, &r.result[0], command, sizeof(command));
	argc = cut(command, argv);
	/* tandem bench stream ... */
	assert_true(argc > 3);
	assert_int_equal(option_set_parse(&set, OF_BENCH, argc - 1, argv + 1), 0);
	for (size_t i = 0; (row = next_keyed(&i)) != NULL;) {
		const struct option_row *own = option_row(row->id, OF_BENCH);
		const json_t *v = results_get(r.result[0].json, row->key);

		if (!own || !own->key || row->id == OPT_FILTERS) /* on: the default */
			continue;
		if (!option_given(&set, row->id))
			fail_msg("--%s is not repeated", row->name);
		if (json_is_number(v))
			assert_true(option_real(&set, row->id) == json_number_value(v));
		else if (json_is_string(v))
			assert_string_equal(option_text(&set, row->id), json_string_value(v));
	}
	results_free(&r);
	json_decref(doc);
}

int main(void)
{
	static struct suite s;

	suite_add(&s, "one option has one key", one_option_has_one_key, NULL);
	suite_add(&s, "every key is checked", every_key_is_checked, NULL);
	suite_add(&s, "every difference is said", every_difference_is_said, NULL);
	suite_add(&s, "every option is repeated", every_option_is_repeated, NULL);
	return suite_run(&s, "option_uses");
}
