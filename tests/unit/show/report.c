// SPDX-License-Identifier: BSD-2-Clause
// What reports are made of: escaping, axes, numbers, commands for a shell, the formats.
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/show/report.h"
#include "bench/show/report_bars.h"
#include "bench/show/report_cells.h"
#include "bench/show/report_command.h"
#include "bench/show/report_curves.h"
#include "bench/show/report_notes.h"
#include "bench/show/report_table.h"
#include "bench/show/svg.h"
#include "tests/common/suite.h"
#include "tests/common/text.h"

#define HOSTILE "<script>alert(1)</script>\\\"'&|`$(false)"
#define CONDITIONS(notify)                                                                      \
	"\"scenario\":\"stream\",\"accel\":\"kvm\",\"notify\":\"" notify "\",\"producer\":"     \
	"\"batch\",\"irq\":\"msi\",\"preempt\":\"lazy\",\"frame_bytes\":64,\"duration_s\":1.5," \
	"\"runs\":2"
#define CELL(notify, gbps, more) "{" CONDITIONS(notify) ",\"gbps\":" gbps more "}"
#define DOCUMENT(host, cells) \
	"{\"schema\":\"tandem-bench/1\",\"host\":{" host "},\"results\":[" cells "]}"

static void parse(const char *text, struct results *r)
{
	assert_int_equal(results_parse(text, strlen(text), "a.json", r), 0);
}

/* The whole of a format, to be freed. */
static char *written(const struct results *r, enum report_format f)
{
	struct text_made made;
	FILE *to = text_begin(&made);

	assert_int_equal(report_write(&(struct report){ .file = r, .n = 1 }, f, to), 0);
	return text_end(&made);
}

static unsigned occurrences(const char *text, const char *what)
{
	unsigned n = 0;

	for (const char *at = strstr(text, what); at; at = strstr(at + 1, what))
		n++;
	return n;
}

static void text_is_escaped(void **state)
{
	struct text_made made;
	FILE *to = text_begin(&made);
	char *text;

	(void)state;
	svg_escape(to, "<a b=\"c\" d='e'>&\x01\x1b[m\n");
	text = text_end(&made);
	assert_string_equal(text, "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;??[m\n");
	free(text);
}

/* A file that says as little as a file may; of bench crowd frames have no size. */
static void what_a_file_lacks_is_no_number(void **state)
{
	static const char least[] = DOCUMENT(
		"",
		"{\"scenario\":\"rr\",\"accel\":\"kvm\",\"notify\":\"direct\",\"producer\":\"user\","
		"\"irq\":\"msi\",\"preempt\":\"lazy\",\"frame_bytes\":null,\"duration_s\":1,"
		"\"runs\":1,\"gbps\":null,\"floor\":{}}");
	struct results r;

	(void)state;
	parse(least, &r);
	for (enum report_format f = REPORT_HTML; f < REPORT_JSON; f++) {
		char *text = written(&r, f);

		assert_null(strstr(text, "nan"));
		free(text);
	}
	results_free(&r);
}

static void axes_put_values_in_their_place(void **state)
{
	const struct svg_axis linear = { 0, 10, 100, 200, false };
	const struct svg_axis logarithmic = { 1, 1000, 300, 0, true };

	(void)state;
	assert_true(svg_at(&linear, 0) == 100 && svg_at(&linear, 10) == 200);
	assert_true(svg_at(&linear, 2.5) == 125);
	assert_true(svg_at(&linear, -3) == 100 && svg_at(&linear, 30) == 200);
	assert_true(fabs(svg_at(&logarithmic, 1) - 300) < 1e-9);
	assert_true(fabs(svg_at(&logarithmic, 10) - 200) < 1e-9);
	assert_true(fabs(svg_at(&logarithmic, 1000)) < 1e-9);
	assert_true(svg_at(&logarithmic, 0) == 300);
	assert_true(svg_at(&(struct svg_axis){ 5, 5, 1, 2, true }, 5) == 1);
}

static void numbers_have_three_digits(void **state)
{
	static const struct {
		double v;
		const char *text;
	} rows[] = { { 0, "0" },	 { 0.0123, "0.012" }, { 1.234, "1.23" },
		     { 12.34, "12.3" },	 { 123.4, "123" },    { 12345, "12345" },
		     { NAN, "-" },	 { INFINITY, "-" },   { 0.00001, "1.0e-05" },
		     { -1.234, "-1.23" } };
	char out[REPORT_NUMBER_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_string_equal(report_number(rows[i].v, "-", out, sizeof(out)), rows[i].text);
}

static void formats_are_found(void **state)
{
	enum report_format f;

	(void)state;
	assert_true(report_format_find("csv", &f) && f == REPORT_CSV);
	assert_false(report_format_find("pdf", &f));
	static const struct {
		const char *path;
		bool known;
		enum report_format format;
	} rows[] = {
		{ "a.b/x.md", true, REPORT_MARKDOWN },
		{ "x.html", true, REPORT_HTML },
		{ "x.htm", true, REPORT_HTML },
		{ "x.txt", true, REPORT_TEXT },
		{ "x", true, REPORT_HTML },
		{ ".csv", true, REPORT_HTML },
		{ "/dev/null", true, REPORT_HTML },
		{ "x.pdf", false, REPORT_HTML },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(report_format_of(rows[i].path, &f), rows[i].known);
		assert_int_equal(f, rows[i].format);
	}
}

/* The file may be anyone's: what it says must not become markup. */
static void a_page_has_only_our_markup(void **state)
{
	struct results good, bad;
	char *a, *b;

	(void)state;
	parse(DOCUMENT("\"kernel\":\"k\",\"cpu\":\"c\"",
		       CELL("direct", "2", ",\"label\":\"l\",\"error\":\"e\",\"control\":\"c\"")),
	      &good);
	parse(DOCUMENT("\"kernel\":\"" HOSTILE "\",\"cpu\":\"" HOSTILE "\"",
		       CELL(HOSTILE, "2",
			    ",\"label\":\"" HOSTILE "\",\"error\":\"" HOSTILE
			    "\",\"control\":\"" HOSTILE "\"")),
	      &bad);
	a = written(&good, REPORT_HTML);
	b = written(&bad, REPORT_HTML);
	assert_int_equal(occurrences(a, "<"), occurrences(b, "<"));
	assert_int_equal(occurrences(a, "\""), occurrences(b, "\""));
	assert_int_equal(occurrences(b, "<script"), 0);
	assert_true(occurrences(b, "&lt;script&gt;") > 0);
	assert_int_equal(occurrences(b, "http:"), 0);
	assert_int_equal(occurrences(b, "https:"), 0);
	assert_int_equal(occurrences(b, "src="), 0);
	free(a);
	free(b);
	results_free(&good);
	results_free(&bad);
}

/* And what is given to a shell is one word each. */
static void commands_are_safe_to_paste(void **state)
{
	struct results r;
	char command[4096], script[4200];
	int status;

	(void)state;
	if (access("/bin/sh", X_OK) < 0) {
		print_message("# there is no shell here\n");
		skip();
	}
	parse(DOCUMENT("", CELL("a'b; exit 7; $(exit 8)`exit 9`", "2", ",\"verify\":\"x\\ny\"")),
	      &r);
	report_command(&r, &r.result[0], command, sizeof(command));
	assert_non_null(strstr(command, "tandem bench stream --accel=kvm --notify='a'\\''b; exit"));
	/* The shell sees one command, with so many words. */
	snprintf(script, sizeof(script), "tandem() { [ $# = 10 ] && exit 42; exit $#; }; %s",
		 command);
	status = system(script);
	assert_int_equal(WEXITSTATUS(status), 42);
	results_free(&r);
}

static void command_of(const char *more, char *command, size_t size)
{
	char text[2048];
	struct results r;

	snprintf(text, sizeof(text), DOCUMENT("", CELL("unbound", "2", "%s")), more);
	parse(text, &r);
	report_command(&r, &r.result[0], command, size);
	results_free(&r);
}

static void commands_say_each_option_once(void **state)
{
	char command[4096];

	(void)state;
	command_of(",\"scope\":\"cache\",\"strict\":true,\"wake\":\"locked\"", command,
		   sizeof(command));
	assert_int_equal(occurrences(command, "--scope=cache"), 1);
	assert_int_equal(occurrences(command, "--strict=yes"), 1);
	assert_int_equal(occurrences(command, "--wake=locked"), 1);
}

static void the_hosts_halt_polling_is_in_the_command(void **state)
{
	char command[4096];

	(void)state;
	command_of(",\"halt_poll_ns\":null", command, sizeof(command));
	assert_non_null(strstr(command, "--halt-poll=host"));
	command_of(",\"halt_poll_ns\":0", command, sizeof(command));
	assert_non_null(strstr(command, "--halt-poll=0"));
	command_of("", command, sizeof(command));
	assert_null(strstr(command, "--halt-poll"));
}

#define LAB_CELL(how)                                                              \
	",\"lab\":{\"kernel\":\"linux-image-6.12.107+deb13-rt-amd64 6.12.107-1\"," \
	"\"arch\":\"x86_64\"," how "}"

static void a_lab_command_names_kernel_and_mode(void **state)
{
	static const struct {
		const char *cell, *wanted;
	} rows[] = {
		{ LAB_CELL("\"smp\":1,\"deterministic\":true"),
		  "--smp=1 --deterministic --preempt=lazy -- bench stream " },
		{ LAB_CELL("\"smp\":2,\"one_thread\":true"),
		  "--smp=2 --preempt=lazy -- bench stream " },
		{ LAB_CELL("\"smp\":2,\"one_thread\":false"),
		  "--smp=2 --parallel --preempt=lazy -- bench stream " },
		/* Of the time when there was no other way. */
		{ LAB_CELL("\"smp\":2"), "--smp=2 --parallel --preempt=lazy -- bench stream " },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		static const char start[] = "tandem lab --arch=x86_64 --kernels=6.12.107+deb13-rt ";
		char command[4096];

		command_of(rows[i].cell, command, sizeof(command));
		assert_memory_equal(command, start, strlen(start));
		assert_memory_equal(command + strlen(start), rows[i].wanted,
				    strlen(rows[i].wanted));
	}
}

static void intervals_come_from_stats_or_samples(void **state)
{
	static const char cells[] =
		DOCUMENT("", CELL("direct", "2", ",\"samples\":{\"gbps\":[3,null,1,2]}") "," CELL(
				     "direct", "2",
				     ",\"samples\":{\"gbps\":[3,1]},\"stats\":{\"gbps\":{"
				     "\"ci_lo\":1.5,\"ci_hi\":2.5}}") "," CELL("direct", "2",
									       ",\"samples\":"
									       "{\"gbps\":[2]}"));
	struct results r;
	double lo, hi;

	(void)state;
	parse(cells, &r);
	assert_true(report_interval(&r.result[0], "gbps", &lo, &hi) && lo == 1 && hi == 3);
	assert_true(report_interval(&r.result[1], "gbps", &lo, &hi) && lo == 1.5 && hi == 2.5);
	assert_false(report_interval(&r.result[2], "gbps", &lo, &hi));
	results_free(&r);
}

static void say(void *ctx, const char *text)
{
	strncat(ctx, text, 4000 - strlen(ctx));
	strcat(ctx, "\n");
}

static void what_is_wrong_is_said(void **state)
{
	static const char text[] =
		DOCUMENT("\"clock\":{\"trusted\":false,\"why\":\"no tsc\"},\"noise\":{"
			 "\"warnings\":[\"steal 7 %\"]}",
			 CELL("direct", "2", ",\"lost\":3,\"conserved\":false") "," CELL(
				 "deferred", "0", ",\"error\":\"guest b died\""));
	char said[8192] = "";
	struct results r;

	(void)state;
	parse(text, &r);
	assert_int_equal(report_warnings(&r, say, said), 5);
	assert_non_null(strstr(said, "steal 7 %"));
	assert_non_null(strstr(said, "no tsc"));
	assert_non_null(strstr(said, "stream direct batch msi lazy: 3 frames lost"));
	assert_non_null(strstr(said, "guest b died"));
	results_free(&r);
}

static void a_clean_file_has_no_warnings(void **state)
{
	char said[8192] = "";
	struct results r;

	(void)state;
	parse(DOCUMENT("\"clock\":{\"trusted\":true}", CELL("direct", "2", ",\"lost\":0")), &r);
	assert_int_equal(report_warnings(&r, say, said), 0);
	results_free(&r);
}

static void a_control_is_held_against_its_like(void **state)
{
	struct results r;

	(void)state;
	parse(DOCUMENT("", CELL("direct", "2", "") "," CELL("deferred", "2", "") "," CELL(
				   "deferred", "2", ",\"control\":\"aa\"")),
	      &r);
	assert_true(report_reference(&r, &r.result[2]) == &r.result[1]);
	results_free(&r);
}

static void csv_is_one_line_per_cell(void **state)
{
	struct results r;
	char *text;

	(void)state;
	parse(DOCUMENT("", CELL("direct", "2.5",
				",\"label\":\"a \\\"b\\\", c\"") "," CELL("unbound", "3", "")),
	      &r);
	text = written(&r, REPORT_CSV);
	assert_int_equal(occurrences(text, "\r\n"), 3);
	assert_non_null(strstr(text, "\"a.json\",\"a \"\"b\"\", c\",\"stream\",\"kvm\""));
	assert_non_null(strstr(text, ",2.5,"));
	free(text);
	results_free(&r);
}

#define OTHER(scenario, rate)                                                                    \
	"{\"scenario\":\"" scenario "\",\"accel\":\"none\",\"notify\":\"x\",\"producer\":\"y\"," \
	"\"irq\":\"\",\"preempt\":\"none\",\"frame_bytes\":null,\"duration_s\":1,\"runs\":5,"    \
	"\"gbps\":null,\"label\":\"" scenario " x y\"," rate "}"

/* None has a distribution of notifications; each has a rate of its own. */
static void pools_and_crowds_are_shown(void **state)
{
	static const struct {
		const char *cell, *rate, *head;
	} of[] = {
		{ OTHER("pool", "\"items_per_s\":4321,\"queue_us\":{\"n\":99,\"p50\":7.25}"),
		  "4321", "queue p50 us" },
		{ OTHER("crowd", "\"round_trips_per_s\":4321,\"wait_us\":{\"n\":99,\"p50\":7.25}"),
		  "4321", "wait p50 us" },
		{ OTHER("tcp", "\"round_trips_per_s\":4321,\"tcp\":{\"rtt_us\":{\"n\":99,"
			       "\"p50\":7.25}}"),
		  "4321", "RTT p50 us" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++) {
		static const enum report_format formats[] = { REPORT_TEXT, REPORT_MARKDOWN,
							      REPORT_HTML };
		char document[1024], *text;
		struct results r;

		snprintf(document, sizeof(document), DOCUMENT("", "%s"), of[i].cell);
		parse(document, &r);
		for (size_t k = 0; k < sizeof(formats) / sizeof(formats[0]); k++) {
			text = written(&r, formats[k]);
			assert_non_null(strstr(text, of[i].rate));
			assert_non_null(strstr(text, of[i].head));
			assert_non_null(strstr(text, "7.25"));
			assert_null(strstr(text, "Verdict"));
			free(text);
		}
		results_free(&r);
	}
}

static void csv_has_histogram_and_series(void **state)
{
	struct results r;
	char *text;

	(void)state;
	parse(DOCUMENT("", CELL("direct", "2.5",
				",\"notify_us\":{\"n\":5,\"buckets\":[[0.25,2],[1000.5,3]]},"
				"\"series\":[[[0.1,7],[0.2,14]],[[0.1,8]]]")),
	      &r);
	text = written(&r, REPORT_CSV);
	assert_non_null(strstr(text, ",0.25:2 1000.5:3,,0.1:7 0.2:14 | 0.1:8\r\n"));
	free(text);
	results_free(&r);
}

static void csv_has_no_escape_codes(void **state)
{
	struct results r;
	char *text;

	(void)state;
	parse(DOCUMENT("", CELL("direct", "2", ",\"label\":\"\\u001b[2J\",\"error\":\"a\\nb\"")),
	      &r);
	text = written(&r, REPORT_CSV);
	assert_null(strchr(text, '\x1b'));
	assert_non_null(strstr(text, "\"?[2J\""));
	assert_non_null(strstr(text, "\"a?b\""));
	free(text);
	results_free(&r);
}

static void text_has_no_escape_codes(void **state)
{
	struct results r;
	char *text;

	(void)state;
	parse(DOCUMENT("\"kernel\":\"\\u001b[31mred\"",
		       CELL("\\u001b[2J", "2", ",\"error\":\"a\\nb\"")),
	      &r);
	text = written(&r, REPORT_TEXT);
	assert_null(strchr(text, '\x1b'));
	assert_null(strstr(text, "a\nb"));
	free(text);
	results_free(&r);
}

static void markdown_cells_stay_in_their_column(void **state)
{
	struct results r;
	char *text;

	(void)state;
	parse(DOCUMENT("", CELL("a|b", "2", "") "," CELL("direct", "2", "")), &r);
	text = written(&r, REPORT_MARKDOWN);
	assert_non_null(strstr(text, "| a\\|b "));
	free(text);
	results_free(&r);
}

/* Bar lengths are what a reader compares: the page must have them right. */
static void bars_are_as_long_as_the_figures(void **state)
{
	struct report_table t;
	struct results r;
	struct text_made made;
	FILE *to = text_begin(&made);
	char *text;

	(void)state;
	parse(DOCUMENT("", CELL("direct", "10", "") "," CELL("deferred", "2.5", "")), &r);
	assert_true(report_table_make(&t, &r, "stream"));
	report_plot_rates(&t, 20, to);
	text = text_end(&made);
	assert_non_null(strstr(text, "class=\"k-direct\" x=\"0.00%\" y=\"3.0\" width=\"50.00%\""));
	assert_non_null(
		strstr(text, "class=\"k-deferred\" x=\"0.00%\" y=\"3.0\" width=\"12.50%\""));
	free(text);
	report_table_free(&t);
	results_free(&r);
}

static void curves_end_where_values_do(void **state)
{
	struct report_table t;
	struct results r;
	struct text_made made;
	FILE *to = text_begin(&made);
	char *text;

	(void)state;
	/* 50 values: p99 and p99.9 would be the maximum only; it is drawn once, last. */
	parse(DOCUMENT("", CELL("direct", "10",
				",\"notify_us\":{\"n\":50,\"p50\":10,\"p90\":20,\"p99\":100,"
				"\"p99_9\":100,\"max\":100}")),
	      &r);
	assert_true(report_table_make(&t, &r, "stream"));
	assert_true(report_plot_has(&t, "notify_us"));
	assert_false(report_plot_has(&t, "latency_us"));
	report_plot_curves(&t, "notify_us", to);
	text = text_end(&made);
	assert_int_equal(occurrences(text, "<circle"), 3);
	assert_non_null(strstr(text, "98 %: 100 us"));
	free(text);
	report_table_free(&t);
	results_free(&r);
}

/* As bench/result/json.c writes it. */
static void the_work_item_waits_for_its_cpu(void **state)
{
	static const char text[] = "{\"notifications\":100,\"irq_path\":{\"kworker_runs\":50,"
				   "\"kworker_run_delay_ns\":100000000}}";
	struct result c = { .accel = "kvm", .irq = "msi-broadcast", .notify = "direct" };
	json_t *json = json_loads(text, 0, NULL);

	(void)state;
	c.json = json;
	assert_float_equal(report_waited_ms(&c), 2, 1e-9);
	c.irq = "msi";
	assert_true(isnan(report_waited_ms(&c)));
	json_decref(json);
}

int main(void)
{
	static struct suite s;

	suite_add(&s, "text is escaped", text_is_escaped, NULL);
	suite_add(&s, "what a file lacks is no number", what_a_file_lacks_is_no_number, NULL);
	suite_add(&s, "axes put values in their place", axes_put_values_in_their_place, NULL);
	suite_add(&s, "numbers have three digits", numbers_have_three_digits, NULL);
	suite_add(&s, "formats are found", formats_are_found, NULL);
	suite_add(&s, "a page has only our markup", a_page_has_only_our_markup, NULL);
	suite_add(&s, "commands are safe to paste", commands_are_safe_to_paste, NULL);
	suite_add(&s, "a lab command names kernel and mode", a_lab_command_names_kernel_and_mode,
		  NULL);
	suite_add(&s, "intervals come from stats, else samples",
		  intervals_come_from_stats_or_samples, NULL);
	suite_add(&s, "what is wrong is said", what_is_wrong_is_said, NULL);
	suite_add(&s, "a clean file has no warnings", a_clean_file_has_no_warnings, NULL);
	suite_add(&s, "a control is held against its like", a_control_is_held_against_its_like,
		  NULL);
	suite_add(&s, "CSV is one line per cell", csv_is_one_line_per_cell, NULL);
	suite_add(&s, "pools and crowds are shown", pools_and_crowds_are_shown, NULL);
	suite_add(&s, "CSV has histogram and series", csv_has_histogram_and_series, NULL);
	suite_add(&s, "CSV has no escape codes", csv_has_no_escape_codes, NULL);
	suite_add(&s, "commands say each option once", commands_say_each_option_once, NULL);
	suite_add(&s, "the host's halt polling is in the command",
		  the_hosts_halt_polling_is_in_the_command, NULL);
	suite_add(&s, "text has no escape codes", text_has_no_escape_codes, NULL);
	suite_add(&s, "Markdown cells stay in their column", markdown_cells_stay_in_their_column,
		  NULL);
	suite_add(&s, "bars are as long as the figures", bars_are_as_long_as_the_figures, NULL);
	suite_add(&s, "curves end where values do", curves_end_where_values_do, NULL);
	suite_add(&s, "the work item waits for its CPU", the_work_item_waits_for_its_cpu, NULL);
	return suite_run(&s, "report");
}
