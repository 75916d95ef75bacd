// SPDX-License-Identifier: BSD-2-Clause
// The table of cells: which columns, and what is in them.
#include "bench/show/report_table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/plan/label.h"
#include "bench/show/report_cells.h"

const char *const report_sections[] = {
	"stream gated by its notifications", "stream", "rr", "pool", "crowd", "tcp", NULL
};

const char *report_section(const struct result *c)
{
	for (size_t i = 2; report_sections[i]; i++)
		if (strcmp(c->scenario, report_sections[i]) == 0)
			return report_sections[i];
	return report_sections[!results_string(c->json, "loop", NULL)];
}

static void slice(const struct result *c, char *out, size_t size)
{
	snprintf(out, size, "%s", results_string(c->json, "slice.asked", ""));
}

static void preempt(const struct result *c, char *out, size_t size)
{
	snprintf(out, size, "%s", c->preempt);
}

static void notify(const struct result *c, char *out, size_t size)
{
	snprintf(out, size, "%s", c->notify);
}

static void producer(const struct result *c, char *out, size_t size)
{
	snprintf(out, size, "%s", c->producer);
}

static void irq(const struct result *c, char *out, size_t size)
{
	snprintf(out, size, "%s", c->irq);
}

static void kernel(const struct result *c, char *out, size_t size)
{
	const char *name = results_string(c->json, "lab.kernel", "");

	/* linux-image-VERSION-FLAVOUR PACKAGE-VERSION: the middle tells. */
	if (strncmp(name, "linux-image-", 12) == 0)
		name += 12;
	snprintf(out, size, "%.*s", (int)strcspn(name, " "), name);
}

static void arch(const struct result *c, char *out, size_t size)
{
	snprintf(out, size, "%s", results_string(c->json, "lab.arch", ""));
}

static void loop(const struct result *c, char *out, size_t size)
{
	double rate = results_number(c->json, "load.rate");

	if (strcmp(results_string(c->json, "load.loop", "closed"), "open") == 0)
		snprintf(out, size, "%s %.0f/s", results_string(c->json, "load.arrivals", "open"),
			 rate > 0 ? rate : 0);
}

static void rate(const struct result *c, char *out, size_t size)
{
	report_number(report_rate(c), "", out, size);
}

static void interval(const struct result *c, char *out, size_t size)
{
	char a[REPORT_NUMBER_MAX], b[REPORT_NUMBER_MAX];
	double lo, hi;

	if (report_interval(c, report_rate_key(c), &lo, &hi))
		snprintf(out, size, "%s to %s", report_number(lo, "", a, sizeof(a)),
			 report_number(hi, "", b, sizeof(b)));
}

static void number_at(const struct result *c, const char *path, char *out, size_t size)
{
	/* Of nothing measured even the maximum is 0. */
	if (results_number(c->json, "notify_us.n") > 0 || strncmp(path, "notify_us", 9) != 0)
		report_number(results_number(c->json, path), "", out, size);
}

static void p99_9(const struct result *c, char *out, size_t size)
{
	/* Below 1,000 it is the maximum, and that has a column. */
	if (results_number(c->json, "notify_us.n") >= 1000)
		number_at(c, "notify_us.p99_9", out, size);
}

static void per_second(const struct result *c, const char *path, char *out, size_t size)
{
	double time = results_number(c->json, "duration_s") * c->runs;

	if (time > 0)
		report_number(results_number(c->json, path) / time, "", out, size);
}

static void notifications(const struct result *c, char *out, size_t size)
{
	per_second(c, "notifications", out, size);
}

static void interrupts(const struct result *c, char *out, size_t size)
{
	per_second(c, "interrupts", out, size);
}

static void count(const struct result *c, const char *path, char *out, size_t size)
{
	double v = results_number(c->json, path);

	if (c->runs && !isnan(v))
		snprintf(out, size, "%.0f", v);
}

static void lost(const struct result *c, char *out, size_t size)
{
	count(c, "lost", out, size);
}

static void out_of_order(const struct result *c, char *out, size_t size)
{
	count(c, "out_of_order", out, size);
}

static void retransmits(const struct result *c, char *out, size_t size)
{
	count(c, "retransmits", out, size);
}

static void dsack(const struct result *c, char *out, size_t size)
{
	count(c, "tcp.dsack_dups", out, size);
}

static void versus(const struct result *c, char *out, size_t size)
{
	const json_t *o = json_object_get(results_get(c->json, "vs_baseline"), report_rate_key(c));
	double ratio = results_number(o, "ratio");

	if (json_is_false(json_object_get(o, "different")))
		snprintf(out, size, "~");
	else if (!isnan(ratio))
		snprintf(out, size, "%.2fx", ratio);
}

static void note(const struct result *c, char *out, size_t size)
{
	const char *error = results_string(c->json, "error", NULL), *control = report_control(c);

	if (error)
		snprintf(out, size, "failed: %s", error);
	else if (!c->runs)
		snprintf(out, size, "not reached");
	else if (results_true(c->json, "cut_short"))
		snprintf(out, size, "cut short");
	else if (control)
		snprintf(out, size, "control: %s",
			 label_control_tag(results_string(c->json, "control", control)));
}

static void label(const struct result *c, char *out, size_t size)
{
	snprintf(out, size, "%s", c->label);
}

static void share(const struct result *c, const char *path, char *out, size_t size)
{
	report_number(results_number(c->json, path) * 100, "", out, size);
}

static void holder(const struct result *c, char *out, size_t size)
{
	share(c, "waits.holder_preempted.share_of_time", out, size);
}

static void queue(const struct result *c, char *out, size_t size)
{
	share(c, "waits.queue_preempted.share_of_time", out, size);
}

static const struct report_column of_pools[] = {
	{ "cell", true, REPORT_ALWAYS, .value = label },
	{ "items/s", false, REPORT_ALWAYS, .value = rate },
	{ "over runs", false, REPORT_IF_ANY, .value = interval },
	{ "vs base", false, REPORT_IF_ANY, .value = versus },
	{ "queue p50 us", false, REPORT_IF_ANY, .path = "queue_us.p50" },
	{ "queue p99 us", false, REPORT_IF_ANY, .path = "queue_us.p99" },
	{ "execute p50 us", false, REPORT_IF_ANY, .path = "execute_us.p50" },
	{ "execute p99 us", false, REPORT_IF_ANY, .path = "execute_us.p99" },
	{ "", true, REPORT_IF_ANY, .value = note },
	{ 0 },
};

static const struct report_column of_crowds[] = {
	{ "cell", true, REPORT_ALWAYS, .value = label },
	{ "per s", false, REPORT_ALWAYS, .value = rate },
	{ "over runs", false, REPORT_IF_ANY, .value = interval },
	{ "vs base", false, REPORT_IF_ANY, .value = versus },
	{ "wait p50 us", false, REPORT_IF_ANY, .path = "wait_us.p50" },
	{ "wait p99 us", false, REPORT_IF_ANY, .path = "wait_us.p99" },
	{ "wait max us", false, REPORT_IF_ANY, .path = "wait_us.max" },
	{ "hold %", false, REPORT_IF_ANY, .value = holder },
	{ "queue %", false, REPORT_IF_ANY, .value = queue },
	{ "", true, REPORT_IF_ANY, .value = note },
	{ 0 },
};

static const struct report_column of_tcp[] = {
	{ "preempt", true, REPORT_AXIS, .value = preempt },
	{ "notify", true, REPORT_ALWAYS, .value = notify },
	{ "producer", true, REPORT_AXIS, .value = producer },
	{ "irq", true, REPORT_AXIS, .value = irq },
	{ "Gb/s", false, REPORT_ALWAYS, .value = rate },
	{ "over runs", false, REPORT_IF_ANY, .value = interval },
	{ "vs base", false, REPORT_IF_ANY, .value = versus },
	{ "trips/s", false, REPORT_ALWAYS, .path = "round_trips_per_s" },
	{ "RTT p50 us", false, REPORT_IF_ANY, .path = "tcp.rtt_us.p50" },
	{ "RTT p99 us", false, REPORT_IF_ANY, .path = "tcp.rtt_us.p99" },
	{ "trip p50 us", false, REPORT_IF_ANY, .path = "tcp.trip_us.p50" },
	{ "trip p99 us", false, REPORT_IF_ANY, .path = "tcp.trip_us.p99" },
	{ "retx", false, REPORT_ALWAYS, .value = retransmits },
	{ "dsack", false, REPORT_IF_ANY, .value = dsack },
	{ "ooo", false, REPORT_IF_ANY, .value = out_of_order },
	{ "notif/s", false, REPORT_ALWAYS, .value = notifications },
	{ "irq/s", false, REPORT_ALWAYS, .value = interrupts },
	{ "", true, REPORT_IF_ANY, .value = note },
	{ 0 },
};

static const struct report_column of_pairs[] = {
	{ "kernel", true, REPORT_AXIS, .value = kernel },
	{ "arch", true, REPORT_AXIS, .value = arch },
	{ "preempt", true, REPORT_AXIS, .value = preempt },
	{ "slice", true, REPORT_AXIS, .value = slice },
	{ "notify", true, REPORT_ALWAYS, .value = notify },
	{ "producer", true, REPORT_AXIS, .value = producer },
	{ "irq", true, REPORT_AXIS, .value = irq },
	{ "load", true, REPORT_AXIS, .value = loop },
	{ NULL, false, REPORT_ALWAYS, .value = rate }, /* see headed() */
	{ "over runs", false, REPORT_IF_ANY, .value = interval },
	{ "vs base", false, REPORT_IF_ANY, .value = versus },
	{ "p50 us", false, REPORT_ALWAYS, .path = "notify_us.p50" },
	{ "p99 us", false, REPORT_ALWAYS, .path = "notify_us.p99" },
	{ "p99.9 us", false, REPORT_IF_ANY, .value = p99_9 },
	{ "max us", false, REPORT_ALWAYS, .path = "notify_us.max" },
	{ "age p50 us", false, REPORT_IF_ANY, .path = "frame_us.p50" },
	{ "age p99 us", false, REPORT_IF_ANY, .path = "frame_us.p99" },
	{ "request p99 us", false, REPORT_IF_ANY, .path = "latency_us.p99" },
	{ "notif/s", false, REPORT_ALWAYS, .value = notifications },
	{ "irq/s", false, REPORT_ALWAYS, .value = interrupts },
	{ "lost", false, REPORT_ALWAYS, .value = lost },
	{ "ooo", false, REPORT_IF_ANY, .value = out_of_order },
	{ "retx", false, REPORT_IF_ANY, .value = retransmits },
	{ NULL, false, REPORT_IF_ANY, .value = report_x_floor },
	{ "", true, REPORT_IF_ANY, .value = note },
	{ 0 },
};

static const struct report_column *columns_of(const struct result *c)
{
	if (report_is_pair(c))
		return of_pairs;
	if (strcmp(c->scenario, "tcp") == 0)
		return of_tcp;
	return strcmp(c->scenario, "pool") == 0 ? of_pools : of_crowds;
}

void report_value(const struct report_column *k, const struct result *c, char *out, size_t size)
{
	*out = '\0';
	if (k->path)
		number_at(c, k->path, out, size);
	else
		k->value(c, out, size);
	for (; *out; out++)
		if ((unsigned char)*out < ' ' || *out == 0x7f)
			*out = '?';
}

/* Counts of nothing but 0 are worth no column. */
static bool has_news(const char *value)
{
	return *value && strcmp(value, "0") != 0;
}

static bool wanted(const struct report_table *t, const struct report_column *k)
{
	char first[REPORT_VALUE_MAX], other[REPORT_VALUE_MAX];

	if (k->when == REPORT_ALWAYS)
		return true;
	report_value(k, t->cell[0], first, sizeof(first));
	if (k->when == REPORT_IF_ANY && has_news(first))
		return true;
	for (size_t i = 1; i < t->n; i++) {
		report_value(k, t->cell[i], other, sizeof(other));
		if (k->when == REPORT_AXIS ? strcmp(first, other) != 0 : has_news(other))
			return true;
	}
	return false;
}

static void add_to_heading(struct report_table *t, const char *name, const char *value)
{
	size_t n = strlen(t->heading);

	if (*value)
		snprintf(t->heading + n, sizeof(t->heading) - n, ", %s%s%s", name, *name ? " " : "",
			 value);
}

static void make_heading(struct report_table *t, const char *section)
{
	const struct result *c = t->cell[0];
	double bytes = results_number(c->json, "frame_bytes");
	char value[REPORT_VALUE_MAX];

	snprintf(t->heading, sizeof(t->heading), "%s", section);
	snprintf(value, sizeof(value), "%.0f-byte frames", bytes);
	if (!isnan(bytes)) /* bench crowd has none */
		add_to_heading(t, "", value);
	snprintf(value, sizeof(value), "%u x %.3g s", c->runs,
		 results_get(c->json, "asked_s") ? results_number(c->json, "asked_s")
						 : results_number(c->json, "duration_s"));
	add_to_heading(t, "", value);
	if (strcmp(c->accel, "none") != 0)
		add_to_heading(t, "accel", c->accel);
}

/* Those whose head is not the same in stream and rr. */
static const struct report_column *headed(const struct report_table *t,
					  const struct report_column *k)
{
	static const struct report_column of[][2] = {
		{ { "Gb/s", false, REPORT_ALWAYS, .value = rate },
		  { "trips/s", false, REPORT_ALWAYS, .value = rate } },
		{ { "x memcpy", false, REPORT_IF_ANY, .value = report_x_floor },
		  { "x floor", false, REPORT_IF_ANY, .value = report_x_floor } },
	};

	if (k->head)
		return k;
	return &of[k->value == report_x_floor][strcmp(t->cell[0]->scenario, "rr") == 0];
}

static void choose_columns(struct report_table *t)
{
	char value[REPORT_VALUE_MAX];

	for (const struct report_column *c = columns_of(t->cell[0]); c->value || c->path; c++) {
		const struct report_column *k = headed(t, c);

		if (wanted(t, k)) {
			t->column[t->columns++] = k;
		} else if (k->when == REPORT_AXIS) {
			report_value(k, t->cell[0], value, sizeof(value));
			add_to_heading(t, k->head, value);
		}
	}
}

bool report_table_make(struct report_table *t, const struct results *f, const char *section)
{
	*t = (struct report_table){ 0 };
	t->cell = calloc(f->n + 1, sizeof(const struct result *));
	for (size_t i = 0; i < f->n && t->cell; i++)
		if (strcmp(report_section(&f->result[i]), section) == 0)
			t->cell[t->n++] = &f->result[i];
	if (!t->n)
		return false;
	make_heading(t, section);
	choose_columns(t);
	return true;
}

void report_table_free(struct report_table *t)
{
	free(t->cell);
	t->cell = NULL;
}
