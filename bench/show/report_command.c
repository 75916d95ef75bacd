// SPDX-License-Identifier: BSD-2-Clause
// The commands that measure again: each option of the table that a result has a value of.
#include "bench/show/report_command.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/options/table.h"
#include "bench/options/words.h"

struct line {
	char *out;
	size_t size, len;
};

static void add(struct line *l, const char *text)
{
	size_t n = strlen(text);

	if (l->len + n + 1 > l->size)
		n = l->size - l->len - 1;
	memcpy(l->out + l->len, text, n);
	l->len += n;
	l->out[l->len] = '\0';
}

/* A word for a shell: what is not plainly harmless is quoted. The file may be anyone's. */
static void add_word(struct line *l, const char *option, const char *value)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789_,.:=/+@%-";
	char one[2] = "";

	if (l->len)
		add(l, " ");
	add(l, option);
	if (*value && strspn(value, plain) == strlen(value)) {
		add(l, value);
		return;
	}
	add(l, "'");
	for (; *value; value++) {
		one[0] = *value;
		add(l, *value == '\'' ? "'\\''" : one);
	}
	add(l, "'");
}

/* `value`: NULL, it takes none. */
static void add_option(struct line *l, const struct option_row *row, const char *value)
{
	char option[48];

	snprintf(option, sizeof(option), "--%s%s", row->name, value ? "=" : "");
	if (value) {
		add_word(l, option, value);
		return;
	}
	add(l, " ");
	add(l, option);
}

static void add_number(struct line *l, const struct option_row *row, double v)
{
	char number[32];

	snprintf(number, sizeof(number), "%.10g", v);
	add_option(l, row, number);
}

/* 0 stands for what has no effect here; and where it is the default it need not be said. */
static bool says_nothing(const struct option_row *row, double v)
{
	return v < row->min || (v == 0 && row->initial && strcmp(row->initial, "0") == 0);
}

static void add_key(struct line *l, const struct result *c, const struct option_row *row)
{
	const json_t *v = results_get(c->json, row->key);

	if (json_is_string(v))
		add_option(l, row, json_string_value(v));
	else if (json_is_number(v) && !says_nothing(row, json_number_value(v)))
		add_number(l, row, json_number_value(v));
	else if (json_is_boolean(v) && option_flag(row, json_is_true(v)) &&
		 strcmp(option_flag(row, json_is_true(v)), row->initial) != 0)
		add_option(l, row, option_flag(row, json_is_true(v)));
}

static void add_cpus(struct line *l, const struct result *c)
{
	json_t *cpus = results_get(c->json, "placement");
	char text[512];
	size_t n = 0;

	for (void *i = json_object_iter(cpus); i; i = json_object_iter_next(cpus, i)) {
		const char *list = json_string_value(json_object_iter_value(i));

		if (list && n < sizeof(text))
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s=%s", n ? "," : "",
					      json_object_iter_key(i), list);
	}
	if (n && n < sizeof(text))
		add_option(l, option_row(OPT_CPUS, OF_BENCH), text);
}

/* null, with KVM, stands for what the host had set; a file that does not say is older. */
static void add_halt_poll(struct line *l, const struct result *c, const struct option_row *row)
{
	const json_t *v = json_object_get(c->json, row->key);

	if (json_is_number(v))
		add_number(l, row, json_number_value(v));
	else if (json_is_null(v) && strcmp(c->accel, "kvm") == 0)
		add_option(l, row, "host");
}

/* What was measured is a little longer than what was asked for, which older files do not say. */
static void add_duration(struct line *l, const struct result *c, const struct option_row *row)
{
	double asked = floor(results_number(c->json, "duration_s") * 20) / 20;

	if (results_get(c->json, row->key))
		add_key(l, c, row);
	else
		add_number(l, row, asked > row->min ? asked : row->min);
}

static const struct option_row *lab_row(enum option_id id)
{
	return option_row(id, OF_LAB);
}

/* `tandem`, or the lab in front of it. */
static void add_start(struct line *l, const struct results *f, const struct result *c)
{
	const json_t *lab = results_get(c->json, "lab");
	const char *kernel = results_string(lab, "kernel", "");
	char release[48];

	add(l, "tandem");
	if (!lab)
		return;
	add(l, " lab");
	add_option(l, lab_row(OPT_ARCH),
		   results_string(lab, "arch", results_string(f->host, "arch", "")));
	/* linux-image-7.2.12+deb13-cloud-amd64: as `tandem lab --kernels=` takes it. */
	if (sscanf(kernel, "linux-image-%40[^- ]", release) == 1) {
		strcat(release, strstr(kernel, "-rt-") ? "-rt" : "");
		add_option(l, lab_row(OPT_KERNELS), release);
	}
	if (results_number(lab, "smp") > 0)
		add_number(l, lab_row(OPT_SMP), results_number(lab, "smp"));
	if (results_true(lab, "deterministic"))
		add_option(l, lab_row(OPT_DETERMINISTIC), NULL);
	else if (results_number(lab, "smp") > 1 && !results_true(lab, "one_thread"))
		add_option(l, lab_row(OPT_PARALLEL), NULL);
	add_option(l, lab_row(OPT_PREEMPT), results_string(c->json, "preempt", ""));
	add(l, " --");
}

/* What it was switched to, the host being in another mode; NULL: it was not. */
static const char *switched_to(const struct results *f, const struct result *c)
{
	const char *mode = results_string(c->json, "preempt_rt", NULL);
	const char *host = mode ? results_string(f->host, "preempt_rt", mode)
				: results_string(f->host, "preempt.mode", c->preempt);

	if (!mode)
		mode = c->preempt;
	return results_get(c->json, "lab") || strcmp(host, mode) == 0 ? NULL : mode;
}

static void add_preempt(struct line *l, const struct results *f, const struct result *c,
			const struct option_row *row)
{
	if (switched_to(f, c))
		add_option(l, row, switched_to(f, c));
}

static void add_busy_poll(struct line *l, const struct result *c, const struct option_row *row)
{
	if (results_true(c->json, "busy_poll_auto"))
		add_option(l, row, "auto");
	else
		add_key(l, c, row);
}

/* Some results mean another value than they say. */
static void add_row(struct line *l, const struct results *f, const struct result *c,
		    const struct option_row *row)
{
	switch (row->id) {
	case OPT_PREEMPT:
		add_preempt(l, f, c, row);
		return;
	case OPT_HALT_POLL:
		add_halt_poll(l, c, row);
		return;
	case OPT_DURATION:
		add_duration(l, c, row);
		return;
	case OPT_BUSY_POLL:
		add_busy_poll(l, c, row);
		return;
	case OPT_CPUS:
		add_cpus(l, c);
		return;
	case OPT_IRQ: /* host threads have none */
		if (strcmp(c->irq, "eventfd") != 0)
			add_key(l, c, row);
		return;
	default:
		add_key(l, c, row);
	}
}

void report_command(const struct results *f, const struct result *c, char *out, size_t size)
{
	struct line l = { out, size, 0 };

	add_start(&l, f, c);
	add(&l, " bench");
	add_word(&l, "", c->scenario);
	for (size_t i = 0; option_at(i); i++)
		if (option_at(i)->of & OF_BENCH && option_at(i)->key)
			add_row(&l, f, c, option_at(i));
}

void report_file_command(const struct results *f, char *out, size_t size)
{
	const json_t *words = results_get(f->doc, "command");
	struct line l = { out, size, 0 };

	*out = '\0';
	for (size_t i = 0; i < json_array_size(words); i++)
		add_word(&l, "", json_string_value(json_array_get(words, i)));
}
