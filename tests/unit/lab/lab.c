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
	assert_int_equal(tree_make(in_dir("kernels.3/amd64/trixie/" RELEASE).s), 0);
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

static const char *const newest = "kernels.3/amd64/trixie/newest-cloud";

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

/* The kernel is there all the same. */
static void an_entry_that_cannot_be_written_is_none(void **state)
{
	struct lab_path found;

	(void)state;
	need_shell();
	tool("apt-cache", "#!/bin/sh\n"
			  "case $* in\n"
			  "*pkgnames*) echo linux-image-" RELEASE " ;;\n"
			  "*) echo Package: it; echo Version: 1 ;;\n"
			  "esac\n");
	unlink(in_dir(newest).s);
	assert_int_equal(mkdir(in_dir(newest).s, 0700), 0);
	assert_int_equal(fetch(true, &found), 0);
	assert_non_null(strstr(found.s, RELEASE));
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

/* `words` (blanks between) as the lab's. */
static int parse_words(struct lab_opts *o, const char *words)
{
	static char text[256];
	char *argv[32] = { (char *)"lab" }, *save = NULL;
	int argc = 1;

	snprintf(text, sizeof(text), "%s", words);
	for (char *w = strtok_r(text, " ", &save); w; w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	return lab_opts_parse(o, argc, argv);
}

static void expect_command(const struct lab_opts *o, const char *wanted)
{
	char got[256] = "";

	for (int i = 0; i < o->n_cmd; i++) {
		strcat(got, i ? " " : "");
		strcat(got, o->cmd[i]);
	}
	assert_string_equal(got, wanted);
}

static void repeated_options_add_up(void **state)
{
	static struct lab_opts o;

	(void)state;
	assert_int_equal(parse_words(&o,
				     "--append=a=1 --append=b=2 --add=/x --add=/y:/z --kernels=6.1 "
				     "--kernels=6.12 --preempt=full --preempt=lazy"),
			 0);
	assert_string_equal(o.append, "a=1 b=2");
	assert_string_equal(o.kernels, "6.1,6.12");
	assert_string_equal(o.preempt, "full,lazy");
	assert_int_equal(o.n_add, 2);
	assert_string_equal(o.add[1].guest, "/z");
	assert_int_equal(parse_words(&o, "--smp=1 --smp=2"), 2);
	assert_int_equal(parse_words(&o, "--json=a -- bench --json=b"), 2);
}

/* What the lab does for a subcommand it must find, however it is spelled: else the results would stay inside. */
static void a_subcommands_options_are_found_by_any_name(void **state)
{
	static const struct {
		const char *words, *json, *preempt, *command;
	} rows[] = {
		{ "-- bench rr --json=f --runs=5", "f", NULL, "bench rr --runs=5" },
		{ "-- bench rr --js=f --runs=5", "f", NULL, "bench rr --runs=5" },
		{ "-- bench rr --js f --runs=5", "f", NULL, "bench rr --runs=5" },
		{ "bench --pree=full,lazy rr", NULL, "full,lazy", "bench rr" },
		{ "bench --preempt=full --pre lazy", NULL, "full,lazy", "bench" },
		{ "--preempt=rt bench --preempt=lazy", NULL, "rt,lazy", "bench" },
		{ "bench crowd --j=f", NULL, NULL, NULL }, /* --json or --jump */
		{ "bench crowd --js=f tas", "f", NULL, "bench crowd tas" },
		/* A value is no option. */
		{ "bench --baseline --json=f rr", NULL, NULL, "bench --baseline --json=f rr" },
		{ "report -o --json=f x", NULL, NULL, "report -o --json=f x" },
		{ "bench -- --json=f", NULL, NULL, "bench -- --json=f" },
		{ "exec /bin/x --json=f", NULL, NULL, "/bin/x --json=f" },
		{ "--preempt=all -- bench", NULL, "none,voluntary,full,lazy,rt", "bench" },
		{ "help bench", NULL, NULL, "help bench" },
	};
	static struct lab_opts o;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(parse_words(&o, rows[i].words), rows[i].command ? 0 : 2);
		if (!rows[i].command)
			continue;
		expect_command(&o, rows[i].command);
		assert_string_equal(o.json ? o.json : "-", rows[i].json ? rows[i].json : "-");
		assert_string_equal(o.preempt ? o.preempt : "-",
				    rows[i].preempt ? rows[i].preempt : "-");
	}
}

/* Its name inside is the lab's; without a file it is the subcommand's alone. */
static void the_subcommands_trace_file_comes_back(void **state)
{
	static struct lab_opts o;

	(void)state;
	assert_int_equal(parse_words(&o, "--preempt=full,lazy -- bench rr --trace=a/b.dat"), 0);
	expect_command(&o, "bench rr");
	assert_string_equal(o.trace, "a/b.dat");
	assert_int_equal(parse_words(&o, "-- bench rr --trace --runs=2"), 0);
	expect_command(&o, "bench rr --trace --runs=2");
	assert_null(o.trace);
	assert_int_equal(parse_words(&o, "--kernels=6.1,6.12 -- bench rr --trace=f"), 2);
	assert_int_equal(parse_words(&o, "--versus 6.1 6.12 -- bench rr --trace=f"), 2);
}

static void a_wrong_option_is_refused_before_a_boot(void **state)
{
	static struct lab_opts o;

	(void)state;
	assert_int_equal(parse_words(&o, "-- bench --frames=60"), 2);
	assert_int_equal(parse_words(&o, "-- bench --frame"), 2);
	assert_int_equal(parse_words(&o, "-- bench --trace=1 --trace=2"), 2);
	assert_int_equal(parse_words(&o, "-- bench --preempt=some"), 2);
	/* Another tandem may have other options. */
	assert_int_equal(parse_words(&o, "--tandem=/x -- bench --frames=60 --js=f"), 0);
	expect_command(&o, "bench --frames=60");
	assert_string_equal(o.json, "f");
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
	suite_add(&s, "an entry of the cache that cannot be written is none",
		  an_entry_that_cannot_be_written_is_none, NULL);
	suite_add(&s, "a signal while apt looks is no missing package",
		  a_signal_is_no_missing_package, NULL);
	suite_add(&s, "a child that cannot be waited for is an error",
		  a_child_that_cannot_be_waited_for_is_an_error, NULL);
	suite_add(&s, "an ignored signal does not end it", an_ignored_signal_does_not_end_it, NULL);
	suite_add(&s, "its programs have the usual signals", programs_have_the_usual_signals, NULL);
	suite_add(&s, "lists of kernels have no gaps", lists_of_kernels_have_no_gaps, NULL);
	suite_add(&s, "repeated options add up", repeated_options_add_up, NULL);
	suite_add(&s, "a subcommand's options are found by any name",
		  a_subcommands_options_are_found_by_any_name, NULL);
	suite_add(&s, "a wrong option is refused before a boot",
		  a_wrong_option_is_refused_before_a_boot, NULL);
	suite_add(&s, "the subcommand's trace file comes back",
		  the_subcommands_trace_file_comes_back, NULL);
	suite_add(&s, "results are replaced whole", results_are_replaced_whole, NULL);
	return suite_run(&s, "lab");
}
