// SPDX-License-Identifier: BSD-2-Clause
// `tandem run --guest=linux`: two stock Linux guests booted in a child process.
#include "bench/run/boot.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench/run/cell.h"
#include "bench/run/child.h"
#include "bench/run/confine.h"
#include "lib/clock.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "lib/thread.h"
#include "vmm/probe.h"
#include "vmm/vm.h"

#define LOOK_MS 10u
/* A kernel that has panicked and does not restart, as it is told to. */
#define PANIC_MS 5000u

struct boot {
	const struct boot_spec *spec;
	struct boot_result *out;
	struct pair *pair;
	int console[SIDES];
	uint64_t start_ns;
	uint64_t panic_ns[SIDES]; /* when it was seen; 0: it was not */
};

#define fail(b, ...) cell_error((b)->out->error, sizeof((b)->out->error), __VA_ARGS__)

static char name_of(unsigned side)
{
	return (char)('a' + (int)side);
}

static struct console *console_of(const struct boot *b, unsigned side)
{
	return &pair_stock(b->pair, side)->console;
}

static unsigned elapsed_ms(const struct boot *b)
{
	return (unsigned)((clock_mono_ns() - b->start_ns) / 1000000);
}

/* What the guest printed last, for whoever reads the error behind it. How many lines. */
static unsigned show_last_lines(const struct boot *b, unsigned side)
{
	const char name[] = { name_of(side), '\0' }, *line;
	unsigned n = 0;

	while ((line = console_last_line(console_of(b, side), n))) {
		log_guest(name, line);
		n++;
	}
	return n;
}

static int never_up(struct boot *b, unsigned side)
{
	unsigned lines = show_last_lines(b, side);

	return fail(b, "guest %c: did not come up within %u s; %s", name_of(side),
		    b->spec->limit_ms / 1000,
		    lines ? "its console's last lines are above" : "its console is empty");
}

static int open_consoles(struct boot *b)
{
	b->console[SIDE_A] = b->spec->console[SIDE_A] ? -1 : STDOUT_FILENO;
	b->console[SIDE_B] = -1;
	for (unsigned i = 0; i < SIDES; i++) {
		const char *path = b->spec->console[i];

		if (!path)
			continue;
		b->console[i] = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
		if (b->console[i] < 0)
			return fail(b, "%s: cannot be written: %s", path, strerror(errno));
	}
	return 0;
}

static void close_consoles(struct boot *b)
{
	for (unsigned i = 0; i < SIDES; i++)
		if (b->console[i] > STDERR_FILENO)
			fd_close(&b->console[i]);
}

/* What it prints as it goes down is a reason; that it has gone down by then is none. */
static int check_panic(struct boot *b, unsigned side)
{
	const struct console *c = console_of(b, side);
	bool over = pair_state(b->pair, side) != PAIR_RUNNING;

	if (!c->panic[0])
		return 0;
	if (!b->panic_ns[side])
		b->panic_ns[side] = clock_mono_ns();
	if (!over && clock_mono_ns() - b->panic_ns[side] < PANIC_MS * 1000000ull)
		return 0;
	return fail(b, "guest %c: kernel panic: %s", name_of(side), c->panic);
}

static int check_up(struct boot *b, unsigned side)
{
	double *up_s = &b->out->up_s[side];

	if (*up_s > 0)
		return 0;
	if (console_of(b, side)->is_up)
		*up_s = elapsed_ms(b) / 1e3;
	else if (elapsed_ms(b) >= b->spec->limit_ms)
		return never_up(b, side);
	return 0;
}

static int check_guest(struct boot *b, unsigned side)
{
	char why[200];
	int err = console_pump(console_of(b, side), b->console[side]);

	if (err)
		return fail(b, "guest %c: its console: %s", name_of(side), strerror(-err));
	err = check_panic(b, side);
	if (err)
		return err;
	if (pair_state(b->pair, side) == PAIR_FAILED) {
		pair_failure(b->pair, side, why, sizeof(why));
		b->out->host_cannot = pair_lacks_threads(b->pair, side);
		return fail(b, "guest %c: %s", name_of(side), why);
	}
	return pair_state(b->pair, side) == PAIR_DONE ? 0 : check_up(b, side);
}

static bool all_done(const struct boot *b)
{
	for (unsigned i = 0; i < SIDES; i++)
		if (pair_state(b->pair, i) != PAIR_DONE)
			return false;
	return true;
}

/* 0: they have all ended, or the time is over; -EINTR: told to stop; -EIO. */
static int watch(struct boot *b)
{
	while (!b->spec->duration_ms || elapsed_ms(b) < b->spec->duration_ms) {
		bool done = all_done(b); /* before what they printed last is looked at */

		for (unsigned i = 0; i < SIDES; i++) {
			int err = check_guest(b, i);

			if (err)
				return err;
		}
		if (done)
			return 0;
		if (cell_pause(LOOK_MS))
			return -EINTR;
	}
	return 0;
}

static void run(struct boot *b)
{
	int err = pair_start(b->pair);

	b->start_ns = clock_mono_ns();
	if (!err && !b->spec->unfiltered)
		err = confine_control(false);
	if (err) {
		b->out->host_cannot = err == -EAGAIN;
		fail(b, "the guests could not be started: %s", thread_error(err));
		return;
	}
	err = watch(b);
	pair_stop(b->pair);
	b->out->cut = err == -EINTR;
	b->out->ok = !err || b->out->cut;
	for (unsigned i = 0; i < SIDES; i++) {
		console_pump(console_of(b, i), b->console[i]);
		b->out->ended[i] = (int)stock_ended(pair_stock(b->pair, i));
	}
}

/* Both guests, and nothing else that could fail; the reason is kept. */
static int make(struct boot *b, struct pair_config *pc)
{
	char why[PROBE_WHY_BYTES] = "";
	int err;

	pc->kvm_fd = vm_open_kvm();
	err = pc->kvm_fd < 0 ? pc->kvm_fd : vm_probe(pc->kvm_fd, why);
	if (why[0] && err == -ENOSYS)
		fail(b, "/dev/kvm %s", why);
	else if (!err && (err = pair_create(&b->pair, pc)))
		fail(b, "the guests could not be made: %s", thread_error(err));
	if (!err && confine_process(false) < 0)
		err = fail(b, "privileges could not be dropped");
	b->out->host_cannot = err && (err == -EIO || cell_host_lacks(err));
	return err;
}

static int boot_child(void *arg, void *shared)
{
	struct boot b = { .spec = arg, .out = shared };
	struct pair_config pc = b.spec->pair;

	if (open_consoles(&b))
		return 0;
	if (!make(&b, &pc))
		run(&b);
	pair_destroy(b.pair);
	fd_close(&pc.kvm_fd);
	close_consoles(&b);
	return 0;
}

/* Which part of a result no honest child could have left. */
static const char *nonsense(const void *result)
{
	const struct boot_result *r = result;

	if (!memchr(r->error, '\0', sizeof(r->error)))
		return "an error without an end";
	for (unsigned i = 0; i < SIDES; i++) {
		if (r->ended[i] < PC_RUNS || r->ended[i] > PC_REBOOTED)
			return "an end that there is not";
		if (!(r->up_s[i] >= 0) || !isfinite(r->up_s[i]))
			return "a time that is none";
	}
	return NULL;
}

int boot_run(const struct boot_spec *spec, struct boot_result *out, bool *stop)
{
	static const struct child_task task = { boot_child, sizeof(*out), nonsense };
	int err = cell_in_child(&task, (void *)(uintptr_t)spec, out, stop);

	out->violation = child_not_trusted(err);
	if (err) {
		out->ok = false;
		out->host_cannot = err == -EAGAIN || err == -ENOMEM;
		if (!out->error[0])
			snprintf(out->error, sizeof(out->error), "%s", child_failure(err));
	}
	return err;
}
