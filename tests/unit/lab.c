// SPDX-License-Identifier: BSD-2-Clause
// The lab's cache, with stand-ins for apt's tools; its programs; its options. Nothing is booted or fetched.
#include "tests/common/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lab/fetch.h"
#include "lab/opts.h"
#include "lab/result.h"
#include "lib/fd.h"
#include "tests/common/tree.h"

#define RELEASE "6.12.1+deb13-cloud-amd64"

static char dir[] = "/tmp/tandem-lab-XXXXXX";
static char *old_path;

static struct lab_path in_dir(const char *name)
{
	return lab_path("%s/%s", dir, name);
}

static void tool(const char *name, const char *script)
{
	struct lab_path path = lab_path("%s/bin/%s", dir, name);

	assert_int_equal(lab_file_write(path.s, script, strlen(script)), 0);
	assert_int_equal(chmod(path.s, 0755), 0);
}

static int set_up(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/tandem-lab-XXXXXX");
	assert_non_null(mkdtemp(dir));
	assert_int_equal(tree_make(in_dir("bin").s), 0);
	assert_int_equal(tree_make(in_dir("kernels/amd64/trixie/" RELEASE).s), 0);
	tool("apt-get",
	     "#!/bin/sh\n[ $1 = indextargets ] && echo trixie main http://192.0.2.1/debian\nexit 0\n");
	old_path = strdup(getenv("PATH"));
	return setenv("PATH", in_dir("bin").s, 1);
}

static int tear_down(void **state)
{
	(void)state;
	setenv("PATH", old_path, 1);
	free(old_path);
	return tree_remove(dir);
}

static void need_shell(void)
{
	if (access("/bin/sh", X_OK) == 0)
		return;
	print_message("# no /bin/sh for stand-ins of apt's tools\n");
	skip();
}

/* The newest cloud kernel, of a machine whose apt is played by apt-cache. */
static int fetch(bool refresh, struct lab_path *found)
{
	struct lab_wanted w = { .arch = lab_arch_find("x86_64"),
				.suite = "trixie",
				.flavour = "cloud" };
	struct lab_sig sig;
	int err;

	assert_int_equal(lab_sig_open(&sig), 0);
	err = lab_fetch(&sig, dir, &w, refresh, found);
	fd_close(&sig.fd);
	sigprocmask(SIG_SETMASK, &sig.before, NULL);
	return err;
}

static const char *const newest = "kernels/amd64/trixie/newest-cloud";

static void an_empty_entry_is_none(void **state)
{
	struct lab_path found;

	(void)state;
	assert_int_equal(lab_file_write(in_dir(newest).s, RELEASE, strlen(RELEASE)), 0);
	assert_int_equal(fetch(false, &found), 0);
	assert_non_null(strstr(found.s, RELEASE));
	assert_int_equal(lab_file_write(in_dir(newest).s, "", 0), 0);
	setenv("PATH", "/nonexistent", 1);
	assert_int_equal(fetch(false, &found), -ENOENT);
}

static void an_entry_is_replaced_whole(void **state)
{
	struct lab_path found;
	char text[64] = "";
	int fd;

	(void)state;
	need_shell();
	tool("apt-cache", "#!/bin/sh\n"
			  "case $* in\n"
			  "*pkgnames*) echo linux-image-" RELEASE " ;;\n"
			  "*) echo Package: it; echo Version: 1 ;;\n"
			  "esac\n");
	assert_int_equal(lab_file_write(in_dir(newest).s, "old", 3), 0);
	fd = open(in_dir(newest).s, O_RDONLY);
	assert_int_equal(fetch(true, &found), 0);
	/* Who had opened it still reads what was there. */
	assert_int_equal(read(fd, text, sizeof(text)), 3);
	close(fd);
	fd = open(in_dir(newest).s, O_RDONLY);
	assert_int_equal(read(fd, text, sizeof(text)), strlen(RELEASE));
	close(fd);
	assert_memory_equal(text, RELEASE, strlen(RELEASE));
}

static void a_signal_is_no_missing_package(void **state)
{
	struct lab_path found;

	(void)state;
	need_shell();
	tool("apt-cache", "#!/bin/sh\n"
			  "case $* in\n"
			  "*pkgnames*) echo linux-image-" RELEASE " ;;\n"
			  "*) kill -TERM $PPID; while :; do :; done ;;\n"
			  "esac\n");
	assert_int_equal(fetch(true, &found), -EINTR);
}

/* Runs a line of shell as the lab runs its programs. */
static int run_line(const char *line)
{
	struct lab_args a = { 0 };
	struct lab_sig sig;
	int status;

	lab_args_add(&a, "/bin/sh");
	lab_args_add(&a, "-c");
	lab_args_add(&a, "%s", line);
	assert_int_equal(lab_sig_open(&sig), 0);
	status = lab_run(&sig, &a, NULL, NULL);
	lab_sig_close(&sig);
	return status;
}

static void a_child_that_cannot_be_waited_for_is_an_error(void **state)
{
	(void)state;
	need_shell();
	signal(SIGCHLD, SIG_IGN);
	suite_watch(20);
	assert_int_equal(run_line(":"), -ECHILD);
	signal(SIGCHLD, SIG_DFL);
}

/* nohup: what is ignored stays so. */
static void an_ignored_signal_does_not_end_it(void **state)
{
	struct lab_sig sig;

	(void)state;
	signal(SIGHUP, SIG_IGN);
	assert_int_equal(lab_sig_open(&sig), 0);
	raise(SIGHUP);
	assert_false(lab_sig_caught(&sig));
	lab_sig_close(&sig);
	signal(SIGHUP, SIG_DFL);
}

static void programs_have_the_usual_signals(void **state)
{
	(void)state;
	need_shell();
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(run_line("kill -PIPE $$"), 128 + SIGPIPE);
	signal(SIGPIPE, SIG_DFL);
}

static void lists_of_kernels_have_no_gaps(void **state)
{
	static const struct {
		const char *option;
		int status;
	} rows[] = {
		{ "--kernels=6.12", 0 },  { "--kernels=6.1,6.12-rt", 0 },
		{ "--kernels=", 2 },	  { "--kernels=,6.12", 2 },
		{ "--kernels=6.12,", 2 }, { "--kernels=6.1,,6.12", 2 },
		{ "--kernels=,", 2 },
	};
	struct lab_opts o;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *argv[] = { (char *)"lab", (char *)rows[i].option, NULL };

		assert_int_equal(lab_opts_parse(&o, 2, argv), rows[i].status);
	}
}

static void results_are_replaced_whole(void **state)
{
	struct lab_results r = { .all = json_pack("{s:s}", "schema", "it") };
	struct stat before, after;
	const char *path;
	struct lab_path file = in_dir("out.json");

	(void)state;
	path = file.s;
	assert_int_equal(lab_file_write(path, "old", 3), 0);
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(stat(path, &before), 0);
	assert_int_equal(lab_results_write(&r, path), 0);
	assert_int_equal(stat(path, &after), 0);
	assert_true(before.st_ino != after.st_ino);
	assert_int_equal(after.st_mode & 0777, 0600);
	lab_results_free(&r);
}

int main(void)
{
	static struct suite s;

	s.setup = set_up;
	s.teardown = tear_down;
	suite_add(&s, "an empty entry of the cache is none", an_empty_entry_is_none, NULL);
	suite_add(&s, "an entry of the cache is replaced whole", an_entry_is_replaced_whole, NULL);
	suite_add(&s, "a signal while apt looks is no missing package",
		  a_signal_is_no_missing_package, NULL);
	suite_add(&s, "a child that cannot be waited for is an error",
		  a_child_that_cannot_be_waited_for_is_an_error, NULL);
	suite_add(&s, "an ignored signal does not end it", an_ignored_signal_does_not_end_it, NULL);
	suite_add(&s, "its programs have the usual signals", programs_have_the_usual_signals, NULL);
	suite_add(&s, "lists of kernels have no gaps", lists_of_kernels_have_no_gaps, NULL);
	suite_add(&s, "results are replaced whole", results_are_replaced_whole, NULL);
	return suite_run(&s, "lab");
}
