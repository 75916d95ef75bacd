// SPDX-License-Identifier: BSD-2-Clause
// Kernels that the lab builds: the state of a tree, its shadow; and boots made one set of results.
#include "tests/common/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/result/results.h"
#include "lab/boots.h"
#include "lab/shadow.h"
#include "lab/source.h"
#include "lab/tree.h"
#include "lib/fd.h"
#include "tests/common/tree.h"

static char dir[64];

static struct lab_path in_dir(const char *name)
{
	return lab_path("%s/%s", dir, name);
}

static void put(const char *name, const char *text)
{
	assert_int_equal(lab_file_write(in_dir(name).s, text, strlen(text)), 0);
}

static int set_up(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/tandem-kernels-XXXXXX");
	if (!mkdtemp(dir) || tree_make(in_dir("linux/kernel").s))
		return -1;
	put("linux/Makefile", "VERSION = 9\n");
	put("linux/kernel/fork.c", "fork\n");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	return tree_remove(dir);
}

static int read_tree(struct lab_tree *t)
{
	struct lab_sig sig;
	int err;

	assert_int_equal(lab_sig_open(&sig), 0);
	err = lab_tree_read(&sig, in_dir("linux").s, t);
	fd_close(&sig.fd);
	sigprocmask(SIG_SETMASK, &sig.before, NULL);
	return err;
}

static uint64_t state_of_tree(void)
{
	struct lab_tree t;
	uint64_t state;

	assert_int_equal(read_tree(&t), 0);
	state = lab_tree_state(&t, LAB_STATE);
	lab_tree_free(&t);
	return state;
}

static void set_time(const char *name, long s)
{
	struct timespec t[2] = { { .tv_sec = s }, { .tv_sec = s } };

	assert_int_equal(utimensat(AT_FDCWD, in_dir(name).s, t, 0), 0);
}

/* ---- states */

static void the_state_is_names_sizes_times_and_modes(void **state)
{
	uint64_t was, is;

	(void)state;
	set_time("linux/kernel/fork.c", 1000);
	was = state_of_tree();
	assert_true(was == state_of_tree());
	set_time("linux/kernel/fork.c", 1001);
	is = state_of_tree();
	assert_true(is != was);
	set_time("linux/kernel/fork.c", 1000);
	assert_true(state_of_tree() == was);
	put("linux/kernel/fork.c", "longer\n");
	set_time("linux/kernel/fork.c", 1000);
	assert_true(state_of_tree() != was);
	put("linux/kernel/fork.c", "fork\n");
	set_time("linux/kernel/fork.c", 1000);
	assert_int_equal(chmod(in_dir("linux/kernel/fork.c").s, 0755), 0);
	assert_true(state_of_tree() != was);
	assert_int_equal(chmod(in_dir("linux/kernel/fork.c").s, 0644), 0);
	assert_true(state_of_tree() == was);
	assert_int_equal(rename(in_dir("linux/kernel/fork.c").s, in_dir("linux/kernel/exit.c").s),
			 0);
	assert_true(state_of_tree() != was);
}

static void texts_do_not_run_together(void **state)
{
	(void)state;
	assert_true(lab_state_text(lab_state_text(LAB_STATE, "ab"), "c") !=
		    lab_state_text(lab_state_text(LAB_STATE, "a"), "bc"));
}

static void what_is_no_tree_is_refused(void **state)
{
	struct lab_tree t;

	(void)state;
	put("linux/.config", "");
	assert_int_equal(read_tree(&t), -EBUSY);
	lab_tree_free(&t);
	assert_int_equal(unlink(in_dir("linux/.config").s), 0);
	put("linux/Makefile", "all:\n");
	assert_int_equal(read_tree(&t), -ENOEXEC);
	lab_tree_free(&t);
	assert_int_equal(unlink(in_dir("linux/Makefile").s), 0);
	assert_int_equal(read_tree(&t), -ENOENT);
	lab_tree_free(&t);
}

static void tar_files_are_told_by_their_names(void **state)
{
	(void)state;
	assert_true(lab_source_is_tar("/usr/src/linux-source-7.3.tar.xz"));
	assert_true(lab_source_is_tar("linux.tar"));
	assert_false(lab_source_is_tar("/my.tar.d/linux"));
	assert_false(lab_source_is_tar("linux.target"));
	assert_false(lab_source_is_tar("bzImage"));
}

/* ---- shadows */

static void show(void)
{
	struct lab_tree t, none = { .n = 0 };

	assert_int_equal(read_tree(&t), 0);
	assert_int_equal(lab_shadow_make(&t, in_dir("stage").s, &none, in_dir("work").s), 0);
	lab_tree_free(&t);
}

static time_t shown_time(const char *name)
{
	struct stat st;

	assert_int_equal(stat(lab_path("%s/work/source/%s", dir, name).s, &st), 0);
	return st.st_mtime;
}

/* make goes by times: a file that was put back, or unpacked over, has an old one. */
static void a_change_with_an_old_time_looks_new(void **state)
{
	char *text;

	(void)state;
	set_time("linux/kernel/fork.c", 5000);
	show();
	assert_int_equal(shown_time("kernel/fork.c"), 5000);
	put("linux/kernel/fork.c", "changed\n");
	set_time("linux/kernel/fork.c", 1000);
	show();
	assert_true(shown_time("kernel/fork.c") > 5000);
	assert_int_equal(
		lab_file_read(lab_path("%s/work/source/kernel/fork.c", dir).s, &text, NULL), 0);
	assert_string_equal(text, "changed\n");
	free(text);
}

static void what_is_gone_is_not_shown(void **state)
{
	(void)state;
	show();
	assert_int_equal(unlink(in_dir("linux/kernel/fork.c").s), 0);
	show();
	assert_false(lab_file_exists(lab_path("%s/work/source/kernel/fork.c", dir).s));
}

static void links_lead_to_the_shadow(void **state)
{
	char target[32] = "";

	(void)state;
	assert_int_equal(symlink("kernel/fork.c", in_dir("linux/alias.c").s), 0);
	show();
	assert_true(readlink(lab_path("%s/work/source/alias.c", dir).s, target,
			     sizeof(target) - 1) > 0);
	assert_string_equal(target, "kernel/fork.c");
}

/* ---- boots */

static json_t *boots_of(const char *results)
{
	struct lab_results r = { .all = json_pack("{s:s}", "schema", "tandem-bench/1") };
	unsigned failed;
	json_t *doc;

	json_object_set_new(r.all, "results", json_loads(results, 0, NULL));
	doc = lab_boots_merge(&r, &failed);
	if (doc)
		json_object_set_new(doc, "failed", json_integer(failed));
	json_decref(r.all);
	return doc;
}

static json_t *cell_of(const json_t *doc, size_t i)
{
	return json_array_get(json_object_get(doc, "results"), i);
}

static double sample(const json_t *cell, const char *metric, size_t i)
{
	const json_t *v =
		json_array_get(json_object_get(json_object_get(cell, "samples"), metric), i);

	return json_is_number(v) ? json_number_value(v) : NAN;
}

#define CELL(mode, ok, values)                                                        \
	"{\"label\": \"rr\", \"preempt\": \"" mode "\", \"ok\": " ok ", \"runs\": 3," \
	" \"stats\": {}, \"samples\": {\"gbps\": [" values "]}}"

static void a_boot_is_one_value(void **state)
{
	json_t *doc = boots_of("[" CELL("full", "true", "1, 9, 2") "," CELL(
		"lazy", "true", "7") "," CELL("full", "true", "4, null, 6") "]");

	(void)state;
	assert_int_equal(json_array_size(json_object_get(doc, "results")), 2);
	assert_int_equal(results_number(cell_of(doc, 0), "runs"), 2);
	assert_true(sample(cell_of(doc, 0), "gbps", 0) == 2);
	assert_true(sample(cell_of(doc, 0), "gbps", 1) == 5);
	assert_true(sample(cell_of(doc, 1), "gbps", 0) == 7);
	assert_null(json_object_get(cell_of(doc, 0), "stats"));
	json_decref(doc);
}

/* As a cell that failed is written: it has no metrics. */
#define FAILED \
	"{\"label\": \"rr\", \"preempt\": \"full\", \"ok\": false, \"error\": \"x\", \"samples\": {}}"

/* Three boots, the one at `which` failed: the others keep their values. */
static void check_one_failed(size_t which, const char *results)
{
	json_t *doc = boots_of(results), *cell = cell_of(doc, 0);

	for (size_t i = 0; i < 3; i++)
		assert_true(i == which ? isnan(sample(cell, "gbps", i))
				       : sample(cell, "gbps", i) == (double)i + 1);
	assert_int_equal(results_number(cell, "runs"), 3);
	assert_true(results_true(cell, "ok"));
	assert_null(json_object_get(cell, "error"));
	assert_int_equal(results_number(doc, "failed"), 1);
	json_decref(doc);
}

static void a_boot_that_failed_has_no_value(void **state)
{
	(void)state;
	check_one_failed(0, "[" FAILED
			    "," CELL("full", "true", "2") "," CELL("full", "true", "3") "]");
	check_one_failed(1, "[" CELL("full", "true", "1") "," FAILED
							  "," CELL("full", "true", "3") "]");
	check_one_failed(2, "[" CELL("full", "true", "1") "," CELL("full", "true", "2") "," FAILED
											"]");
}

static void one_that_always_failed_is_not_good(void **state)
{
	json_t *doc = boots_of("[" CELL("full", "false", "1") "," CELL("full", "false", "4") "]");

	(void)state;
	assert_false(results_true(cell_of(doc, 0), "ok"));
	assert_int_equal(results_number(doc, "failed"), 2);
	json_decref(doc);
	assert_null(boots_of("[]"));
}

int main(void)
{
	static struct suite s;

	s.setup = set_up;
	s.teardown = tear_down;
	suite_add(&s, "a tree's state is names, sizes, times and modes",
		  the_state_is_names_sizes_times_and_modes, NULL);
	suite_add(&s, "texts of a state do not run together", texts_do_not_run_together, NULL);
	suite_add(&s, "what is no tree is refused", what_is_no_tree_is_refused, NULL);
	suite_add(&s, "tar files are told by their names", tar_files_are_told_by_their_names, NULL);
	suite_add(&s, "a change with an old time looks new", a_change_with_an_old_time_looks_new,
		  NULL);
	suite_add(&s, "what is gone is not shown", what_is_gone_is_not_shown, NULL);
	suite_add(&s, "links lead to the shadow", links_lead_to_the_shadow, NULL);
	suite_add(&s, "a boot is one value", a_boot_is_one_value, NULL);
	suite_add(&s, "a boot that failed has no value", a_boot_that_failed_has_no_value, NULL);
	suite_add(&s, "one that always failed is not good", one_that_always_failed_is_not_good,
		  NULL);
	return suite_run(&s, "kernels");
}
