// SPDX-License-Identifier: BSD-2-Clause
// One boot of the lab: start the emulator, follow the result channel, tell how it ended.
#include "lab/boot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lab/diag.h"
#include "lab/follow.h"
#include "lab/initrd.h"
#include "lab/qemu.h"
#include "lab/shell.h"
#include "lib/clock.h"
#include "lib/fd.h"
#include "lib/log.h"

#define POLL_MS 50
#define RETRIES_MAX 3
#define BOOT_MAX_S 180 /* until init speaks: a hang there need not take the whole limit */
#define POWER_OFF_MS 2000
#define NUDGE_MS 200

/* `monitor`: this side of the emulator's stdin; -1 where it has none. */
static pid_t start(const struct lab_boot *b, int *monitor)
{
	struct lab_path text = lab_path("%s/" LAB_FILE_STDERR, b->dir);
	int err = open(text.s, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int ends[2] = { -1, -1 };
	struct lab_args a = { 0 };
	pid_t pid;

	/* Not a pipe: a write to one whose reader died is a signal. */
	if (lab_opts_nudges(b->opts) && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		log_warn("lab: no way to the emulator's monitor: %s; the machine inside may hang",
			 strerror(errno));
	lab_qemu_args(&a, b->opts, b->kernel, b->mode);
	lab_file_write(lab_path("%s/" LAB_FILE_CONSOLE, b->dir).s, "", 0);
	pid = lab_spawn(&a, b->dir, ends[0], -1, err);
	lab_args_free(&a);
	fd_close(&ends[0]);
	fd_close(&err);
	*monitor = ends[1];
	return pid;
}

static bool too_late(const struct lab_follow *f)
{
	double limit = f->boot->opts->timeout_s;

	if (f->out->started && f->boot->opts->shell)
		return false;
	if (!f->out->started && limit > BOOT_MAX_S)
		limit = BOOT_MAX_S;
	return lab_follow_elapsed(f) > limit;
}

/*
 * The emulator (QEMU before 10.2) changes a CPU's pending interrupts in its timers' thread and in
 * the CPU's own, without a lock: one is lost now and then, although the local APIC still has it,
 * and when it was the only timer's, time stands still inside. At any other interrupt the APIC
 * tells again what it has: so there is another.
 */
static void nudge(int monitor, uint64_t *last_ns)
{
	uint64_t now = clock_mono_ns();

	if (monitor < 0 || now - *last_ns < NUDGE_MS * 1000000ull)
		return;
	*last_ns = now;
	send(monitor, LAB_QEMU_NUDGE, sizeof(LAB_QEMU_NUDGE) - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* A while, in which a shell is heard. As lab_wait(). */
static int look(struct lab_follow *f, struct lab_shell *shell, pid_t pid)
{
	if (!f->boot->opts->shell)
		return lab_wait(f->boot->sig, pid, POLL_MS);
	if (f->out->started)
		lab_progress_clear(&f->progress);
	lab_shell_turn(shell, f->boot->dir, f->out->started, POLL_MS);
	return lab_wait(f->boot->sig, pid, 0);
}

/* Until the emulator ends, the last record comes, time is up, or a signal. */
static enum lab_ending watch(struct lab_follow *f, struct lab_shell *shell, pid_t pid, int monitor)
{
	uint64_t nudged_ns = 0;
	int status, err;

	for (;;) {
		nudge(monitor, &nudged_ns);
		status = look(f, shell, pid);
		err = lab_follow_more(f);
		if (status == -EAGAIN && f->reader.ended) {
			f->out->total_s = lab_follow_elapsed(f);
			status = lab_wait(f->boot->sig, pid, POWER_OFF_MS);
		}
		if (status < 0 && (status != -EAGAIN || err || f->reader.ended || too_late(f)))
			lab_kill(pid);
		if (status == -EINTR)
			return LAB_INTERRUPTED;
		if (f->reader.ended)
			return LAB_FINISHED;
		if (err)
			return LAB_GARBLED;
		if (status != -EAGAIN)
			return status ? LAB_QEMU_FAILED : LAB_STOPPED;
		if (too_late(f))
			return LAB_TIMED_OUT;
		if (!f->out->started || !f->boot->opts->shell)
			lab_progress_tick(&f->progress);
	}
}

static enum lab_ending attempt(const struct lab_boot *b, struct lab_outcome *o, int *err)
{
	enum lab_ending ending = LAB_QEMU_FAILED;
	unsigned int retries = o->retries;
	struct lab_shell shell;
	struct lab_follow f;
	int monitor = -1;
	pid_t pid;

	lab_shell_init(&shell);
	memset(o, 0, sizeof(*o));
	o->retries = retries;
	*err = lab_follow_open(&f, b, o);
	if (!*err) {
		pid = start(b, &monitor);
		if (pid > 0)
			ending = watch(&f, &shell, pid, monitor);
		lab_shell_close(&shell);
		fd_close(&monitor);
		if (f.reader.ended && !o->total_s)
			o->total_s = lab_follow_elapsed(&f);
		o->status = f.reader.end.status;
		o->refused = f.reader.ended && !o->started;
	}
	*err = lab_follow_close(&f, *err ? *err : ending == LAB_FINISHED ? 0 : -EIO);
	return ending;
}

/* For --console: those of all boots, one after another. */
static void keep_console(const struct lab_boot *b)
{
	char *text;
	size_t len;
	FILE *f;

	if (!b->opts->console ||
	    lab_file_read(lab_path("%s/" LAB_FILE_CONSOLE, b->dir).s, &text, &len))
		return;
	f = fopen(b->opts->console, "ae");
	if (!f || (len && fwrite(text, len, 1, f) != 1))
		log_warn("lab: %s: %s", b->opts->console, strerror(errno));
	if (f)
		fclose(f);
	free(text);
}

void lab_outcome_free(struct lab_outcome *o)
{
	free(o->file);
	free(o->events);
	o->file = o->events = NULL;
}

int lab_boot_run(const struct lab_boot *b, struct lab_outcome *o)
{
	struct lab_path initrd = lab_path("%s/" LAB_FILE_INITRD, b->dir);
	enum lab_ending ending;
	int err = lab_initrd_write(b->opts, b->kernel, b->tandem, b->mode, initrd.s);

	memset(o, 0, sizeof(*o));
	if (err)
		return -ECANCELED;
	for (;;) {
		ending = attempt(b, o, &err);
		keep_console(b);
		if (ending == LAB_FINISHED || ending == LAB_INTERRUPTED)
			break;
		lab_outcome_free(o);
		if (!lab_diag_is_int3(b) || o->retries == RETRIES_MAX)
			return lab_diag_explain(b, o, ending);
		o->retries++;
		log_warn("lab: the emulator lost a race (Oops: int3); booting again, %u of %d",
			 o->retries, RETRIES_MAX);
	}
	return ending == LAB_INTERRUPTED ? -EINTR : err;
}
