// SPDX-License-Identifier: BSD-2-Clause
// --trace: a tracing instance of our own, and what is read from it.
#include "bench/trace/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bench/run/child.h"
#include "bench/trace/dat.h"
#include "bench/trace/events.h"
#include "lib/claim.h"
#include "lib/clock.h"
#include "lib/cpulist.h"
#include "lib/fd.h"
#include "lib/log.h"

#define PATH_BYTES 256
#define BUFFERS_MIB 64u /* of all CPUs together */
#define BUFFER_KIB_MAX 16384u
#define BUFFER_KIB_MIN 512u
#define LOOKBACK_MS 20.0 /* before a notification: who was runnable when it began */
#define EVENTS_MAX 400000u
#define PREFIX "tandem-"

/* Two readings of the clocks at the same moment. */
struct anchor {
	uint64_t cycles, ns;
};

struct trace {
	struct claim instance;
	struct anchor start, end;
	struct trace_event *event;
	struct dat *dat;     /* NULL: no file was asked for */
	const char *instead; /* what happens where it can't be */
	sigset_t old;
};

static bool write_file(const char *dir, const char *name, const char *text)
{
	char path[PATH_BYTES * 2];
	int fd, err;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	if (fd < 0)
		return false;
	err = fd_write_all(fd, text, strlen(text));
	fd_close(&fd);
	errno = -err;
	return !err;
}

static void remove_instance(const char *path)
{
	rmdir(path);
}

static bool make_instance(struct trace *t, const char *root)
{
	static const char *const places[] = { "/sys/kernel/tracing", "/sys/kernel/debug/tracing" };
	char instances[PATH_BYTES];
	int err;

	for (size_t i = 0; i < 2; i++) {
		snprintf(instances, sizeof(instances), "%s%s/instances", root, places[i]);
		if (access(instances, F_OK) == 0)
			break;
		if (errno == EACCES) {
			log_warn("trace: %s: needs root%s", instances, t->instead);
			return false;
		}
		if (i == 1) {
			log_warn("trace: no tracefs at %s (mount -t tracefs tracefs %s, as root)%s",
				 places[0], places[0], t->instead);
			return false;
		}
	}
	claim_sweep(instances, PREFIX, remove_instance);
	err = claim_make(&t->instance, instances, PREFIX);
	if (err)
		log_warn("trace: %s: %s; it needs root, and a kernel that is not locked down%s",
			 instances, strerror(-err), t->instead);
	return !err;
}

/* Wake-ups of others than ours and the kernel's workers would only push older events out. */
static void filter_events(const struct trace *t)
{
	static const char filter[] = "comm ~ \"tandem*\" || comm ~ \"iou-*\" || comm ~ "
				     "\"kworker*\"";
	static const char *const names[] = { "sched_waking", "sched_wakeup", "sched_wakeup_new",
					     "sched_migrate_task" };
	char path[64];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "events/sched/%s/filter", names[i]);
		write_file(t->instance.path, path, filter);
	}
}

/* What it can't do without is asked for first; the rest is taken where the kernel has it. */
static bool enable_events(const struct trace *t)
{
	char name[96];

	for (size_t i = 0; i < TRACE_EVENTS; i++) {
		snprintf(name, sizeof(name), "events/%s/enable", trace_event_names[i]);
		if (!write_file(t->instance.path, name, "1") && i < 2)
			return false;
	}
	return true;
}

/*
 * The stamps' own clock where the kernel offers it; else one that runs evenly beside it. What
 * reads a trace.dat takes its times for nanoseconds.
 */
static bool set_clock(const struct trace *t, bool for_dat)
{
	return (!for_dat && write_file(t->instance.path, "trace_clock", "x86-tsc")) ||
	       write_file(t->instance.path, "trace_clock", "mono_raw");
}

static bool set_up(struct trace *t, const char *file)
{
	long cpus = sysconf(_SC_NPROCESSORS_CONF);
	unsigned kib = BUFFERS_MIB * 1024 / (cpus > 0 ? (unsigned)cpus : 1);
	char text[32];

	kib = kib > BUFFER_KIB_MAX ? BUFFER_KIB_MAX : kib < BUFFER_KIB_MIN ? BUFFER_KIB_MIN : kib;
	snprintf(text, sizeof(text), "%u", kib);
	if (!write_file(t->instance.path, "tracing_on", "0") ||
	    !write_file(t->instance.path, "buffer_size_kb", text) || !set_clock(t, *file) ||
	    !enable_events(t)) {
		log_warn("trace: %s: cannot be set up: %s%s", t->instance.path, strerror(errno),
			 t->instead);
		return false;
	}
	filter_events(t);
	if (*file)
		t->dat = dat_open(file, t->instance.path);
	return !*file || t->dat;
}

struct trace *trace_open(const char *root, const char *file)
{
	struct trace *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->instance.lock = -1;
	t->instead = *file ? "" : "; measuring without";
	cell_block_ends(&t->old);
	t->event = calloc(EVENTS_MAX, sizeof(*t->event));
	if (t->event && make_instance(t, root) && set_up(t, file))
		return t;
	trace_close(t);
	return NULL;
}

void trace_close(struct trace *t)
{
	if (!t)
		return;
	if (*t->instance.path) {
		write_file(t->instance.path, "tracing_on", "0");
		if (rmdir(t->instance.path) < 0)
			log_warn("trace: %s: cannot be removed: %s; rmdir it", t->instance.path,
				 strerror(errno));
	}
	claim_drop(&t->instance);
	dat_close(t->dat);
	sigprocmask(SIG_SETMASK, &t->old, NULL);
	free(t->event);
	free(t);
}

static struct anchor anchor_now(void)
{
	struct timespec ts;
	struct anchor a;

	clock_gettime(CLOCK_MONOTONIC_RAW, &ts);
	a.cycles = clock_now();
	a.ns = (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
	return a;
}

/* For whoever reads the file: which cell the events are of. */
static void mark(const struct trace *t, const char *label, const char *what)
{
	char text[256];

	snprintf(text, sizeof(text), "tandem: %s: %s\n", label, what);
	if (t->dat)
		write_file(t->instance.path, "trace_marker", text);
}

void trace_begin(struct trace *t, const char *label)
{
	if (!t)
		return;
	write_file(t->instance.path, "trace", "");
	t->start = anchor_now();
	write_file(t->instance.path, "tracing_on", "1");
	mark(t, label, "a run begins");
}

/* mono_raw's nanoseconds, between the anchors, as cycles. */
static uint64_t to_cycles(const struct trace *t, const struct trace_event *e)
{
	double rate = (double)(t->end.cycles - t->start.cycles) /
		      (double)(t->end.ns > t->start.ns ? t->end.ns - t->start.ns : 1);
	double cycles = ((double)e->at - (double)t->start.ns) * rate;

	if (!e->seconds)
		return e->at;
	/* A line may say anything. */
	cycles = fmax(fmin(cycles, 0x1p62), -0x1p62);
	return t->start.cycles + (uint64_t)(int64_t)cycles;
}

struct window {
	uint64_t from, to;
};

static unsigned find_windows(const struct cell_spec *spec, const struct cell_result *r,
			     struct window *w)
{
	uint64_t lookback = (uint64_t)(LOOKBACK_MS / 1e3 * (double)spec->clock_hz);
	unsigned n = 0;

	for (unsigned side = 0; side < SIDES; side++)
		for (unsigned i = 0; i < r->latency[side].slow.n; i++) {
			const struct slow *s = &r->latency[side].slow.slow[i];

			w[n++] = (struct window){ s->t0 > lookback ? s->t0 - lookback : 0, s->t3 };
		}
	return n;
}

static bool in_window(const struct window *w, unsigned n, uint64_t at)
{
	for (unsigned i = 0; i < n; i++)
		if (at >= w[i].from && at <= w[i].to)
			return true;
	return false;
}

/*
 * When the buffers were too small, each CPU's begin at a time of its own: before the last of these
 * something is missing.
 */
struct coverage {
	bool overwritten;
	bool seen[CPULIST_MAX];
	uint64_t from;
};

static void cover(struct coverage *c, const struct trace_event *e)
{
	if (!c->overwritten || e->cpu >= CPULIST_MAX || c->seen[e->cpu])
		return;
	c->seen[e->cpu] = true;
	if (e->at > c->from)
		c->from = e->at;
}

/* "# entries-in-buffer/entries-written: 205/20500   #P:2" */
static void read_header(struct coverage *c, const char *line)
{
	unsigned long long in, written;

	if (sscanf(line, "# entries-in-buffer/entries-written: %llu/%llu", &in, &written) == 2)
		c->overwritten = in < written;
}

/* Keeps the events within the windows; all of them go into the waits. */
static size_t read_events(struct trace *t, FILE *f, const struct window *w, unsigned windows,
			  struct coverage *c, struct trace_waits *waits, struct trace_walk *walk)
{
	size_t n = 0, size = 0;
	char *line = NULL;

	while (getline(&line, &size, f) > 0 && n < EVENTS_MAX) {
		struct trace_event *e = &t->event[n];

		read_header(c, line);
		if (!trace_line_parse(line, e))
			continue;
		e->at = to_cycles(t, e);
		cover(c, e);
		trace_waits_add(waits, walk, e);
		if (e->kind != TRACE_OTHER && in_window(w, windows, e->at))
			n++;
	}
	free(line);
	return n;
}

/* Keeps the slowest, in order. */
static void add_cause(struct trace_causes *out, const struct trace_cause *c)
{
	unsigned i = out->n;

	if (out->n == TRACE_CAUSES_MAX && c->us <= out->cause[out->n - 1].us)
		return;
	if (out->n == TRACE_CAUSES_MAX)
		i--;
	else
		out->n++;
	for (; i && out->cause[i - 1].us < c->us; i--)
		out->cause[i] = out->cause[i - 1];
	out->cause[i] = *c;
}

static void explain_all(const struct trace_events *events, const struct cell_result *r,
			struct trace_causes *out)
{
	for (unsigned side = 0; side < SIDES; side++)
		for (unsigned i = 0; i < r->latency[side].slow.n; i++) {
			const struct slow *s = &r->latency[side].slow.slow[i];
			struct trace_cause c = { .side = (char)('a' + side) };
			uint64_t from, to;

			if (s->t0 < events->from || s->t3 > events->to) {
				out->missed++;
				continue;
			}
			c.stage = stage_name((enum stage)trace_longest_stage(s, &from, &to));
			c.us = (double)(s->t3 - s->t0) / events->cycles_per_us;
			c.stage_us = (double)(to - from) / events->cycles_per_us;
			trace_explain(events, s, c.side, c.words, sizeof(c.words));
			add_cause(out, &c);
		}
}

static void read_run(struct trace *t, const struct cell_spec *spec, const struct cell_result *r,
		     struct trace_causes *out)
{
	struct window w[SIDES * SLOW_MAX];
	struct coverage c = { 0 };
	struct trace_events events;
	struct trace_walk walk;
	char path[PATH_BYTES * 2];
	FILE *f;

	snprintf(path, sizeof(path), "%s/trace", t->instance.path);
	f = fopen(path, "re");
	if (!f) {
		log_errno(-errno, "trace: %s", path);
		return;
	}
	events = (struct trace_events){ .event = t->event,
					.cycles_per_us = (double)spec->clock_hz / 1e6,
					.ours = &r->slow_threads };
	walk = (struct trace_walk){ .ours = &r->slow_threads,
				    .ns_per_cycle = 1e9 / (double)spec->clock_hz,
				    .until = r->irq_path.since }; /* the self-test is no traffic */
	events.n = read_events(t, f, w, find_windows(spec, r, w), &c, &out->waits, &walk);
	events.from = c.from;
	events.to = events.n == EVENTS_MAX ? t->event[EVENTS_MAX - 1].at : UINT64_MAX;
	fclose(f);
	explain_all(&events, r, out);
}

void trace_end(struct trace *t, const struct cell_spec *spec, const char *label,
	       const struct cell_result *r, struct trace_causes *out)
{
	if (!t)
		return;
	mark(t, label, "the run has ended");
	write_file(t->instance.path, "tracing_on", "0");
	t->end = anchor_now();
	read_run(t, spec, r, out);
	if (t->dat)
		dat_take(t->dat);
}

int trace_file(struct trace *t, const char **text, size_t *len)
{
	return dat_whole(t->dat, text, len);
}

static void print_wait(const char *what, const struct hist *h, FILE *to)
{
	if (h->n)
		fprintf(to, "  %s: p50 %.1f us, mean %.1f, max %.1f (%llu traced)\n", what,
			hist_quantile(h, 0.5) / 1e3, hist_mean(h) / 1e3, (double)h->max_ns / 1e3,
			(unsigned long long)h->n);
}

void trace_print(const struct trace_causes *c, const char *label, FILE *to)
{
	if (c->waits.worker.n || c->waits.work_item.n)
		fprintf(to, "\n%s: waits in the kernel's own events\n", label);
	print_wait("worker, woken until it runs", &c->waits.worker, to);
	print_wait("KVM's work item, queued until it runs", &c->waits.work_item, to);
	if (c->n || c->missed)
		fprintf(to, "\n%s: the slowest notifications\n", label);
	for (unsigned i = 0; i < c->n; i++)
		fprintf(to, "  guest %c: %s\n", c->cause[i].side, c->cause[i].words);
	if (c->missed)
		fprintf(to,
			"  of %u slow ones the trace buffer no longer had the events; a shorter "
			"--duration keeps them\n",
			c->missed);
}
