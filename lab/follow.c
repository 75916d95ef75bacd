// SPDX-License-Identifier: BSD-2-Clause
// Follows the result channel of one boot.
#include "lab/follow.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lab/qemu.h"
#include "lib/clock.h"
#include "lib/fd.h"
#include "lib/log.h"

double lab_follow_elapsed(const struct lab_follow *f)
{
	return (double)(clock_mono_ns() - f->start_ns) / 1e9;
}

static void text_fact(char *to, size_t room, const char *name, const char *fact)
{
	size_t n = strlen(name);

	if (!strncmp(fact, name, n) && fact[n] == '=')
		snprintf(to, room, "%.*s", (int)room - 1, fact + n + 1); /* what fits */
}

static void take_fact(struct lab_follow *f, const char *data, size_t len)
{
	struct lab_path fact = lab_path("%.*s", (int)len, data);
	struct lab_outcome *o = f->out;
	char ms[32] = "";

	text_fact(o->release, sizeof(o->release), "release", fact.s);
	text_fact(o->version, sizeof(o->version), "version", fact.s);
	text_fact(o->preempt, sizeof(o->preempt), "preempt", fact.s);
	text_fact(o->preempt_model, sizeof(o->preempt_model), "preempt_model", fact.s);
	text_fact(o->preempt_source, sizeof(o->preempt_source), "preempt_source", fact.s);
	text_fact(o->kvm, sizeof(o->kvm), "kvm", fact.s);
	text_fact(o->modules_failed, sizeof(o->modules_failed), "modules_failed", fact.s);
	text_fact(ms, sizeof(ms), "boot_ms", fact.s);
	if (ms[0]) {
		o->boot_s = atof(ms) / 1000;
		o->ready_s = lab_follow_elapsed(f);
	}
	if (!strcmp(fact.s, "running=yes")) {
		o->started = true;
		lab_progress_phase(&f->progress, "running");
	}
}

static void show(struct lab_follow *f, int fd, const char *data, size_t len)
{
	lab_progress_clear(&f->progress);
	fd_write_all(fd, data, len); /* nothing to do about a terminal that is gone */
}

static void take_record(void *arg, enum lab_stream stream, const char *data, size_t len)
{
	struct lab_follow *f = arg;

	switch (stream) {
	case LAB_FACT:
		take_fact(f, data, len);
		break;
	case LAB_OUT:
		if (f->live)
			show(f, STDOUT_FILENO, data, len);
		else
			fwrite(data, len, 1, f->held);
		break;
	case LAB_ERR:
		show(f, STDERR_FILENO, data, len);
		break;
	case LAB_FILE:
		fwrite(data, len, 1, f->file);
		break;
	case LAB_EVENTS:
		fwrite(data, len, 1, f->events);
		break;
	default:
		break;
	}
}

int lab_follow_more(struct lab_follow *f)
{
	char buf[65536];
	ssize_t n;
	int err = 0;

	while (!err && (n = read(f->fd, buf, sizeof(buf))) > 0)
		err = lab_rec_feed(&f->reader, buf, (size_t)n, take_record, f);
	return err;
}

/* With --json=- the result alone belongs on stdout. */
static bool json_on_stdout(const struct lab_opts *o)
{
	return o->json && !strcmp(o->json, "-");
}

int lab_follow_open(struct lab_follow *f, const struct lab_boot *b, struct lab_outcome *o)
{
	struct lab_path result = lab_path("%s/" LAB_FILE_RESULT, b->dir);
	static char *const shell[] = { (char *)"a shell" };

	memset(f, 0, sizeof(*f));
	f->boot = b;
	f->out = o;
	f->live = isatty(STDOUT_FILENO) && !json_on_stdout(b->opts) && !b->opts->versus;
	f->held = open_memstream(&f->held_text, &f->held_len);
	f->file = open_memstream(&o->file, &o->file_len);
	f->events = open_memstream(&o->events, &o->events_len);
	f->start_ns = clock_mono_ns();
	lab_progress_start(&f->progress, b->kernel->info.release, b->mode,
			   b->opts->shell ? shell : b->opts->cmd,
			   b->opts->shell ? 1 : b->opts->n_cmd);
	f->fd = open(result.s, O_RDONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (!f->held || !f->file || !f->events || f->fd < 0)
		return log_errno(-errno, "lab: %s", result.s);
	return 0;
}

/* What nobody reads any more is no failure. */
static int show_held(const struct lab_follow *f, int to)
{
	int err = f->held_len ? fd_write_all(to, f->held_text, f->held_len) : 0;

	return err && err != -EPIPE ? log_errno(err, "lab: what the command printed") : 0;
}

/* What came of a file; NULL: nothing. */
static void close_file(FILE *f, char **text, const size_t *len)
{
	if (f)
		fclose(f);
	if (*len)
		return;
	free(*text);
	*text = NULL;
}

int lab_follow_close(struct lab_follow *f, int err)
{
	bool versus = f->boot->opts->versus; /* what all boots say together is shown */
	bool failed = err || f->reader.end.status, drop = versus && !failed;
	bool aside = err || versus || json_on_stdout(f->boot->opts);
	int shown;

	lab_progress_clear(&f->progress);
	if (f->held)
		fclose(f->held);
	shown = drop ? 0 : show_held(f, aside ? STDERR_FILENO : STDOUT_FILENO);
	free(f->held_text);
	close_file(f->file, &f->out->file, &f->out->file_len);
	close_file(f->events, &f->out->events, &f->out->events_len);
	lab_rec_free(&f->reader);
	fd_close(&f->fd);
	return err ? err : shown;
}
