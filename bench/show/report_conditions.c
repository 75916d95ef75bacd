// SPDX-License-Identifier: BSD-2-Clause
// The conditions on a report's page: a column per host, be it a file's or one of the lab's boots.
#include "bench/show/report_conditions.h"

#include <math.h>
#include <string.h>

#include "bench/show/report_cells.h"
#include "bench/show/report_types.h"
#include "bench/show/svg.h"

#define HOSTS_MAX 64u
#define TEXT_MAX 256

struct host_column {
	const json_t *host;
	size_t file;
	unsigned boot; /* from 1; 0: the file has only one host */
};

static const struct condition {
	const char *name, *path;
} lines[] = {
	{ "kernel", "kernel" },
	{ "architecture", "arch" },
	{ "CPU", "cpu" },
	{ "CPUs", "cpus" },
	{ "nice", "nice" },
	{ "scheduling policy", "policy" },
	{ "quota of CPUs", "cpu_quota" },
	{ "CPUs at full speed", "cpu_speed.fast" },
	{ "HZ", "hz" },
	{ "preemption mode", "preempt.mode" },
	{ "of an RT kernel", "preempt_rt" },
	{ "known from", "preempt.source" },
	{ "guests", "accel" },
	{ "clock", "clock.name" },
	{ "clock, MHz", "clock.hz" },
	{ "clock trusted", "clock.trusted" },
	{ "halt_poll_ns", "halt_poll_ns" },
	{ "lab kernel", "lab.kernel" },
	{ "lab QEMU", "lab.qemu" },
	{ "lab virtual time", "lab.deterministic" },
	{ "lab in one thread", "lab.one_thread" },
	{ "noise", "noise.verdict" },
	{ "steal, %", "noise.steal_percent" },
	{ "jitter p99, us", "noise.jitter_us.p99" },
	{ "jitter max, us", "noise.jitter_us.max" },
	{ "others' load, CPUs", "noise.load" },
	{ "frequency governor", "noise.frequency.governor" },
	{ "one stamp, ns", "stamp_cost_ns" },
	{ "date", "date" },
	{ "kernel's command line", "cmdline" },
	{ "microcode", "microcode" },
	{ "tandem", "tandem" },
};

/* Shown at once though they do not differ: what everybody asks for first. */
static const char *const asked_first[] = {
	"kernel", "cpu", "preempt.mode", "accel", "noise.verdict", "lab.kernel",
};

static bool is_asked_first(const char *path)
{
	for (size_t i = 0; i < sizeof(asked_first) / sizeof(asked_first[0]); i++)
		if (strcmp(asked_first[i], path) == 0)
			return true;
	return false;
}

/* Measured anew each time, or a time: that such values differ says nothing. */
static bool always_differs(const char *path)
{
	return (strncmp(path, "noise.", 6) == 0 && strcmp(path, "noise.verdict")) ||
	       strcmp(path, "stamp_cost_ns") == 0 || strcmp(path, "clock.hz") == 0 ||
	       strcmp(path, "date") == 0;
}

static unsigned find_hosts(const struct report *r, struct host_column *out)
{
	unsigned n = 0;

	for (size_t k = 0; k < r->n; k++) {
		const json_t *boots = results_get(r->file[k].doc, "boots");
		size_t many = json_array_size(boots);

		for (size_t i = 0; i < many && n < HOSTS_MAX; i++)
			out[n++] = (struct host_column){ json_array_get(boots, i), k,
							 (unsigned)i + 1 };
		if (!many && n < HOSTS_MAX)
			out[n++] = (struct host_column){ r->file[k].host, k, 0 };
	}
	return n;
}

static void value_text(const json_t *v, char *out, size_t size)
{
	if (json_is_string(v))
		snprintf(out, size, "%s", json_string_value(v));
	else if (json_is_number(v))
		snprintf(out, size, "%.10g", json_number_value(v));
	else if (json_is_boolean(v))
		snprintf(out, size, "%s", json_is_true(v) ? "yes" : "no");
	else
		snprintf(out, size, "-");
}

static void host_value(const json_t *host, const char *path, char *out, size_t size)
{
	value_text(results_get(host, path), out, size);
	if ((strncmp(path, "noise.", 6) == 0 || strcmp(path, "stamp_cost_ns") == 0) &&
	    results_number(host, path) >= 0)
		report_number(results_number(host, path), "-", out, size);
	/* Measured anew each time: to the last digit no two are alike. */
	if (strcmp(path, "clock.hz") == 0 && results_number(host, path) > 0)
		snprintf(out, size, "%.1f", results_number(host, path) / 1e6);
}

static bool has_host(const struct host_column *h, const struct results *f, const struct result *c)
{
	const char *kernel = results_string(h->host, "lab.kernel", NULL);

	return !json_array_size(results_get(f->doc, "boots")) ||
	       (kernel && strcmp(results_string(c->json, "lab.kernel", ""), kernel) == 0);
}

/* What the cells were measured with, where they say; the host's own setting beside it. */
static void halt_poll(const struct host_column *h, const struct results *f, char *out, size_t size)
{
	double used = NAN, host = results_number(h->host, "halt_poll_ns");

	for (size_t i = 0; i < f->n; i++) {
		double v = results_number(f->result[i].json, "halt_poll_ns");

		if (isnan(v) || !has_host(h, f, &f->result[i]))
			continue;
		if (!isnan(used) && used != v) {
			snprintf(out, size, "several (host: %.0f)", host);
			return;
		}
		used = v;
	}
	if (isnan(used))
		host_value(h->host, "halt_poll_ns", out, size);
	else if (isnan(host))
		snprintf(out, size, "%.0f", used);
	else
		snprintf(out, size, "%.0f (host: %.0f)", used, host);
}

static void column_value(const struct report *r, const struct host_column *h, const char *path,
			 char *out, size_t size)
{
	if (strcmp(path, "halt_poll_ns") == 0)
		halt_poll(h, &r->file[h->file], out, size);
	else
		host_value(h->host, path, out, size);
}

/* How a line's values are: absent in all hosts, the same in all, or not. */
enum sort { ABSENT, SAME, DIFFERS };

static enum sort sort_of(const struct report *r, const struct host_column *h, unsigned n,
			 const char *path)
{
	char first[TEXT_MAX], text[TEXT_MAX];
	bool any = false, differs = false;

	column_value(r, &h[0], path, first, sizeof(first));
	for (unsigned i = 0; i < n; i++) {
		column_value(r, &h[i], path, text, sizeof(text));
		any |= strcmp(text, "-") != 0;
		differs |= strcmp(text, first) != 0;
	}
	if (!any)
		return ABSENT;
	return differs && !always_differs(path) ? DIFFERS : SAME;
}

static void put_line(const struct report *r, const struct host_column *h, unsigned n,
		     const struct condition *c, bool differs, FILE *to)
{
	char text[TEXT_MAX];

	fprintf(to, "<tr%s><th scope=\"row\">", differs ? " class=\"differs\"" : "");
	svg_escape(to, c->name);
	fputs("</th>", to);
	for (unsigned i = 0; i < n; i++) {
		column_value(r, &h[i], c->path, text, sizeof(text));
		fputs("<td>", to);
		svg_escape(to, text);
		fputs("</td>", to);
	}
	fputs("</tr>\n", to);
}

static void put_hosts(const struct report *r, const struct host_column *h, unsigned n, FILE *to)
{
	fputs("<thead><tr><th></th>", to);
	for (unsigned i = 0; i < n; i++) {
		fputs("<th scope=\"col\">", to);
		if (r->n > 1)
			fprintf(to, "%c", (char)('A' + h[i].file));
		if (h[i].boot)
			fprintf(to, " boot %u", h[i].boot);
		fputs("</th>", to);
	}
	fputs("</tr></thead>\n", to);
}

/* Those that are shown at once, or those that are folded away. */
static void put_lines(const struct report *r, const struct host_column *h, unsigned n, bool folded,
		      FILE *to)
{
	fputs("<div class=\"scroll\"><table class=\"conditions\">", to);
	if (n > 1)
		put_hosts(r, h, n, to);
	fputs("<tbody>\n", to);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		enum sort sort = sort_of(r, h, n, lines[i].path);
		bool at_once = sort == DIFFERS || is_asked_first(lines[i].path);

		if (sort != ABSENT && at_once != folded)
			put_line(r, h, n, &lines[i], sort == DIFFERS, to);
	}
	fputs("</tbody></table></div>\n", to);
}

void report_html_conditions(const struct report *r, FILE *to)
{
	struct host_column h[HOSTS_MAX] = { 0 };
	unsigned n = find_hosts(r, h);

	fputs("<section><h3>Conditions</h3>\n", to);
	put_lines(r, h, n, false, to);
	fputs("<details><summary>The other conditions</summary>\n", to);
	put_lines(r, h, n, true, to);
	fputs("</details></section>\n", to);
}
