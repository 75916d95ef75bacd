// SPDX-License-Identifier: BSD-2-Clause
// Two stock Linux guests booted in a child process.
#include "bench/run/boot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench/run/cell.h"
#include "bench/run/child.h"
#include "bench/run/confine.h"
#include "lib/clock.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "lib/sane.h"
#include "lib/thread.h"
#include "vmm/probe.h"
#include "vmm/vm.h"

#define LOOK_MS 10u
/* A kernel that has panicked and does not restart, as it is told to. */
#define PANIC_MS 5000u

/* One guest's lines, on their way to who listens. */
struct ear {
	const struct boot_listener *listener;
	unsigned side;
};

struct boot {
	const struct boot_spec *spec;
	struct boot_result *out;
	struct pair *pair;
	int console[SIDES];
	uint64_t start_ns;
	uint64_t panic_ns[SIDES]; /* when it was seen; 0: it was not */
	struct ear ear[SIDES];
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

unsigned boot_show_last_lines(struct pair *p, unsigned side)
{
	const char name[] = { name_of(side), '\0' }, *line;
	unsigned n = 0;

	while ((line = console_last_line(&pair_stock(p, side)->console, n))) {
		log_guest(name, line);
		n++;
	}
	return n;
}

static int never_up(struct boot *b, unsigned side)
{
	unsigned lines = boot_show_last_lines(b->pair, side);

	return fail(b, "guest %c: did not come up within %u s; %s", name_of(side),
		    b->spec->limit_ms / 1000,
		    lines ? "its console's last lines are above" : "its console is empty");
}

static int open_consoles(struct boot *b)
{
	b->console[SIDE_A] = b->spec->console[SIDE_A] || b->spec->quiet ? -1 : STDOUT_FILENO;
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

static void hear(void *ctx, const char *line)
{
	const struct ear *ear = ctx;

	ear->listener->line(ear->listener->ctx, ear->side, line);
}

static void begin_to_listen(struct boot *b)
{
	const struct boot_listener *l = b->spec->listener;

	if (!l)
		return;
	for (unsigned i = 0; i < SIDES; i++) {
		b->ear[i] = (struct ear){ l, i };
		console_of(b, i)->ctx = &b->ear[i];
		console_of(b, i)->heard = hear;
	}
	l->made(l->ctx, b->pair);
}

static int tell_listener(struct boot *b)
{
	const struct boot_listener *l = b->spec->listener;

	return l ? l->look(l->ctx, LOOK_MS, b->out->error, sizeof(b->out->error)) : 0;
}

static int tell_end(struct boot *b)
{
	const struct boot_listener *l = b->spec->listener;

	return l ? l->ended(l->ctx, b->out->error, sizeof(b->out->error)) : 0;
}

static int look_at_all(struct boot *b)
{
	int err = 0;

	for (unsigned i = 0; i < SIDES && !err; i++)
		err = check_guest(b, i);
	if (!err)
		err = tell_listener(b);
	return err;
}

/* 0: they have all ended, or the time is over; -EINTR: told to stop; -EIO. */
static int watch(struct boot *b)
{
	while (!b->spec->duration_ms || elapsed_ms(b) < b->spec->duration_ms) {
		bool done = all_done(b); /* before what they printed last is looked at */
		int err = look_at_all(b);

		if (err)
			return err;
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
	begin_to_listen(b);
	err = watch(b);
	pair_stop(b->pair);
	b->out->cut = err == -EINTR;
	b->out->ok = !err || b->out->cut;
	for (unsigned i = 0; i < SIDES; i++) {
		console_pump(console_of(b, i), b->console[i]);
		b->out->ended[i] = (int)stock_ended(pair_stock(b->pair, i));
	}
	if (!err)
		b->out->ok = tell_end(b) == 0;
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

void boot_pair(const struct boot_spec *spec, struct boot_result *out)
{
	struct boot b = { .spec = spec, .out = out };
	struct pair_config pc = spec->pair;

	if (open_consoles(&b))
		return;
	if (!make(&b, &pc))
		run(&b);
	pair_destroy(b.pair);
	fd_close(&pc.kvm_fd);
	close_consoles(&b);
}

const char *boot_nonsense(const struct boot_result *r)
{
	if (!sane_flag(&r->ok) || !sane_flag(&r->cut) || !sane_flag(&r->host_cannot) ||
	    !sane_flag(&r->violation))
		return "flags";
	if (!sane_text(r->error, sizeof(r->error)))
		return "error";
	for (unsigned i = 0; i < SIDES; i++) {
		if (r->ended[i] < PC_RUNS || r->ended[i] > PC_REBOOTED)
			return "an end that there is not";
		if (!sane_amount(r->up_s[i]))
			return "a time that is none";
	}
	return NULL;
}

void boot_take_failure(struct boot_result *out, int err)
{
	out->violation = child_not_trusted(err);
	if (!err)
		return;
	out->ok = false;
	out->host_cannot = err == -EAGAIN || err == -ENOMEM;
	if (!out->error[0])
		snprintf(out->error, sizeof(out->error), "%s", child_failure(err));
}

static int boot_child(void *arg, void *shared)
{
	boot_pair(arg, shared);
	return 0;
}

static const char *nonsense(const void *result)
{
	return boot_nonsense(result);
}

int boot_run(const struct boot_spec *spec, struct boot_result *out, bool *stop)
{
	static const struct child_task task = { boot_child, sizeof(*out), nonsense };
	int err = cell_in_child(&task, (void *)(uintptr_t)spec, out, stop);

	boot_take_failure(out, err);
	return err;
}
