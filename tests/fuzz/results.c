// SPDX-License-Identifier: BSD-2-Clause
// Fuzz target: the results reader, and the reports made of what it accepts. Input: changes, then JSON text.
#include <errno.h>

#include "bench/show/report.h"
#include "tests/fuzz/fuzz.h"

/* Something of another type, or out of any range, or that would be code in a page. */
static json_t *other_value(struct input *in)
{
	static const double numbers[] = { 0, -1, 1e308, -1e308, 0.5, 4294967296.0, 1e-300 };
	uint8_t what = take8(in);

	switch (what % 8) {
	case 0:
		return json_null();
	case 1:
		return json_boolean(what & 8);
	case 2:
		return json_integer((int64_t)((uint64_t)take32(in) << 32 | take32(in)));
	case 3:
		return json_real(numbers[take8(in) % (sizeof(numbers) / sizeof(numbers[0]))]);
	case 4:
		return json_string(what & 8 ? "<x>&\"'" : "");
	case 5:
		return json_array();
	case 6:
		return json_pack("[f,n,i]", 1.5, 7);
	default:
		return json_object();
	}
}

static void change_member(json_t *o, struct input *in, unsigned steps);

/* The value at a place in the document: replaced, or gone into. */
static void change_item(json_t *a, struct input *in, unsigned steps)
{
	size_t i = take8(in) % json_array_size(a);
	json_t *child = json_array_get(a, i);

	if (steps && json_object_size(child))
		change_member(child, in, steps - 1);
	else if (take8(in) & 7)
		json_array_set_new(a, i, other_value(in));
	else
		json_array_append(a, child); /* the same once more */
}

static void change_member(json_t *o, struct input *in, unsigned steps)
{
	size_t i = take8(in) % json_object_size(o);
	void *at = json_object_iter(o);
	json_t *child;
	char key[64];

	while (i--)
		at = json_object_iter_next(o, at);
	snprintf(key, sizeof(key), "%s", json_object_iter_key(at));
	child = json_object_iter_value(at);
	if (steps && json_object_size(child))
		change_member(child, in, steps - 1);
	else if (steps && json_array_size(child))
		change_item(child, in, steps - 1);
	else if (take8(in) & 7)
		json_object_set_new(o, key, other_value(in));
	else
		json_object_del(o, key);
}

static void check_cells(const struct results *r)
{
	CHECK(r->n <= RESULTS_CELLS_MAX && r->host && r->doc);
	for (size_t i = 0; i < r->n; i++) {
		const struct result *c = &r->result[i];

		CHECK(c->label[0] && strlen(c->label) < RESULT_LABEL_MAX);
		CHECK(results_find(r, c->label) == c); /* so labels are unique */
		CHECK(c->scenario && c->accel && c->notify && c->producer && c->irq && c->preempt);
	}
}

/* Every format takes whatever was accepted, and a page has no element that came from the file. */
static void write_reports(const struct results *r)
{
	const struct report report = { .file = r, .n = 1 };

	for (int f = REPORT_HTML; f <= REPORT_JSON; f++) {
		char *text = NULL;
		size_t len = 0;
		FILE *to = open_memstream(&text, &len);

		CHECK(to);
		CHECK(report_write(&report, (enum report_format)f, to) == 0);
		fclose(to);
		CHECK(f != REPORT_HTML || !strstr(text, "<x>"));
		free(text);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	unsigned changes = take8(&in) % 8;
	const uint8_t *head = in.p;
	size_t text_at = in.left < 8u * changes ? in.left : 8u * changes;
	struct results r;
	json_t *doc = NULL;
	int err;

	if (!size)
		return 0;
	if (changes)
		doc = json_loadb((const char *)head + text_at, in.left - text_at, 0, NULL);
	in.left = text_at;
	while (json_object_size(doc) && changes--)
		change_member(doc, &in, take8(&in) % 5);
	if (doc)
		err = results_from(doc, "fuzz", &r);
	else
		err = results_parse((const char *)head + text_at, size - 1 - text_at, "fuzz", &r);
	json_decref(doc);
	CHECK(err <= 0 && (err == 0 || !r.n));
	if (!err) {
		check_cells(&r);
		write_reports(&r);
	}
	results_free(&r);
	return 0;
}
