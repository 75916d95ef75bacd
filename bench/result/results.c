// SPDX-License-Identifier: BSD-2-Clause
// Reads a results file (tandem-bench/1) back.
#include "bench/result/results.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/result/results_rules.h"
#include "lib/fd.h"
#include "lib/log.h"

#define WAY_OUT "give a file that `tandem bench --json=FILE` has written"
#define FIRST_READ 65536u

static int complain(const char *name, const char *what)
{
	log_error("%s: %s; " WAY_OUT, name, what);
	return -EBADMSG;
}

/* All of `fd`, up to one byte more than may be. *out is to be freed in any case. */
static int read_all(int fd, char **out, size_t *len)
{
	size_t size = 0;
	ssize_t got;

	do {
		if (*len == size) {
			char *more;

			size = size ? size * 2 : FIRST_READ;
			more = realloc(*out, size);
			if (!more)
				return -ENOMEM;
			*out = more;
		}
		got = read(fd, *out + *len, size - *len);
		if (got < 0 && errno != EINTR)
			return -errno;
		*len += got > 0 ? (size_t)got : 0;
	} while (got != 0 && *len <= RESULTS_BYTES_MAX);
	return *len > RESULTS_BYTES_MAX ? -EFBIG : 0;
}

/* Conditions at their default say nothing: they are left out. */
static void make_label(struct result *c)
{
	const char *control = results_string(c->json, "control", NULL);
	double fifo = results_number(c->json, "worker_fifo");
	size_t n;

	n = (size_t)snprintf(c->label, sizeof(c->label), "%.16s %.16s", c->scenario, c->notify);
	if (results_string(c->json, "loop", NULL))
		n += (size_t)snprintf(c->label + n, sizeof(c->label) - n, " %.16s",
				      results_string(c->json, "loop", ""));
	if (strcmp(c->producer, "user") != 0)
		n += (size_t)snprintf(c->label + n, sizeof(c->label) - n, " %.16s", c->producer);
	if (strcmp(c->irq, "auto") != 0 && strcmp(c->irq, "eventfd") != 0)
		n += (size_t)snprintf(c->label + n, sizeof(c->label) - n, " %.16s", c->irq);
	n += (size_t)snprintf(c->label + n, sizeof(c->label) - n, " %.16s", c->preempt);
	if (fifo > 0)
		n += (size_t)snprintf(c->label + n, sizeof(c->label) - n, " fifo");
	if (control && (strncmp(control, "A/A", 3) == 0 || strcmp(control, "aa") == 0))
		snprintf(c->label + n, sizeof(c->label) - n, " A/A");
}

/*
 * `names`: each label that is taken, with the number of its last namesake. The second of a name is
 * "NAME #2".
 */
static int make_unique(json_t *names, char label[RESULT_LABEL_MAX])
{
	char name[RESULT_LABEL_MAX - sizeof(" #4294967295")];
	unsigned nth;

	if (!json_object_get(names, label))
		return json_object_set_new_nocheck(names, label, json_integer(1));
	snprintf(name, sizeof(name), "%.*s", (int)sizeof(name) - 1, label);
	nth = (unsigned)json_integer_value(json_object_get(names, name));
	do {
		nth = nth ? nth + 1 : 2;
		snprintf(label, RESULT_LABEL_MAX, "%s #%u", name, nth);
	} while (json_object_get(names, label));
	return json_object_set_new_nocheck(names, name, json_integer(nth)) |
	       json_object_set_new_nocheck(names, label, json_integer(1));
}

/* An RT kernel is one that is full or one that is lazy: figures of the two are not of one mode. */
static const char *preempt_of(const json_t *json)
{
	const char *mode = results_string(json, "preempt", "");
	const char *rt = results_string(json, "preempt_rt", "");

	if (strcmp(mode, "rt") != 0)
		return mode;
	return strcmp(rt, "full") == 0 ? "rt-full" : strcmp(rt, "lazy") == 0 ? "rt-lazy" : mode;
}

static void fill(struct result *c, json_t *json)
{
	const char *label = results_string(json, "label", "");

	c->json = json;
	c->scenario = results_string(json, "scenario", "");
	c->accel = results_string(json, "accel", "");
	c->notify = results_string(json, "notify", "");
	c->producer = results_string(json, "producer", "");
	c->irq = results_string(json, "irq", "");
	c->preempt = preempt_of(json);
	c->gbps = results_number(json, "gbps");
	c->runs = (unsigned)fmin(results_number(json, "runs"), 1e9);
	if (*label)
		snprintf(c->label, sizeof(c->label), "%s", label);
	else
		make_label(c);
}

static int fill_all(struct results *r, json_t *list)
{
	json_t *names = json_object();
	int err = names ? 0 : -1;

	for (size_t i = 0; i < r->n && !err; i++) {
		fill(&r->result[i], json_array_get(list, i));
		r->gated |= results_get(r->result[i].json, "loop") != NULL;
		err = make_unique(names, r->result[i].label);
	}
	json_decref(names);
	if (!err)
		return 0;
	log_errno(-ENOMEM, "%s", r->path);
	results_free(r);
	return -ENOMEM;
}

int results_from(json_t *doc, const char *name, struct results *r)
{
	json_t *list = json_object_get(doc, "results");
	char why[512];

	*r = (struct results){ 0 };
	if (!results_check(doc, why, sizeof(why)))
		return complain(name, why);
	if (json_array_size(list) > RESULTS_CELLS_MAX) {
		log_error("%s: results: more than %u cells; split the file", name,
			  RESULTS_CELLS_MAX);
		return -EFBIG;
	}
	r->path = strdup(name);
	r->result = calloc(json_array_size(list) + 1, sizeof(*r->result));
	if (!r->path || !r->result) {
		results_free(r);
		return log_errno(-ENOMEM, "%s", name);
	}
	r->doc = json_incref(doc);
	r->host = json_object_get(doc, "host");
	r->n = json_array_size(list);
	return fill_all(r, list);
}

int results_parse(const char *text, size_t len, const char *name, struct results *r)
{
	char what[512];
	json_error_t e;
	json_t *doc;
	int err;

	*r = (struct results){ 0 };
	if (!len)
		return complain(name, "is empty");
	doc = json_loadb(text, len, JSON_REJECT_DUPLICATES, &e);
	if (!doc) {
		snprintf(what, sizeof(what), "line %d, column %d: no JSON, or cut off: %s", e.line,
			 e.column, e.text);
		return complain(name, what);
	}
	err = results_from(doc, name, r);
	json_decref(doc);
	return err;
}

int results_read(const char *path, struct results *r)
{
	bool input = strcmp(path, "-") == 0;
	const char *name = input ? "standard input" : path;
	int fd = input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC), err;
	char *text = NULL;
	size_t len = 0;

	*r = (struct results){ 0 };
	if (fd < 0)
		return log_errno(-errno, "%s: cannot be opened", path);
	err = read_all(fd, &text, &len);
	if (err == -EFBIG)
		log_error("%s: larger than %u MiB; " WAY_OUT, name, RESULTS_BYTES_MAX >> 20);
	else if (err)
		log_errno(err, "%s: cannot be read", name);
	else
		err = results_parse(text, len, name, r);
	if (!input)
		fd_close(&fd);
	free(text);
	return err;
}

void results_free(struct results *r)
{
	json_decref(r->doc);
	free(r->result);
	free(r->path);
	*r = (struct results){ 0 };
}

const struct result *results_find(const struct results *r, const char *label)
{
	for (size_t i = 0; i < r->n; i++)
		if (strcmp(r->result[i].label, label) == 0)
			return &r->result[i];
	return NULL;
}

json_t *results_get(const json_t *o, const char *path)
{
	json_t *v = (json_t *)o;
	char key[64];
	size_t n;

	while (v && *path) {
		n = strcspn(path, ".");
		if (n >= sizeof(key))
			return NULL;
		memcpy(key, path, n);
		key[n] = '\0';
		v = json_object_get(v, key);
		path += n + (path[n] == '.');
	}
	return json_is_null(v) ? NULL : v;
}

double results_number(const json_t *o, const char *path)
{
	const json_t *v = results_get(o, path);

	return json_is_number(v) ? json_number_value(v) : NAN;
}

const char *results_string(const json_t *o, const char *path, const char *otherwise)
{
	const json_t *v = results_get(o, path);

	return json_is_string(v) ? json_string_value(v) : otherwise;
}

bool results_true(const json_t *o, const char *path)
{
	return json_is_true(results_get(o, path));
}

size_t results_samples(const struct result *c, const char *metric, double *out, size_t max)
{
	const json_t *list = json_object_get(json_object_get(c->json, "samples"), metric), *v;
	size_t n = json_array_size(list);

	if (n > max)
		n = max;
	for (size_t i = 0; i < n; i++) {
		v = json_array_get(list, i);
		out[i] = json_is_number(v) ? json_number_value(v) : NAN;
	}
	return n;
}
