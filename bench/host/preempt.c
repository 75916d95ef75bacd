// SPDX-License-Identifier: BSD-2-Clause
// Switching the host's preemption mode and its base slice, and putting both back.
#include "bench/host/preempt.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "lib/log.h"

const struct preempt_paths preempt_real = {
	.file = "/sys/kernel/debug/sched/preempt",
	.slice = "/sys/kernel/debug/sched/base_slice_ns",
	.note = "/run/tandem-preempt",
};

/* What a kernel lacks that has no such file. */
static const char *lacks(const struct knob *k)
{
	/* The knob of the scheduler before EEVDF does something else. */
	if (strcmp(k->option, "--slice") == 0)
		return "this kernel has no base slice (before Linux 6.6 there is "
		       "min_granularity_ns, which is "
		       "another thing); boot a newer one, or use tandem lab";
	return "this kernel is built without PREEMPT_DYNAMIC; boot one that has it, or use tandem "
	       "lab";
}

/* Why the file can't be opened, and what would help. */
static int explain_open(const struct knob *k, int err)
{
	struct statfs fs;
	bool mounted = statfs("/sys/kernel/debug", &fs) == 0 && fs.f_type == DEBUGFS_MAGIC;

	if (geteuid() != 0)
		log_error("%s: %s: only root may change it; run as root, or use tandem lab",
			  k->option, k->path);
	else if (err == -EPERM || err == -EACCES)
		log_error("%s: %s: refused by kernel lockdown; boot without lockdown, or use "
			  "tandem lab",
			  k->option, k->path);
	else if (err == -ENOENT && !mounted)
		log_error("%s: debugfs is not mounted; mount -t debugfs none /sys/kernel/debug",
			  k->option);
	else if (err == -ENOENT)
		log_error("%s: %s: %s", k->option, k->path, lacks(k));
	else
		log_errno(err, "%s: %s: open", k->option, k->path);
	return err;
}

static void say_killed(void (*say)(const char *fmt, ...), const struct preempt_note *n)
{
	char was[80] = "";

	if (n->mode[0])
		snprintf(was, sizeof(was), "the preemption mode (it was %s)", n->mode);
	if (n->slice[0])
		snprintf(was + strlen(was), sizeof(was) - strlen(was), "%sthe base slice (%s ns)",
			 n->mode[0] ? " and " : "", n->slice);
	say("a tandem that was killed left %s changed: `tandem doctor --restore-preempt` puts "
	    "back what "
	    "was before",
	    was);
}

static int note_failed(const struct preempt_control *c, int err)
{
	return log_errno(err, "%s: cannot leave a note of what is to be restored", c->paths.note);
}

/*
 * Nobody else switches while we have it. Switching on top of a killed one's would forget what is to
 * be put back.
 */
static int take_note(struct preempt_control *c)
{
	int err = preempt_note_take(c->paths.note, true, &c->note_fd);
	struct preempt_note left;

	if (err)
		return err;
	left = preempt_note_read(c->note_fd);
	if (preempt_note_says(&left)) {
		say_killed(log_error, &left);
		preempt_note_drop(c->paths.note, &c->note_fd, false);
		return -EEXIST;
	}
	err = preempt_note_write(c->note_fd, "", "");
	if (!err)
		return 0;
	preempt_note_drop(c->paths.note, &c->note_fd, true);
	return note_failed(c, err);
}

static int open_mode(struct preempt_control *c)
{
	return knob_open(&c->mode, "--preempt", c->paths.file, "");
}

static int open_slice(struct preempt_control *c)
{
	return knob_open(&c->slice, "--slice", c->paths.slice, "\n");
}

/* One that opened and does not say what is on is there, and of no use. */
static int explain(struct knob *k, int err)
{
	if (!err || !k->open)
		return err ? explain_open(k, err) : 0;
	k->open = false;
	return log_errno(err, "%s: %s: does not say what is on", k->option, k->path);
}

static int open_files(struct preempt_control *c, unsigned what)
{
	int err = 0;

	if (what & PREEMPT_MODE)
		err = explain(&c->mode, open_mode(c));
	if (what & PREEMPT_SLICE && !err)
		err = explain(&c->slice, open_slice(c));
	return err;
}

int preempt_open(struct preempt_control *c, const struct preempt_paths *paths, unsigned what)
{
	int err;

	*c = PREEMPT_CLOSED;
	c->paths = *paths;
	err = open_files(c, what);
	return err ? err : take_note(c);
}

bool preempt_may_slice(const struct preempt_paths *paths)
{
	struct preempt_control c = { .paths = *paths };

	return open_slice(&c) == 0;
}

bool preempt_may_switch(const struct preempt_paths *paths, const char *mode)
{
	struct preempt_control c = { .paths = *paths };
	char offered[128];

	return open_mode(&c) == 0 && knob_offers(&c.mode, mode, offered, sizeof(offered));
}

int preempt_active(const struct preempt_control *c, char mode[KNOB_BYTES])
{
	return c->mode.open ? knob_read(&c->mode, mode) : -EBADF;
}

bool preempt_offers(const struct preempt_control *c, const char *mode)
{
	char offered[128];

	if (knob_offers(&c->mode, mode, offered, sizeof(offered)))
		return true;
	log_error("--preempt=%s: this kernel does not offer it; it offers %s; see tandem lab "
		  "--list "
		  "for one that does",
		  mode, offered);
	return false;
}

/* Before anything is changed the note says what is to be put back. */
static int change(struct preempt_control *c, struct knob *k, const char *value)
{
	bool first = !k->changed;
	int err;

	k->changed = true;
	err = first ? preempt_note_write(c->note_fd, c->mode.changed ? c->mode.original : "",
					 c->slice.changed ? c->slice.original : "")
		    : 0;
	if (err) {
		k->changed = false;
		return note_failed(c, err);
	}
	err = knob_write(k, value);
	return err ? log_errno(err, "%s: %s: switching to %s", k->option, k->path, value) : 0;
}

int preempt_switch(struct preempt_control *c, const char *mode)
{
	return change(c, &c->mode, mode);
}

int preempt_set_slice(struct preempt_control *c, uint64_t ns)
{
	char value[KNOB_BYTES];

	snprintf(value, sizeof(value), "%" PRIu32, (uint32_t)ns);
	return change(c, &c->slice, value);
}

uint64_t preempt_slice_ns(const struct preempt_control *c)
{
	char value[KNOB_BYTES];

	return c->slice.open && knob_read(&c->slice, value) == 0 ? strtoull(value, NULL, 10) : 0;
}

uint64_t preempt_own_slice_ns(const struct preempt_control *c)
{
	return c->slice.open ? strtoull(c->slice.original, NULL, 10) : 0;
}

static bool put_back(const struct knob *k)
{
	if (!k->changed || knob_write(k, k->original) == 0)
		return true;
	log_error("%s: %s could not be put back; write %s to it", k->option, k->path, k->original);
	return false;
}

void preempt_close(struct preempt_control *c)
{
	bool mode, slice;

	if (c->note_fd < 0)
		return;
	mode = put_back(&c->mode);
	slice = put_back(&c->slice);
	preempt_note_drop(c->paths.note, &c->note_fd, mode && slice);
	c->mode.open = c->slice.open = false;
}

bool preempt_warn_note(const struct preempt_paths *paths)
{
	struct preempt_note n = preempt_note_look(paths->note);

	if (n.held)
		log_warn("another tandem, process %d, is switching this host's preemption mode or "
			 "slice: what "
			 "is measured meanwhile is of no one mode",
			 n.pid);
	else if (preempt_note_says(&n))
		say_killed(log_warn, &n);
	else if (n.hidden)
		log_warn("another user's tandem switches this host's preemption mode or slice, or "
			 "was killed "
			 "while it did: what is measured may be of no one mode (%s; `tandem "
			 "doctor` as root "
			 "says which)",
			 paths->note);
	return n.held || n.hidden || preempt_note_says(&n);
}

static int restore(struct knob *k, int open_err, const char *value)
{
	int err = explain(k, open_err);

	if (err)
		return err;
	err = knob_write(k, value);
	return err ? log_errno(err, "%s: %s: switching back to %s", k->option, k->path, value) : 0;
}

static int restore_all(struct preempt_control *c, const struct preempt_note *n)
{
	int mode = n->mode[0] ? restore(&c->mode, open_mode(c), n->mode) : 0;
	int slice = n->slice[0] ? restore(&c->slice, open_slice(c), n->slice) : 0;

	return mode ? mode : slice;
}

int preempt_restore_note(const struct preempt_paths *paths)
{
	struct preempt_control c = { .paths = *paths, .note_fd = -1 };
	int err = preempt_note_take(paths->note, false, &c.note_fd);
	struct preempt_note n;

	if (err)
		return err;
	n = preempt_note_read(c.note_fd);
	err = preempt_note_says(&n) ? restore_all(&c, &n) : -ENOENT;
	preempt_note_drop(paths->note, &c.note_fd, !err || err == -ENOENT);
	return err;
}
