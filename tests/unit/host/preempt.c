// SPDX-License-Identifier: BSD-2-Clause
// Switching the preemption mode, on stand-ins of the kernel's file and of the note: one at a time, and restored.
#include "tests/common/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench/plan/bench.h"
#include "bench/host/preempt.h"
#include "bench/plan/measure.h"
#include "bench/plan/names.h"
#include "tests/common/tree.h"
#include "vhost/strategies.h"

/*
 * The kernel's part: what is written at the start of the file becomes the mode that is on. The dashes tell what is
 * written from what the file says; a mode is taken for one more that is offered.
 */
#define DASHES "------------"

static char dir[] = "/tmp/tandem-preempt-XXXXXX";
static char file[64], slice[64], note[64];
static struct preempt_paths paths = { .file = file, .slice = slice, .note = note };
static pid_t kernel;

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT, 0644);

	if (fd < 0 || pwrite(fd, text, strlen(text), 0) < 0 ||
	    ftruncate(fd, (off_t)strlen(text)) < 0)
		abort();
	close(fd);
}

static void say_mode(const char *mode)
{
	static const char *const modes[] = { "none", "full", "lazy" };
	char text[128] = DASHES;

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		bool on = strcmp(modes[i], mode) == 0;

		snprintf(text + strlen(text), sizeof(text) - strlen(text), on ? " (%s)" : " %s",
			 modes[i]);
	}
	put(file, text);
}

static void get(const char *path, char text[128])
{
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, text, 127);

	text[n > 0 ? n : 0] = '\0';
	if (fd >= 0)
		close(fd);
}

static void be_kernel(void)
{
	struct timespec pause = { .tv_nsec = 1000000 };
	char text[128];

	for (;;) {
		get(file, text);
		if (text[0] && text[0] != '-') {
			text[strcspn(text, "-")] = '\0';
			say_mode(text);
		}
		nanosleep(&pause, NULL);
	}
}

/* A process plays somebody: a bench forks, and who forks had better have one thread. */
static pid_t play(void (*part)(void))
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	part();
	_exit(0);
}

static void dismiss(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static int set_up(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/tandem-preempt-XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(file, sizeof(file), "%s/preempt", dir);
	snprintf(slice, sizeof(slice), "%s/base_slice_ns", dir);
	snprintf(note, sizeof(note), "%s/note", dir);
	put(slice, "1400000\n");
	say_mode("full");
	kernel = play(be_kernel);
	return kernel < 0;
}

static int tear_down(void **state)
{
	(void)state;
	dismiss(kernel);
	return tree_remove(dir);
}

static bool is_on(const char *mode)
{
	char text[128], word[32];

	get(file, text);
	snprintf(word, sizeof(word), "(%s)", mode);
	return strstr(text, word) != NULL;
}

static void it_is_switched_and_restored(void **state)
{
	struct preempt_control c;

	(void)state;
	assert_int_equal(preempt_open(&c, &paths, PREEMPT_MODE), 0);
	assert_string_equal(c.mode.original, "full");
	assert_int_equal(preempt_switch(&c, "lazy"), 0);
	assert_true(is_on("lazy"));
	assert_int_equal(preempt_switch(&c, "none"), 0);
	assert_true(is_on("none"));
	preempt_close(&c);
	assert_true(is_on("full"));
	assert_int_equal(access(note, F_OK), -1);
}

/* Two at once: the second would take the first one's mode for the host's own. */
static void only_one_switches(void **state)
{
	struct preempt_control first, second;

	(void)state;
	assert_int_equal(preempt_open(&first, &paths, PREEMPT_MODE), 0);
	assert_int_equal(preempt_open(&second, &paths, PREEMPT_MODE), -EBUSY);
	assert_int_equal(preempt_switch(&first, "lazy"), 0);
	assert_int_equal(preempt_open(&second, &paths, PREEMPT_MODE), -EBUSY);
	assert_true(preempt_warn_note(&paths));
	assert_int_equal(preempt_restore_note(&paths), -EBUSY);
	preempt_close(&second);
	assert_true(is_on("lazy"));
	preempt_close(&first);
	assert_true(is_on("full"));
	assert_int_equal(preempt_open(&second, &paths, PREEMPT_MODE), 0);
	assert_string_equal(second.mode.original, "full");
	preempt_close(&second);
	assert_false(preempt_warn_note(&paths));
}

/* In another process; that one is killed in the end. */
static pid_t switch_elsewhere(void)
{
	int ready[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		struct preempt_control c;

		prctl(PR_SET_PDEATHSIG,
		      SIGKILL); /* also if the test fails before it comes to that */
		if (preempt_open(&c, &paths, PREEMPT_MODE) || preempt_switch(&c, "lazy") ||
		    write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

static void the_killed_one_is_cleaned_up_after(void **state)
{
	struct preempt_control c;
	pid_t pid = switch_elsewhere();

	(void)state;
	assert_int_equal(preempt_open(&c, &paths, PREEMPT_MODE), -EBUSY);
	dismiss(pid);
	assert_true(preempt_warn_note(&paths));
	assert_int_equal(preempt_open(&c, &paths, PREEMPT_MODE), -EEXIST);
	assert_int_equal(preempt_restore_note(&paths), 0);
	assert_true(is_on("full"));
	assert_int_equal(preempt_restore_note(&paths), -ENOENT);
	assert_int_equal(preempt_open(&c, &paths, PREEMPT_MODE), 0);
	preempt_close(&c);
}

/* Its number is somebody else's by now; also that of a process we may not signal. */
static void whose_number_it_was_does_not_matter(void **state)
{
	struct preempt_control c;
	char text[64];

	(void)state;
	for (int i = 0; i < 2; i++) {
		say_mode("lazy");
		snprintf(text, sizeof(text), "full %d\n", i ? 1 : getpid());
		put(note, text);
		assert_true(preempt_warn_note(&paths));
		assert_int_equal(preempt_open(&c, &paths, PREEMPT_MODE), -EEXIST);
		assert_true(is_on("lazy"));
		assert_int_equal(preempt_restore_note(&paths), 0);
		assert_true(is_on("full"));
	}
}

static void killed_before_it_switched_is_no_matter(void **state)
{
	struct preempt_control c;

	(void)state;
	put(note, "unchanged 1\n");
	assert_false(preempt_warn_note(&paths));
	assert_int_equal(preempt_open(&c, &paths, PREEMPT_MODE), 0);
	preempt_close(&c);
	put(note, "garbage");
	assert_int_equal(preempt_restore_note(&paths), -ENOENT);
	assert_int_equal(access(note, F_OK), -1);
}

/* ---- the base slice: the same note, the same care */

static void the_slice_is_changed_and_restored(void **state)
{
	struct preempt_control c;

	(void)state;
	assert_int_equal(preempt_open(&c, &paths, PREEMPT_SLICE), 0);
	assert_true(preempt_own_slice_ns(&c) == 1400000);
	assert_int_equal(preempt_set_slice(&c, 10000000), 0);
	assert_true(preempt_slice_ns(&c) == 10000000);
	/* Of fewer digits than what is there. */
	assert_int_equal(preempt_set_slice(&c, 700000), 0);
	assert_true(preempt_slice_ns(&c) == 700000);
	assert_int_equal(preempt_open(&c, &paths, PREEMPT_MODE), -EBUSY);
	preempt_close(&c);
}

static uint64_t slice_now(void)
{
	char text[128];

	get(slice, text);
	return strtoull(text, NULL, 10);
}

static void both_are_restored_on_close(void **state)
{
	struct preempt_control c;

	(void)state;
	assert_int_equal(preempt_open(&c, &paths, PREEMPT_MODE | PREEMPT_SLICE), 0);
	assert_int_equal(preempt_set_slice(&c, 2800000), 0);
	assert_int_equal(preempt_switch(&c, "lazy"), 0);
	assert_true(slice_now() == 2800000);
	preempt_close(&c);
	assert_true(is_on("full"));
	assert_true(slice_now() == 1400000);
	assert_int_equal(access(note, F_OK), -1);
}

/* Killed, so that only the note knows; then somebody else changes the slice, too: the host's own is what was before. */
static void a_killed_one_s_slice_is_restored(void **state)
{
	struct preempt_control c;
	int ready[2];
	char byte;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (preempt_open(&c, &paths, PREEMPT_MODE | PREEMPT_SLICE) ||
		    preempt_set_slice(&c, 2800000) || preempt_switch(&c, "lazy") ||
		    write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	dismiss(pid);
	assert_true(preempt_warn_note(&paths));
	assert_int_equal(preempt_open(&c, &paths, PREEMPT_SLICE), -EEXIST);
	put(slice, "5600000\n");
	assert_int_equal(preempt_restore_note(&paths), 0);
	assert_true(slice_now() == 1400000);
	assert_true(is_on("full"));
	assert_int_equal(preempt_restore_note(&paths), -ENOENT);
}

/* A note of before there were slices has no word for them. */
static void an_older_note_is_understood(void **state)
{
	(void)state;
	say_mode("lazy");
	put(note, "full            1234           \n");
	assert_int_equal(preempt_restore_note(&paths), 0);
	assert_true(is_on("full"));
	assert_true(slice_now() == 1400000);
	put(note, "unchanged       1234            2800000        \n");
	assert_int_equal(preempt_restore_note(&paths), 0);
	assert_true(slice_now() == 2800000);
	assert_true(is_on("full"));
}

static void a_kernel_without_a_slice_is_refused(void **state)
{
	struct preempt_control c;

	(void)state;
	unlink(slice);
	assert_false(preempt_may_slice(&paths));
	assert_int_equal(preempt_open(&c, &paths, PREEMPT_SLICE), -ENOENT);
	put(slice, "?\n\n");
	assert_int_equal(access(note, F_OK), -1);
}

/* ---- others on this machine: whoever can read a file can lock it */

static void try_to_lock(void)
{
	if (setgid(65534) < 0 || setuid(65534) < 0)
		_exit(2);
	/* Not while it is held, and not once its holder is gone: who has it open could wait for that. */
	if (open(note, O_RDONLY) >= 0)
		_exit(1);
	_exit(preempt_warn_note(&paths) ? 0 : 3);
}

static void another_user_cannot_lock_the_note(void **state)
{
	struct preempt_control c;
	int status;
	pid_t pid;

	(void)state;
	if (geteuid() != 0)
		skip();
	chmod(dir, 0755);
	put(note, "unchanged 1\n"); /* as an older tandem made it: 0644 */
	assert_int_equal(preempt_open(&c, &paths, PREEMPT_SLICE), 0);
	assert_int_equal(preempt_set_slice(&c, 2800000), 0);
	pid = play(try_to_lock);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	preempt_close(&c);
	assert_true(slice_now() == 1400000);
}

/* ---- a benchmark: somebody else switches while it measures */

static struct cell_spec cell_in(const char *mode)
{
	struct cell_spec s = {
		.scenario = SCENARIO_RR,
		.accel = &accel_thread,
		.notify = &notify_direct,
		.producer = producers[0],
		.batch = 1,
		.irq = vm_irqs,
		.halt_poll_ns = -1,
		.frame_bytes = 64,
		.ring_size = 16,
		.window = 16,
		.rto_us = 200000,
		.budget = 16,
		.duration_ms = 300,
		.unfiltered = true,
		.preempt = mode,
	};

	for (unsigned r = 0; r < ROLES; r++)
		sched_getaffinity(0, sizeof(s.cpus[r]), &s.cpus[r]);
	return s;
}

static void await(const char *mode)
{
	struct timespec tick = { .tv_nsec = 1000000 };

	while (!is_on(mode))
		nanosleep(&tick, NULL);
}

/* The floors come first: full, lazy; then the cells: full, lazy, lazy. */
static void meddle(void)
{
	struct timespec in_the_cell = { .tv_nsec = 100000000 };

	await("lazy");
	await("full");
	await("lazy");
	nanosleep(&in_the_cell, NULL);
	say_mode("none");
}

static void a_cell_in_a_changed_mode_fails(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	pid_t somebody;

	(void)state;
	assert_non_null(b);
	b->accel = &accel_thread;
	b->row = calloc(3, sizeof(*b->row));
	b->row[0].spec = cell_in("full");
	b->row[1].spec = cell_in("lazy");
	b->row[2].spec = cell_in("lazy");
	host_read(&b->host, "");
	for (b->nrows = 0; b->nrows < 3; b->nrows++)
		b->row[b->nrows].spec.clock_hz = b->host.clock.hz;
	b->rounds.runs = 1;
	b->rounds.plan.order = ORDER_SEQUENTIAL;
	assert_int_equal(runs_name(b), 0);
	assert_int_equal(preempt_open(&b->preempt, &paths, PREEMPT_MODE), 0);
	somebody = play(meddle);
	assert_true(somebody > 0);
	assert_int_equal(bench_run(b), -EIO);
	dismiss(somebody);
	assert_true(b->row[0].ok);
	assert_false(b->row[1].ok);
	assert_non_null(strstr(b->row[1].error, "somebody changed it to none"));
	/* The next one has its mode again. */
	assert_true(b->row[2].ok);
	preempt_close(&b->preempt);
	assert_true(is_on("full"));
	runs_free(&b->rounds);
	free(b->row);
	free(b);
}

static void meddle_with_the_slice(void)
{
	struct timespec in_the_cell = { .tv_nsec = 100000000 };

	while (slice_now() != 2800000)
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	nanosleep(&in_the_cell, NULL);
	put(slice, "1000000\n");
}

static void a_cell_of_a_changed_slice_fails(void **state)
{
	static const uint64_t slices[] = { 1400000, 2800000, 2800000 };
	struct bench *b = calloc(1, sizeof(*b));
	pid_t somebody;

	(void)state;
	assert_non_null(b);
	b->accel = &accel_thread;
	b->row = calloc(3, sizeof(*b->row));
	host_read(&b->host, "");
	for (b->nrows = 0; b->nrows < 3; b->nrows++) {
		b->row[b->nrows].spec = cell_in(NULL);
		b->row[b->nrows].spec.slice_ns = slices[b->nrows];
		b->row[b->nrows].spec.clock_hz = b->host.clock.hz;
	}
	b->rounds.runs = 1;
	b->rounds.plan.order = ORDER_SEQUENTIAL;
	assert_int_equal(runs_name(b), 0);
	assert_int_equal(preempt_open(&b->preempt, &paths, PREEMPT_SLICE), 0);
	somebody = play(meddle_with_the_slice);
	assert_true(somebody > 0);
	assert_int_equal(bench_run(b), -EIO);
	dismiss(somebody);
	assert_true(b->row[0].ok);
	assert_false(b->row[1].ok);
	assert_non_null(strstr(b->row[1].error, "somebody changed it to 1000000"));
	/* The next one has its slice again. */
	assert_true(b->row[2].ok);
	preempt_close(&b->preempt);
	assert_true(slice_now() == 1400000);
	runs_free(&b->rounds);
	free(b->row);
	free(b);
}

int main(void)
{
	static struct suite s;

	s.setup = set_up;
	s.teardown = tear_down;
	suite_add(&s, "the mode is switched and restored", it_is_switched_and_restored, NULL);
	suite_add(&s, "only one switches at a time", only_one_switches, NULL);
	suite_add(&s, "the mode of one that was killed can be restored",
		  the_killed_one_is_cleaned_up_after, NULL);
	suite_add(&s, "a note that nobody holds is heeded, whosever its number is",
		  whose_number_it_was_does_not_matter, NULL);
	suite_add(&s, "killed before it switched: nothing to restore",
		  killed_before_it_switched_is_no_matter, NULL);
	suite_add(&s, "a cell fails when somebody else switches, the next is in its mode again",
		  a_cell_in_a_changed_mode_fails, NULL);
	suite_add(&s, "the base slice is changed, and nobody else may meanwhile",
		  the_slice_is_changed_and_restored, NULL);
	suite_add(&s, "mode and slice are both restored", both_are_restored_on_close, NULL);
	suite_add(&s, "the slice of one that was killed is restored, whatever it is by now",
		  a_killed_one_s_slice_is_restored, NULL);
	suite_add(&s, "a note of a mode alone, a note of a slice alone",
		  an_older_note_is_understood, NULL);
	suite_add(&s, "a kernel without a base slice is refused, and leaves no note",
		  a_kernel_without_a_slice_is_refused, NULL);
	suite_add(&s, "another user cannot lock the note, and is told that there is one",
		  another_user_cannot_lock_the_note, NULL);
	suite_add(&s,
		  "a cell fails when somebody else changes the slice, the next has its own again",
		  a_cell_of_a_changed_slice_fails, NULL);
	return suite_run(&s, "preempt");
}
