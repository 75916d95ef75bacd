// SPDX-License-Identifier: BSD-2-Clause
// Reading results files back: what is good is taken as it is, what is not is refused by name.
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/result/results.h"
#include "tests/common/suite.h"
#include "tests/common/text.h"

#define CONDITIONS                                                                        \
	"\"scenario\":\"stream\",\"accel\":\"kvm\",\"notify\":\"deferred\",\"producer\":" \
	"\"batch\",\"irq\":\"msi\",\"preempt\":\"lazy\",\"frame_bytes\":64,"              \
	"\"duration_s\":1.5,\"runs\":2"
#define CELL CONDITIONS ",\"gbps\":12.5"
#define FILE_OF(host, cell) \
	"{\"schema\":\"tandem-bench/1\",\"host\":{" host "},\"results\":[{" cell "}]}"
#define GOOD FILE_OF("", CELL)

struct said {
	int saved;
	char path[64];
	char text[4096];
};

/* What log_error() writes goes to a file in between. */
static void listen(struct said *s)
{
	int fd;

	snprintf(s->path, sizeof(s->path), "/tmp/tandem-results-XXXXXX");
	fd = mkstemp(s->path);
	assert_true(fd >= 0);
	s->saved = dup(STDERR_FILENO);
	dup2(fd, STDERR_FILENO);
	close(fd);
}

static void stop_listening(struct said *s)
{
	FILE *f = fopen(s->path, "r");
	size_t n;

	dup2(s->saved, STDERR_FILENO);
	close(s->saved);
	assert_non_null(f);
	n = fread(s->text, 1, sizeof(s->text) - 1, f);
	s->text[n] = '\0';
	fclose(f);
	unlink(s->path);
}

static unsigned lines(const char *text)
{
	unsigned n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

struct bad {
	const char *name, *text;
	const char *says; /* in its one message, beside the file and the way out */
};

static const struct bad bads[] = {
	{ "an empty file", "", "is empty" },
	{ "a file that is cut off", "{\"schema\":\"tandem-bench/1\",\"host\":{},\"resul",
	  "line 1" },
	{ "text", "Gb/s 12\n", "no JSON" },
	{ "a list", "[]", "an object is wanted, this is a list" },
	{ "a second document after the first", GOOD "{}", "line 1" },
	{ "no schema", "{\"host\":{},\"results\":[]}", "schema: is not there" },
	{ "another schema", "{\"schema\":\"tandem-bench/2\",\"host\":{},\"results\":[]}",
	  "schema: this tandem reads tandem-bench/1, this is tandem-bench/2" },
	{ "a schema that is a number", "{\"schema\":1,\"host\":{},\"results\":[]}",
	  "schema: a string is wanted, this is a number" },
	{ "no host", "{\"schema\":\"tandem-bench/1\",\"results\":[]}", "host: is not there" },
	{ "no results", "{\"schema\":\"tandem-bench/1\",\"host\":{}}", "results: is not there" },
	{ "results that are an object",
	  "{\"schema\":\"tandem-bench/1\",\"host\":{},\"results\":{}}",
	  "results: a list is wanted, this is an object" },
	{ "a result that is null", "{\"schema\":\"tandem-bench/1\",\"host\":{},\"results\":[null]}",
	  "results[0]: an object is wanted, this is null" },
	{ "a key twice", FILE_OF("", CELL ",\"gbps\":13"), "duplicate" },
	{ "NaN", FILE_OF("", CONDITIONS ",\"gbps\":NaN"), "line 1" },
	{ "a number beyond all numbers", FILE_OF("", CONDITIONS ",\"gbps\":1e999"), "line 1" },
	{ "a throughput that is a string", FILE_OF("", CONDITIONS ",\"gbps\":\"12\""),
	  "results[0].gbps: a number is wanted, this is a string" },
	{ "runs of null",
	  FILE_OF("",
		  "\"scenario\":\"rr\",\"accel\":\"kvm\",\"notify\":\"direct\",\"producer\":\"user\","
		  "\"irq\":\"msi\",\"preempt\":\"lazy\",\"frame_bytes\":64,\"duration_s\":1,"
		  "\"gbps\":1,\"runs\":null"),
	  "results[0].runs: a number is wanted, this is null" },
	{ "no throughput", FILE_OF("", CONDITIONS), "results[0].gbps: is not there" },
	{ "a count below 0", FILE_OF("", CELL ",\"lost\":-1"), "results[0].lost: -1 is below 0" },
	{ "a histogram without its n", FILE_OF("", CELL ",\"notify_us\":{\"p50\":1}"),
	  "results[0].notify_us.n: is not there" },
	{ "jitter that is a text", FILE_OF("", CELL ",\"jitter_us\":\"x\""),
	  "results[0].jitter_us: a number is wanted" },
	{ "an idle share below 0", FILE_OF("", CELL ",\"receiver_idle\":-0.5"),
	  "results[0].receiver_idle: -0.5 is below 0" },
	{ "a delay that is true", FILE_OF("", CELL ",\"delay_us\":true"),
	  "results[0].delay_us: a number is wanted, this is true" },
	{ "filters that are a number", FILE_OF("", CELL ",\"filters\":1"),
	  "results[0].filters: true or false is wanted" },
	{ "breaks that are a list", FILE_OF("", CELL ",\"breaks\":{\"a\":[]}"),
	  "results[0].breaks.a: an object is wanted" },
	{ "traced waits of no distribution", FILE_OF("", CELL ",\"trace_waits\":{\"worker_us\":3}"),
	  "results[0].trace_waits.worker_us: an object is wanted" },
	{ "a policy that is a number",
	  FILE_OF("", CELL ",\"threads\":[{\"name\":\"a\",\"policy\":1}]"),
	  "results[0].threads[0].policy: a string is wanted" },
	{ "a mitigation that is a number", FILE_OF("\"mitigations\":{\"l1tf\":1}", CELL),
	  "host.mitigations.l1tf: a string is wanted" },
	{ "a crowd's wait that is a number", FILE_OF("", CELL ",\"wait_us\":3"),
	  "results[0].wait_us: an object is wanted" },
	{ "a pool's queue that is a number", FILE_OF("", CELL ",\"queue_us\":3"),
	  "results[0].queue_us: an object is wanted" },
	{ "a quantile that is a list", FILE_OF("", CELL ",\"notify_us\":{\"n\":1,\"p99\":[]}"),
	  "results[0].notify_us.p99: a number is wanted, this is a list" },
	{ "a stage that is a number", FILE_OF("", CELL ",\"stages_us\":{\"worker\":3}"),
	  "results[0].stages_us.worker: an object is wanted" },
	{ "a curve of three numbers each",
	  FILE_OF("", CELL ",\"latency_us\":{\"n\":1,\"curve\":[[0,1],[0.5,1,2]]}"),
	  "results[0].latency_us.curve[1]: two numbers in brackets" },
	{ "samples of strings", FILE_OF("", CELL ",\"samples\":{\"gbps\":[1,\"2\"]}"),
	  "results[0].samples.gbps[1]: a number is wanted" },
	{ "an interval of strings", FILE_OF("", CELL ",\"stats\":{\"gbps\":{\"ci_lo\":\"1\"}}"),
	  "results[0].stats.gbps.ci_lo: a number" },
	{ "a baseline without an object", FILE_OF("", CELL ",\"vs_baseline\":{\"gbps\":2}"),
	  "results[0].vs_baseline.gbps: an object" },
	{ "a thread without a name", FILE_OF("", CELL ",\"threads\":[{\"cpu_us\":1}]"),
	  "results[0].threads[0].name: is not there" },
	{ "a host's kernel that is a number", FILE_OF("\"kernel\":7", CELL),
	  "host.kernel: a string" },
	{ "a warning that is a number", FILE_OF("\"noise\":{\"warnings\":[1]}", CELL),
	  "host.noise.warnings[0]: a string" },
	{ "a string that is not UTF-8", FILE_OF("\"kernel\":\"\xff\"", CELL), "decode byte 0xff" },
	{ "a NUL in a string", FILE_OF("\"kernel\":\"a\\u0000b\"", CELL), "line 1" },
};

static void refuses(void **state)
{
	const struct bad *b = *state;
	struct said s;
	struct results r;
	int err;

	listen(&s);
	err = results_parse(b->text, strlen(b->text), "a.json", &r);
	stop_listening(&s);
	assert_int_equal(err, -EBADMSG);
	assert_null(r.doc);
	assert_int_equal(r.n, 0);
	results_free(&r);
	assert_int_equal(lines(s.text), 1);
	assert_non_null(strstr(s.text, "a.json: "));
	assert_non_null(strstr(s.text, "--json=FILE"));
	if (!strstr(s.text, b->says))
		fail_msg("'%s' does not say '%s'", s.text, b->says);
}

static void parse(const char *text, struct results *r)
{
	assert_int_equal(results_parse(text, strlen(text), "good.json", r), 0);
}

static void fields_are_as_in_the_file(void **state)
{
	struct results r;

	(void)state;
	parse(FILE_OF("\"hz\":250", CELL ",\"label\":\"mine\",\"notify_us\":{\"n\":3,\"p50\":7.25,"
					 "\"p99\":null}"),
	      &r);
	assert_int_equal(r.n, 1);
	assert_string_equal(r.path, "good.json");
	assert_string_equal(r.result[0].label, "mine");
	assert_string_equal(r.result[0].scenario, "stream");
	assert_string_equal(r.result[0].notify, "deferred");
	assert_string_equal(r.result[0].preempt, "lazy");
	assert_true(r.result[0].gbps == 12.5);
	assert_int_equal(r.result[0].runs, 2);
	assert_true(results_number(r.result[0].json, "notify_us.p50") == 7.25);
	assert_true(isnan(results_number(r.result[0].json, "notify_us.p99")));
	assert_true(isnan(results_number(r.result[0].json, "notify_us.absent")));
	assert_true(isnan(results_number(r.result[0].json, "gbps.p99")));
	assert_true(results_number(r.host, "hz") == 250);
	assert_string_equal(results_string(r.host, "kernel", "?"), "?");
	assert_true(results_find(&r, "mine") == &r.result[0]);
	assert_null(results_find(&r, "yours"));
	results_free(&r);
	assert_null(r.doc);
	results_free(&r);
}

static void labels_are_made_and_unique(void **state)
{
	struct results r;

	(void)state;
	parse("{\"schema\":\"tandem-bench/1\",\"host\":{},\"results\":[{" CELL "},{" CELL "},{" CELL
	      ",\"control\":\"A/A: the same cell again\"},{" CELL "}]}",
	      &r);
	assert_string_equal(r.result[0].label, "stream deferred batch msi lazy");
	assert_string_equal(r.result[1].label, "stream deferred batch msi lazy #2");
	assert_string_equal(r.result[2].label, "stream deferred batch msi lazy A/A");
	assert_string_equal(r.result[3].label, "stream deferred batch msi lazy #3");
	results_free(&r);
}

static void samples_keep_their_gaps(void **state)
{
	struct results r;
	double v[4];

	(void)state;
	parse(FILE_OF("", CELL ",\"samples\":{\"gbps\":[1,null,3.5]}"), &r);
	assert_int_equal(results_samples(&r.result[0], "gbps", v, 4), 3);
	assert_true(v[0] == 1 && isnan(v[1]) && v[2] == 3.5);
	assert_int_equal(results_samples(&r.result[0], "gbps", v, 2), 2);
	assert_int_equal(results_samples(&r.result[0], "notify_p50_us", v, 4), 0);
	results_free(&r);
}

static void unknown_keys_are_left_alone(void **state)
{
	struct results r;

	(void)state;
	parse(FILE_OF("\"later\":[1,{}]", CELL ",\"later\":{\"n\":\"x\"}"), &r);
	assert_non_null(results_get(r.result[0].json, "later.n"));
	results_free(&r);
}

/* Of bench crowd, as it is and as it was. */
static void without_frames_there_is_no_throughput(void **state)
{
	struct results r;

	(void)state;
	parse(FILE_OF("", CONDITIONS ",\"gbps\":null,\"lost\":null,\"notify_us\":null,"
				     "\"floor\":null,\"ctx_switches\":{\"vcpus\":{}}"),
	      &r);
	assert_true(isnan(r.result[0].gbps));
	results_free(&r);
	parse(FILE_OF("", CONDITIONS ",\"gbps\":0"), &r);
	assert_true(r.result[0].gbps == 0);
	results_free(&r);
}

static void nothing_measured_is_a_results_file_too(void **state)
{
	struct results r;

	(void)state;
	parse("{\"schema\":\"tandem-bench/1\",\"host\":{},\"results\":[],\"floors\":[]}", &r);
	assert_int_equal(r.n, 0);
	results_free(&r);
}

static void deep_nesting_is_refused(void **state)
{
	char *deep = malloc(200001);
	struct said s;
	struct results r;
	int err;

	(void)state;
	memset(deep, '[', 200000);
	deep[200000] = '\0';
	listen(&s);
	err = results_parse(deep, 200000, "deep", &r);
	stop_listening(&s);
	free(deep);
	assert_int_equal(err, -EBADMSG);
}

static int read_path(const char *path, struct said *s)
{
	struct results r;
	int err;

	listen(s);
	err = results_read(path, &r);
	stop_listening(s);
	results_free(&r);
	return err;
}

static void what_cannot_be_read_is_named(void **state)
{
	struct said s;

	(void)state;
	assert_int_equal(read_path("/nonexistent/a.json", &s), -ENOENT);
	assert_non_null(strstr(s.text, "/nonexistent/a.json"));
	assert_int_equal(read_path("/tmp", &s), -EISDIR);
	assert_non_null(strstr(s.text, "/tmp: "));
}

static void a_huge_file_is_refused(void **state)
{
	char path[] = "/tmp/tandem-huge-XXXXXX";
	int fd = mkstemp(path);
	struct said s;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)RESULTS_BYTES_MAX + 1), 0);
	close(fd);
	assert_int_equal(read_path(path, &s), -EFBIG);
	unlink(path);
	assert_non_null(strstr(s.text, "64 MiB"));
	assert_int_equal(read_path("/dev/zero", &s), -EFBIG);
}

static void standard_input_is_read_whole(void **state)
{
	int p[2], saved = dup(STDIN_FILENO);
	struct results r;

	(void)state;
	assert_int_equal(pipe(p), 0);
	assert_int_equal(write(p[1], GOOD, strlen(GOOD)), strlen(GOOD));
	close(p[1]);
	dup2(p[0], STDIN_FILENO);
	close(p[0]);
	assert_int_equal(results_read("-", &r), 0);
	dup2(saved, STDIN_FILENO);
	close(saved);
	assert_string_equal(r.path, "standard input");
	assert_int_equal(r.n, 1);
	results_free(&r);
}

/* Of one label, as many as there may be; the watch is there for those who look through all names each time. */
static void equal_labels_are_numbered(void **state)
{
	char label[RESULT_LABEL_MAX];
	struct text_made made;
	struct results r;
	FILE *to = text_begin(&made);
	char *text;

	(void)state;
	suite_watch(20);
	fputs("{\"schema\":\"tandem-bench/1\",\"host\":{},\"results\":[", to);
	for (unsigned i = 0; i < RESULTS_CELLS_MAX; i++)
		fprintf(to, "%s{" CELL ",\"label\":\"%s\"}", i ? "," : "", i == 5 ? "x #3" : "x");
	fputs("]}", to);
	text = text_end(&made);
	assert_int_equal(results_parse(text, made.len, "many", &r), 0);
	assert_string_equal(r.result[0].label, "x");
	assert_string_equal(r.result[1].label, "x #2");
	assert_string_equal(r.result[2].label, "x #3");
	assert_string_equal(r.result[3].label, "x #4");
	assert_string_equal(r.result[5].label, "x #3 #2");
	snprintf(label, sizeof(label), "x #%u", RESULTS_CELLS_MAX - 1);
	assert_string_equal(r.result[RESULTS_CELLS_MAX - 1].label, label);
	results_free(&r);
	free(text);
}

/* Every beginning of a good file is refused, and so is every byte knocked over, or it is read. */
static void damage_never_gets_further(void **state)
{
	char text[] = FILE_OF("\"cpus\":2", CELL ",\"notify_us\":{\"n\":3,\"curve\":[[0.5,2]]}");
	size_t len = strlen(text);
	struct said s;
	struct results r;

	(void)state;
	listen(&s);
	for (size_t i = 0; i < len; i++) {
		char was = text[i];

		assert_int_equal(results_parse(text, i, "cut", &r), -EBADMSG);
		for (unsigned c = 0; c < 256; c += 7) {
			text[i] = (char)c;
			results_parse(text, len, "damaged", &r);
			results_free(&r);
		}
		text[i] = was;
	}
	stop_listening(&s);
}

int main(void)
{
	static struct suite s;

	for (size_t i = 0; i < ARRAY_SIZE(bads); i++)
		suite_add(&s, bads[i].name, refuses, &bads[i]);
	suite_add(&s, "fields are as in the file", fields_are_as_in_the_file, NULL);
	suite_add(&s, "labels are made and unique", labels_are_made_and_unique, NULL);
	suite_add(&s, "samples keep their gaps", samples_keep_their_gaps, NULL);
	suite_add(&s, "unknown keys are left alone", unknown_keys_are_left_alone, NULL);
	suite_add(&s, "without frames there is no throughput",
		  without_frames_there_is_no_throughput, NULL);
	suite_add(&s, "equal labels are numbered, in no time", equal_labels_are_numbered, NULL);
	suite_add(&s, "a file without cells is good", nothing_measured_is_a_results_file_too, NULL);
	suite_add(&s, "deep nesting is refused", deep_nesting_is_refused, NULL);
	suite_add(&s, "what cannot be read is named", what_cannot_be_read_is_named, NULL);
	suite_add(&s, "a huge file is refused", a_huge_file_is_refused, NULL);
	suite_add(&s, "standard input is read whole", standard_input_is_read_whole, NULL);
	suite_add(&s, "damage never gets further", damage_never_gets_further, NULL);
	return suite_run(&s, "results");
}
