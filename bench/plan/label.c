// SPDX-License-Identifier: BSD-2-Clause
// What a cell is called.
#include "bench/plan/label.h"

#include <stdio.h>
#include <string.h>

#define SEPARATORS " \t.,"

static void add(char *text, const char *word)
{
	size_t len = strlen(text);

	if (word && *word)
		snprintf(text + len, LABEL_MAX - len, "%s%s", len ? " " : "", word);
}

static const char *unless(const char *word, const char *usual)
{
	return word && strcmp(word, usual) == 0 ? NULL : word;
}

void label_load(const char *loop, bool open, double rate, char words[LABEL_MAX])
{
	char word[32];

	words[0] = '\0';
	add(words, loop);
	snprintf(word, sizeof(word), "open=%.0f", rate);
	add(words, open ? word : NULL);
}

void label_pool(const char *scope, bool strict, const char *wake, char words[LABEL_MAX])
{
	words[0] = '\0';
	add(words, scope);
	add(words, strict ? "strict" : NULL);
	add(words, wake);
}

/* The base slice: "slice=2x". */
static void add_slice(char *text, const char *slice)
{
	char word[32];

	snprintf(word, sizeof(word), "slice=%s", slice ? slice : "");
	add(text, slice && *slice ? word : NULL);
}

void label_make(const struct label_axes *a, char label[LABEL_MAX])
{
	char fifo[24];

	label[0] = '\0';
	add(label, a->scenario);
	add(label, a->notify);
	add(label, unless(a->producer, "user"));
	add(label, unless(a->irq, "eventfd"));
	add(label, a->preempt);
	snprintf(fifo, sizeof(fifo), "fifo=%u", a->worker_fifo);
	/* The control of that name says so already. */
	if (a->worker_fifo && !(a->control && strcmp(a->control, "fifo") == 0))
		add(label, fifo);
	add(label, a->load);
	add(label, a->pool);
	add_slice(label, a->slice);
	if (a->control && *a->control) {
		add(label, "control");
		add(label, a->control);
	}
}

void label_number(char label[LABEL_MAX], unsigned nth)
{
	char number[16];

	snprintf(number, sizeof(number), "#%u", nth);
	if (nth > 1)
		add(label, number);
}

void label_words(const struct label_axes *a, char words[LABEL_MAX])
{
	words[0] = '\0';
	add(words, a->scenario);
	add(words, a->accel);
	add(words, a->notify);
	add(words, a->producer);
	add(words, a->irq);
	add(words, a->preempt);
	add(words, a->load);
	add(words, a->pool);
	add_slice(words, a->slice);
	add(words, a->worker_fifo ? "fifo" : NULL);
	if (a->control && *a->control) {
		add(words, "control");
		add(words, a->control);
	}
}

static bool has_word(const char *words, const char *word, size_t len)
{
	while (*words) {
		size_t n = strcspn(words, " ");

		if (n == len && strncmp(words, word, len) == 0)
			return true;
		words += n;
		words += *words == ' ';
	}
	return false;
}

bool label_picks(const char *selector, size_t len, const char *words)
{
	const char *end = selector + len;

	while (selector < end) {
		size_t n = strcspn(selector, SEPARATORS);

		if (n > (size_t)(end - selector))
			n = (size_t)(end - selector);
		if (n && !has_word(words, selector, n))
			return false;
		selector += n + 1;
	}
	return true;
}

const char *label_control(const char *code)
{
	static const struct {
		const char *code, *text;
	} controls[] = {
		{ "direct", "the producer delivers itself: no mode effect expected" },
		{ "user", "producer in user mode: no mode effect expected" },
		{ "fifo", "worker SCHED_FIFO: lazy does not spare the producer" },
		{ "aa", "A/A: the same cell again" },
	};

	for (size_t i = 0; code && i < sizeof(controls) / sizeof(controls[0]); i++)
		if (strcmp(controls[i].code, code) == 0)
			return controls[i].text;
	return NULL;
}

const char *label_control_tag(const char *code)
{
	return code && strcmp(code, "aa") == 0 ? "A/A" : code;
}
