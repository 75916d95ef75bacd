// SPDX-License-Identifier: BSD-2-Clause
// What is not known is null, and never 0: on a kernel without schedstat files, and for threads without a name.
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <linux/io_uring.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench/crowd/crowd.h"
#include "bench/crowd/json.h"
#include "bench/host/kworkers.h"
#include "bench/plan/bench.h"
#include "bench/plan/measure.h"
#include "bench/plan/names.h"
#include "bench/result/json.h"
#include "bench/result/json_counters.h"
#include "bench/run/patience.h"
#include "bench/show/print.h"
#include "tests/common/suite.h"
#include "tests/common/text.h"
#include "vhost/strategies.h"

/* ---- the kernel's part */

static bool no_schedstat;
static const char
	*comm_of_new; /* what a ring's thread is called before it runs; NULL: its own name */

FILE *__real_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode);
int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);

static bool ends_with(const char *path, const char *end)
{
	size_t n = strlen(path), m = strlen(end);

	return n >= m && strcmp(path + n - m, end) == 0;
}

/*
 * A ring's thread has its creator's name for as long as comm_of_new says. The file is read once:
 * the thread names itself when it first runs, which may be between two readings.
 */
static FILE *open_comm(const char *path)
{
	FILE *real = __real_fopen(path, "re"), *f;
	char name[32] = "";

	if (!real)
		return NULL;
	if (fgets(name, sizeof(name), real) && strncmp(name, "iou-", 4) == 0)
		strcpy(name, comm_of_new);
	fclose(real);
	f = fmemopen(NULL, sizeof(name), "w+");
	if (f) {
		fputs(name, f);
		rewind(f);
	}
	return f;
}

FILE *__wrap_fopen(const char *path, const char *mode)
{
	if (no_schedstat && ends_with(path, "/schedstat")) {
		errno = ENOENT;
		return NULL;
	}
	if (comm_of_new && ends_with(path, "/comm"))
		return open_comm(path);
	return __real_fopen(path, mode);
}

int __wrap_open(const char *path, int flags, ...)
{
	va_list ap;
	int mode;

	va_start(ap, flags);
	mode = flags & O_CREAT ? va_arg(ap, int) : 0;
	va_end(ap);
	if (no_schedstat && ends_with(path, "/schedstat")) {
		errno = ENOENT;
		return -1;
	}
	return __real_open(path, flags, mode);
}

/* ---- a bench there */

static struct cell_spec a_cell(void)
{
	struct cell_spec s = {
		.scenario = SCENARIO_RR,
		.accel = &accel_thread,
		.notify = &notify_deferred,
		.producer = producers[0],
		.batch = 1,
		.irq = vm_irqs,
		.halt_poll_ns = -1,
		.frame_bytes = 64,
		.ring_size = 16,
		.window = 16,
		.rto_us = 200000,
		.budget = 16,
		.duration_ms = 100,
		.unfiltered = true,
	};

	for (unsigned r = 0; r < ROLES; r++)
		sched_getaffinity(0, sizeof(s.cpus[r]), &s.cpus[r]);
	return s;
}

static struct bench *run_bench(void)
{
	struct bench *b = calloc(1, sizeof(*b));

	assert_non_null(b);
	b->preempt = PREEMPT_CLOSED;
	b->accel = &accel_thread;
	b->row = calloc(1, sizeof(*b->row));
	b->row[0].spec = a_cell();
	b->nrows = 1;
	host_read(&b->host, "");
	b->row[0].spec.clock_hz = b->host.clock.hz;
	b->rounds.runs = 1;
	b->details = true;
	assert_int_equal(runs_name(b), 0);
	bench_run(b);
	if (!b->row[0].ok) {
		print_message("no bench here: %s\n", b->row[0].error);
		skip();
	}
	return b;
}

static void end_bench(struct bench *b)
{
	runs_free(&b->rounds);
	free(b->row);
	free(b);
}

static void is_null(const json_t *o, const char *key)
{
	if (!json_object_get(o, key) || !json_is_null(json_object_get(o, key)))
		fail_msg("%s is not null", key);
}

static void is_count(const json_t *o, const char *key)
{
	if (!json_is_integer(json_object_get(o, key)))
		fail_msg("%s is no number", key);
}

static json_t *written(struct bench *b)
{
	char path[] = "/tmp/tandem-unaccounted-XXXXXX";
	static char *words[] = { (char *)"x", NULL };
	int fd = mkstemp(path);
	json_t *doc;

	assert_true(fd >= 0);
	close(fd);
	b->argc = 1;
	b->argv = words;
	assert_int_equal(bench_write_json(b, path), 0);
	doc = json_load_file(path, 0, NULL);
	unlink(path);
	assert_non_null(doc);
	return doc;
}

static void results_say_null(void **state)
{
	const json_t *row, *role, *thread;
	struct bench *b;
	json_t *doc;

	(void)state;
	no_schedstat = true;
	b = run_bench();
	doc = written(b);
	row = json_array_get(json_object_get(doc, "results"), 0);
	role = json_object_get(json_object_get(row, "ctx_switches"), "backend");
	is_count(role, "voluntary");
	assert_true(json_integer_value(json_object_get(role, "voluntary")) > 0);
	is_null(role, "cpu_ns");
	is_null(role, "run_delay_ns");
	is_null(role, "runs");
	is_null(row, "receiver_idle");
	is_null(row, "interrupted_runs");
	is_null(row, "stopped_s");
	thread = json_array_get(json_object_get(row, "threads"), 0);
	is_count(thread, "voluntary");
	is_null(thread, "cpu_us");
	is_null(thread, "run_delay_us");
	json_decref(doc);
	end_bench(b);
	no_schedstat = false;
}

static void tables_say_a_dash(void **state)
{
	struct bench *b;
	struct text_made made;
	char *text, *line;

	(void)state;
	no_schedstat = true;
	b = run_bench();
	bench_print(b, text_begin(&made));
	text = text_end(&made);
	assert_null(strstr(text, "100.0%\n")); /* b idle */
	line = strstr(text, "wait ms");
	assert_non_null(line);
	line = strchr(line, '\n');
	assert_non_null(line);
	assert_non_null(strstr(line, "        -        "));
	free(text);
	end_bench(b);
	no_schedstat = false;
}

static void a_crowd_says_null(void **state)
{
	struct crowd_bench b = { .nrows = 1, .rounds.runs = 1 };
	static char *words[] = { (char *)"x", NULL };
	char path[] = "/tmp/tandem-unaccounted-XXXXXX";
	unsigned place = 0;
	const json_t *row, *vcpus;
	json_t *doc;
	int fd = mkstemp(path);

	(void)state;
	close(fd);
	b.argc = 1;
	b.argv = words;
	b.row = calloc(1, sizeof(*b.row));
	b.row->spec = (struct crowd_spec){ .workload = crowd_workloads,
					   .accel = &accel_thread,
					   .guests = 1,
					   .vcpus = 1,
					   .clock_hz = 1000000000 };
	b.row->ok = true;
	b.row->over.n = 1;
	b.row->over.place = &place;
	b.row->over.baseline = -1;
	b.row->sum.nvcpus = 1;
	b.row->sum.duration_s = 1;
	assert_int_equal(crowd_write_json(&b, path), 0);
	doc = json_load_file(path, 0, NULL);
	unlink(path);
	row = json_array_get(json_object_get(doc, "results"), 0);
	vcpus = json_object_get(json_object_get(row, "ctx_switches"), "vcpus");
	is_count(vcpus, "voluntary");
	is_null(vcpus, "cpu_ns");
	is_null(vcpus, "run_delay_ns");
	is_null(row, "stopped_s");
	is_null(json_array_get(json_object_get(row, "vcpus"), 0), "cpu_ns");
	json_decref(doc);
	free(b.row);
}

static void others_know_that_they_do_not(void **state)
{
	struct stops s;
	bool accounted = true;
	cpu_set_t cpus;
	static struct kworkers k;

	(void)state;
	no_schedstat = true;
	stops_begin(&s);
	assert_false(s.known);
	stops_end(&s);
	threads_read((pid_t)syscall(SYS_gettid), &accounted);
	assert_false(accounted);
	sched_getaffinity(0, sizeof(cpus), &cpus);
	kworkers_sample(&k, &cpus);
	assert_false(k.readable);
	no_schedstat = false;
}

/* ---- a ring's thread that has its creator's name still */

static const struct thread_entry *find(const struct thread_list *t, const char *name)
{
	for (unsigned i = 0; i < t->n; i++)
		if (strcmp(t->thread[i].name, name) == 0)
			return &t->thread[i];
	return NULL;
}

static void a_ring_thread_is_not_its_creator(void **state)
{
	struct io_uring_params p = { .flags = IORING_SETUP_SQPOLL, .sq_thread_idle = 1 };
	static struct thread_list t;
	unsigned named = 0;
	int ring;

	(void)state;
	ring = (int)syscall(SYS_io_uring_setup, 4, &p);
	if (ring < 0) {
		print_message("no io_uring here: %s\n", strerror(errno));
		skip();
	}
	comm_of_new = "tandem-a\n";
	thread_list_sample(&t);
	comm_of_new = NULL;
	for (unsigned i = 0; i < t.n; i++)
		named += strcmp(t.thread[i].name, "tandem-a") == 0;
	assert_int_equal(named, 0);
	assert_non_null(find(&t, "iou-new"));
	close(ring);
}

int main(void)
{
	static struct suite s;

	suite_add(&s, "without schedstat results say null", results_say_null, NULL);
	suite_add(&s, "without schedstat tables say -", tables_say_a_dash, NULL);
	suite_add(&s, "without schedstat a crowd says null", a_crowd_says_null, NULL);
	suite_add(&s, "without schedstat stops, threads and kworkers are unknown",
		  others_know_that_they_do_not, NULL);
	suite_add(&s, "a ring's thread without a name is not taken for its creator",
		  a_ring_thread_is_not_its_creator, NULL);
	return suite_run(&s, "unaccounted");
}
