// SPDX-License-Identifier: BSD-2-Clause
// --trace=FILE: what is in the file, from a tracing instance that a directory plays.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bench/trace/dat.h"
#include "tests/common/suite.h"
#include "tests/common/tree.h"

static char root[] = "/tmp/tandem-dat-XXXXXX";
static size_t page;

/* A file of the instance, or of tracefs itself: "../../saved_cmdlines". */
static void put_file(const char *name, const void *text, size_t len)
{
	char path[256], *slash;
	FILE *f;

	snprintf(path, sizeof(path), "%s/instances/x/%s", root, name);
	slash = strrchr(path, '/');
	*slash = '\0';
	assert_int_equal(tree_make(path), 0);
	*slash = '/';
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	fclose(f);
}

static void put_text(const char *name, const char *text)
{
	put_file(name, text, strlen(text));
}

/* A CPU's buffer has pages, each full of one letter. */
static void put_pages(unsigned cpu, const char *letters)
{
	size_t n = strlen(letters);
	char *all = malloc(n * page + 1), name[64];

	assert_non_null(all);
	for (size_t i = 0; i < n; i++)
		memset(all + i * page, letters[i], page);
	snprintf(name, sizeof(name), "per_cpu/cpu%u/trace_pipe_raw", cpu);
	put_file(name, all, n * page);
	free(all);
}

static int make_root(void **state)
{
	(void)state;
	page = (size_t)sysconf(_SC_PAGESIZE);
	strcpy(root, "/tmp/tandem-dat-XXXXXX");
	assert_non_null(mkdtemp(root));
	put_text("events/header_page", "page");
	put_text("events/header_event", "event\n");
	put_text("events/ftrace/print/format", "print");
	put_text("events/sched/sched_switch/format", "switch");
	put_text("events/sched/sched_waking/format", "waking");
	put_text("events/sched/other/format", "nobody asked for this");
	put_text("events/kvm/kvm_set_irq/format", "irq");
	put_text("trace_clock", "local [mono_raw]\n");
	put_text("../../saved_cmdlines", "7 a name\n8 old\n");
	return 0;
}

static int remove_root(void **state)
{
	(void)state;
	return tree_remove(root);
}

static struct dat *open_dat(void)
{
	char path[128], instance[128];
	struct dat *d;

	snprintf(path, sizeof(path), "%s/out.dat", root);
	snprintf(instance, sizeof(instance), "%s/instances/x", root);
	d = dat_open(path, instance);
	assert_non_null(d);
	return d;
}

/* ---- reading the file, in the order in which it is written */

struct reading {
	const char *text;
	size_t len, at;
};

static const char *take(struct reading *r, size_t n)
{
	const char *here = r->text + r->at;

	assert_true(n <= r->len - r->at);
	r->at += n;
	return here;
}

static uint64_t number(struct reading *r, size_t bytes)
{
	uint64_t v = 0;

	memcpy(&v, take(r, bytes), bytes);
	return v;
}

static void expect_bytes(struct reading *r, const char *wanted, size_t n)
{
	assert_memory_equal(take(r, n), wanted, n);
}

static void expect_word(struct reading *r, const char *word)
{
	expect_bytes(r, word, strlen(word) + 1);
}

/* Behind its size. */
static void expect_text(struct reading *r, size_t size_bytes, const char *text)
{
	assert_int_equal(number(r, size_bytes), strlen(text));
	expect_bytes(r, text, strlen(text));
}

static void expect_formats(struct reading *r)
{
	assert_int_equal(number(r, 4), 1); /* of ftrace's own */
	expect_text(r, 8, "print");
	assert_int_equal(number(r, 4), 3); /* systems */
	expect_word(r, "sched");
	assert_int_equal(number(r, 4), 2);
	expect_text(r, 8, "switch");
	expect_text(r, 8, "waking");
	expect_word(r, "workqueue");
	assert_int_equal(number(r, 4), 0);
	expect_word(r, "kvm");
	assert_int_equal(number(r, 4), 1);
	expect_text(r, 8, "irq");
}

static void expect_header(struct reading *r, const char *names)
{
	expect_bytes(r, "\x17\x08\x44tracing", 10);
	expect_word(r, "6");
	expect_bytes(r, "\0\10", 2);
	assert_int_equal(number(r, 4), page);
	expect_word(r, "header_page");
	expect_text(r, 8, "page");
	expect_word(r, "header_event");
	expect_text(r, 8, "event\n");
	expect_formats(r);
	take(r, number(r, 4));		   /* kallsyms: this kernel's */
	assert_int_equal(number(r, 4), 0); /* trace_printk()'s formats */
	expect_text(r, 8, names);
}

static unsigned expect_options(struct reading *r)
{
	unsigned cpus = (unsigned)number(r, 4);

	assert_int_equal(cpus, sysconf(_SC_NPROCESSORS_CONF));
	expect_word(r, "options  ");
	assert_int_equal(number(r, 2), 4); /* which clock */
	expect_text(r, 4, "local [mono_raw]\n");
	assert_int_equal(number(r, 2), 0);
	expect_word(r, "flyrecord");
	return cpus;
}

/* The pages of a CPU are those of these letters, where the table says. */
static void expect_pages(struct reading *r, const char *letters)
{
	size_t at = number(r, 8), len = number(r, 8);

	assert_int_equal(at % page, 0);
	assert_int_equal(len, strlen(letters) * page);
	assert_true(at <= r->len && len <= r->len - at);
	for (size_t i = 0; i < len; i++)
		assert_int_equal(r->text[at + i], letters[i / page]);
}

static void the_file_is_as_the_format_says(void **state)
{
	struct dat *d = open_dat();
	struct reading r = { 0 };
	unsigned cpus;

	(void)state;
	put_pages(0, "ab");
	dat_take(d);
	/* Another run, with threads of its own; one has the number of one that is gone. */
	put_pages(0, "c");
	put_text("../../saved_cmdlines", "8 new\n9 third\n");
	dat_take(d);
	assert_int_equal(dat_whole(d, &r.text, &r.len), 0);
	expect_header(&r, "7 a name\n8 new\n9 third\n");
	cpus = expect_options(&r);
	expect_pages(&r, "abc");
	for (unsigned i = 1; i < cpus; i++)
		expect_pages(&r, "");
	dat_close(d);
}

/* In the order of CPUs, though they were taken by turns. */
static void each_cpus_pages_are_together(void **state)
{
	struct dat *d;
	struct reading r = { 0 };
	unsigned cpus = (unsigned)sysconf(_SC_NPROCESSORS_CONF);

	(void)state;
	if (cpus < 2)
		skip();
	d = open_dat();
	put_pages(0, "a");
	put_pages(1, "xy");
	dat_take(d);
	put_pages(0, "b");
	put_pages(1, "z");
	dat_take(d);
	assert_int_equal(dat_whole(d, &r.text, &r.len), 0);
	expect_header(&r, "7 a name\n8 old\n");
	expect_options(&r);
	expect_pages(&r, "ab");
	expect_pages(&r, "xyz");
	dat_close(d);
}

/* A cell that was never measured. */
static void without_a_run_there_is_a_file(void **state)
{
	struct dat *d = open_dat();
	struct reading r = { 0 };

	(void)state;
	assert_int_equal(dat_whole(d, &r.text, &r.len), 0);
	expect_header(&r, "");
	expect_options(&r);
	expect_pages(&r, "");
	dat_close(d);
}

static void many_names_and_runs_are_kept(void **state)
{
	struct dat *d = open_dat();
	struct reading r = { 0 };
	char line[32], names[4096] = "", letters[201] = "";

	(void)state;
	for (unsigned i = 0; i < 200; i++) {
		letters[i] = (char)('a' + i % 26);
		put_pages(0, (const char[]){ letters[i], '\0' });
		snprintf(line, sizeof(line), "%u t%u\n", i, i);
		put_text("../../saved_cmdlines", line);
		strcat(names, line);
		dat_take(d);
	}
	assert_int_equal(dat_whole(d, &r.text, &r.len), 0);
	expect_header(&r, names);
	expect_options(&r);
	expect_pages(&r, letters);
	dat_close(d);
}

/* What cannot be kept is an error at the end, and never half a file. */
static void no_room_is_said(void **state)
{
	struct rlimit old, small;
	struct dat *d = open_dat();
	const char *text;
	size_t len;

	(void)state;
	put_pages(0, "abcd");
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = (struct rlimit){ 2 * page, old.rlim_max };
	setrlimit(RLIMIT_FSIZE, &small);
	dat_take(d);
	setrlimit(RLIMIT_FSIZE, &old);
	assert_int_equal(dat_whole(d, &text, &len), -EFBIG);
	dat_close(d);
}

static void no_place_is_said(void **state)
{
	(void)state;
	assert_null(dat_open("/nonexistent/out.dat", root));
}

static void nothing_is_left_beside_it(void **state)
{
	struct dat *d = open_dat();
	const char *text;
	char path[128];
	size_t len;

	(void)state;
	put_pages(0, "a");
	dat_take(d);
	assert_int_equal(dat_whole(d, &text, &len), 0);
	snprintf(path, sizeof(path), "%s/instances", root);
	assert_int_equal(tree_remove(path), 0);
	snprintf(path, sizeof(path), "%s/saved_cmdlines", root);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(root), 0); /* it is empty */
	assert_int_equal(tree_make(root), 0);
	dat_close(d);
}

int main(void)
{
	static struct suite s;

	s.setup = make_root;
	s.teardown = remove_root;
	suite_add(&s, "the file is as the format says", the_file_is_as_the_format_says, NULL);
	suite_add(&s, "each CPU's pages are together", each_cpus_pages_are_together, NULL);
	suite_add(&s, "without a run there is a file", without_a_run_there_is_a_file, NULL);
	suite_add(&s, "many names and runs are kept", many_names_and_runs_are_kept, NULL);
	suite_add(&s, "no room is said", no_room_is_said, NULL);
	suite_add(&s, "no place is said", no_place_is_said, NULL);
	suite_add(&s, "nothing is left beside it", nothing_is_left_beside_it, NULL);
	return suite_run(&s, "dat");
}
