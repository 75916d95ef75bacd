// SPDX-License-Identifier: BSD-2-Clause
// Runs make on a kernel's sources: progress while it runs, its last lines when it fails.
#include "lab/make.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lab/progress.h"
#include "lib/clock.h"
#include "lib/cpulist.h"
#include "lib/fd.h"
#include "lib/log.h"

#define POLL_MS 250
#define LAST_LINES 12
#define ENOUGH_STEPS 20u /* to tell how fast it goes */

/* A run of make whose output grows in the log. */
struct run {
	struct lab_make *make;
	struct lab_progress progress;
	char phase[64];
	uint64_t start_ns;
	off_t seen; /* bytes of the log */
	bool line_start;
};

int lab_make_check(const struct lab_arch *arch, const char *cross)
{
	static const char *const tools[][2] = {
		{ "make", "make" }, { "flex", "flex" }, { "bison", "bison" }, { "bc", "bc" }
	};
	struct lab_path gcc = lab_path("%sgcc", cross), ld = lab_path("%sld", cross);

	if (!lab_have_program(gcc.s) || !lab_have_program(ld.s)) {
		log_error("lab: --build: no compiler for %s: %s is not there; apt-get install "
			  "gcc%s%s",
			  arch->name, lab_have_program(gcc.s) ? ld.s : gcc.s, *cross ? "-" : "",
			  *cross ? arch->gnu : "");
		return -ENOENT;
	}
	for (size_t i = 0; i < sizeof(tools) / sizeof(tools[0]); i++) {
		if (lab_have_program(tools[i][0]))
			continue;
		log_error("lab: --build: no %s, which a kernel is built with; apt-get install make "
			  "flex bison bc libelf-dev",
			  tools[i][1]);
		return -ENOENT;
	}
	return 0;
}

/* "  CC      kernel/fork.o": two blanks, a word in capitals. */
static bool is_step(const char *line)
{
	return !strncmp(line, "  ", 2) && isupper((unsigned char)line[2]);
}

static bool is_noise(const char *line)
{
	return !*line || is_step(line) || strstr(line, "ing directory '");
}

static unsigned cpus(void)
{
	cpu_set_t set;

	return cpulist_allowed(&set) ? (unsigned)CPU_COUNT(&set) : 1;
}

static void begin_args(const struct lab_make *m, struct lab_args *a)
{
	static const char *const unset[] = { "MAKEFLAGS", "MAKELEVEL", "MFLAGS", "MAKEFILES",
					     "KBUILD_OUTPUT" };

	/* The lab may itself be started by a make. */
	lab_args_add(a, "env");
	for (size_t i = 0; i < sizeof(unset) / sizeof(unset[0]); i++) {
		lab_args_add(a, "-u");
		lab_args_add(a, "%s", unset[i]);
	}
	lab_args_add(a, "make");
	lab_args_add(a, "-C");
	lab_args_add(a, "%s", m->source.s);
	lab_args_add(a, "-j%u", cpus());
	lab_args_add(a, "O=%s", m->objects.s);
	lab_args_add(a, "ARCH=%s", m->arch->name);
	lab_args_add(a, "CROSS_COMPILE=%s", m->cross);
	lab_args_add(a, "KBUILD_BUILD_USER=tandem");
	lab_args_add(a, "KBUILD_BUILD_HOST=lab");
}

/* Counts the steps in what has come since the last look. */
static void count_steps(struct run *r, int log)
{
	char buf[16384];
	ssize_t n;

	while ((n = pread(log, buf, sizeof(buf), r->seen)) > 0) {
		for (ssize_t i = 0; i < n; i++) {
			r->make->steps += r->line_start && buf[i] == ' ';
			r->line_start = buf[i] == '\n';
		}
		r->seen += n;
	}
}

static void show_progress(struct run *r)
{
	unsigned done = r->make->steps, of = r->make->expected;
	double s = (double)(clock_mono_ns() - r->start_ns) / 1e9;

	if (of > done && done >= ENOUGH_STEPS)
		snprintf(r->phase, sizeof(r->phase), "%u of %u files, %.0f min left", done, of,
			 s * (of - done) / done / 60 + 0.5);
	else
		snprintf(r->phase, sizeof(r->phase), "%u files", done);
	lab_progress_tick(&r->progress);
}

static int follow(struct run *r, pid_t pid, int log)
{
	int status;

	do {
		status = lab_wait(r->make->sig, pid, POLL_MS);
		count_steps(r, log);
		show_progress(r);
	} while (status == -EAGAIN);
	if (status == -EINTR)
		lab_kill(pid);
	lab_progress_clear(&r->progress);
	return status;
}

/* Runs make with its output behind what is in the log. Its status, or -errno. */
static int run(struct lab_make *m, struct lab_args *a, const char *phase)
{
	struct run r = { .make = m, .start_ns = clock_mono_ns(), .line_start = true };
	int log = open(m->log.s, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	int status = log < 0 ? -errno : 0;
	pid_t pid;

	if (!status) {
		r.seen = lseek(log, 0, SEEK_END);
		lab_progress_begin(&r.progress, m->what, phase);
		r.progress.phase = r.phase;
		pid = lab_spawn(a, NULL, -1, log, log);
		status = pid > 0 ? follow(&r, pid, log) : pid;
	}
	fd_close(&log);
	lab_args_free(a);
	return status;
}

/* The last lines that say more than which file was compiled. */
static void print_last(const struct lab_make *m)
{
	const char *line[LAST_LINES];
	char *text, *rest, *one;
	size_t n = 0;

	if (lab_file_read(m->log.s, &text, NULL))
		return;
	for (rest = text; (one = strsep(&rest, "\n"));)
		if (!is_noise(one))
			line[n++ % LAST_LINES] = one;
	for (size_t i = n > LAST_LINES ? n - LAST_LINES : 0; i < n; i++)
		log_info("make: %s", line[i % LAST_LINES]);
	free(text);
}

static int failed(const struct lab_make *m, int status, const char *what)
{
	if (status == -EINTR || !status)
		return status;
	if (status < 0)
		return log_errno(status, "lab: --build: make");
	print_last(m);
	log_error("lab: %s: %s failed (status %d); all of it: %s", m->what, what, status, m->log.s);
	return -EIO;
}

/* Everything off but what the configuration asks for and what that needs. */
static int configure(struct lab_make *m)
{
	struct lab_args a = { 0 };

	begin_args(m, &a);
	lab_args_add(&a, "KCONFIG_ALLCONFIG=%s", m->config.s);
	lab_args_add(&a, "allnoconfig");
	return failed(m, run(m, &a, "configuring"), "configuring");
}

int lab_make(struct lab_make *m)
{
	struct lab_args a = { 0 };
	int err;

	unlink(m->log.s);
	err = configure(m);
	m->steps = 0;
	if (err)
		return err;
	begin_args(m, &a);
	lab_args_add(&a, "%s", m->arch->image);
	return failed(m, run(m, &a, "building"), "the build");
}
