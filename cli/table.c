// SPDX-License-Identifier: BSD-2-Clause
// `tandem bench table` and `bench lazy`: the cells of the matrices.
#include "cli/table.h"

#include <string.h>

#include "cli/cli.h"
#include "cli/switches.h"
#include "lib/log.h"
#include "vhost/strategies.h"

/*
 * A stream whose copies take much longer than a notification hides what the notification costs. In
 * this one the consumer waits for each: a window is copied in far less than a slice, and then the
 * producer has nothing to do.
 */
#define GATED "gated"
#define GATED_FRAME_BYTES 1500u
#define GATED_WINDOW 16u

struct part {
	enum scenario scenario;
	const char *loop;
	bool dosed; /* lines that follow the slice, or must not, at all slices */
};

static const struct part parts[] = {
	{ SCENARIO_STREAM, GATED, true },
	{ SCENARIO_STREAM, NULL, false },
	{ SCENARIO_RR, NULL, false },
};

struct line {
	const char *notify, *producer;
	bool kvm_deferred; /* once with each of --irq's ways that go through KVM's work item */
	int fifo;
	const char *control; /* as label_control() knows it */
	bool dosed;	     /* see struct part */
	uint32_t batch;	     /* 0: as in the options */
};

#define LINES(l) (sizeof(l) / sizeof((l)[0]))

static const struct line lines[] = {
	{ "direct", "batch", false, 0, NULL, false, 0 },
	{ "deferred", "batch", false, 0, NULL, false, 0 },
	{ "unbound", "batch", false, 0, NULL, false, 0 },
	{ "direct", "sqpoll", false, 0, NULL, true, 0 },
	{ "deferred", "sqpoll", false, 0, NULL, true, 0 },
	{ "unbound", "sqpoll", false, 0, NULL, true, 0 },
	{ "direct", "batch", true, 0, NULL, false, 0 },
	{ "direct", "sqpoll", true, 0, NULL, true, 0 },
	{ "direct", "vhost-net", false, 0, NULL, true, 0 },
	{ "deferred", "vhost-net", false, 0, NULL, true, 0 },
	{ "unbound", "vhost-net", false, 0, NULL, true, 0 },
	{ "direct", "vhost-net", true, 0, NULL, true, 0 },
	{ "direct", "batch", false, 0, "direct", false, 0 },
	{ "direct", "sqpoll", false, 0, "direct", false, 0 },
	{ "direct", "user", false, 0, "user", false, 0 },
	{ "deferred", "user", false, 0, "user", true, 0 },
	{ "unbound", "user", false, 0, "user", false, 0 },
	{ "deferred", "sqpoll", false, 1, "fifo", true, 0 },
	{ "deferred", "sqpoll", false, 0, "aa", true, 0 },
};

/*
 * The wait of all but the last ends with the producer's slice, or does not; the last has a batch to
 * end, too.
 */
static const struct line lazy_lines[] = {
	{ "deferred", "sqpoll", false, 0, NULL, true, 0 },
	{ "direct", "sqpoll", true, 0, NULL, true, 0 },
	{ "direct", "sqpoll", false, 0, NULL, true, 0 },
	{ "unbound", "sqpoll", false, 0, NULL, true, 0 },
	{ "deferred", "user", false, 0, "user", true, 0 },
	{ "deferred", "sqpoll", false, 1, "fifo", true, 0 },
	{ "deferred", "sqpoll", false, 0, "aa", true, 0 },
};

/*
 * Long enough to outlast a slice, without a window to end it, and a quarter of the ring: the
 * next batch has to find frames, too, since it is the one that tells of these.
 */
#define LONG_BATCH 64u

static const struct line lazy_batch[] = {
	{ "deferred", "batch", false, 0, NULL, true, LONG_BATCH },
};

/* Unless the options say otherwise. */
static void gate(const struct option_set *set, struct options_cell *cell)
{
	cell->frame_bytes = GATED_FRAME_BYTES;
	if (option_whole(set, OPT_RING) > GATED_WINDOW)
		cell->window = GATED_WINDOW;
}

/* As the options have it, but for what the cell says. NULL: said why not. */
static struct cell_spec *add_cell(struct bench *b, const struct options *o,
				  const struct options_cell *cell)
{
	struct cell_spec *spec = &b->row[b->nrows].spec;

	if (b->nrows == BENCH_CELLS_MAX) {
		log_error("bench: more than %u cells; ask for fewer modes or slices",
			  BENCH_CELLS_MAX);
		return NULL;
	}
	if (options_spec(o, cell, b->host.clock.hz, spec))
		return NULL;
	b->nrows++;
	return spec;
}

static int add(struct bench *b, const struct options *o, const struct part *part,
	       const struct line *line, const struct vm_irq *irq, const char *preempt,
	       const char *slice)
{
	struct options_cell cell = { .scenario = part->scenario,
				     .notify = notify_find(line->notify),
				     .producer = producer_find(line->producer),
				     .irq = irq,
				     .accel = b->accel };
	struct cell_spec *spec;

	if (part->loop)
		gate(&o->set, &cell);
	spec = add_cell(b, o, &cell);
	if (!spec)
		return EXIT_USAGE;
	spec->worker_fifo = line->fifo;
	spec->control = line->control;
	spec->loop = part->loop;
	spec->preempt = preempt;
	spec->slice = slice;
	if (line->batch)
		spec->batch = line->batch;
	return 0;
}

static int add_line(struct bench *b, const struct options *o, const struct part *part,
		    const struct line *line, const char *preempt, const char *slice)
{
	int err = 0;

	if (!line->kvm_deferred)
		return add(b, o, part, line, vm_irqs, preempt, slice);
	for (const struct vm_irq *irq = vm_irqs; irq->name && !err; irq++)
		if (accel_defers(b->accel, irq))
			err = add(b, o, part, line, irq, preempt, slice);
	return err;
}

/* What does not vary with the slice is measured at the host's own. */
static int add_doses(struct bench *b, const struct options *o, const struct part *part,
		     const struct line *line, const char *preempt)
{
	unsigned slices = !o->nslice ? 1 : part->dosed && line->dosed ? o->nslice : 1;
	int err = 0;

	for (unsigned i = 0; i < slices && !err; i++)
		err = add_line(b, o, part, line, preempt, o->nslice ? o->slice[i] : NULL);
	return err;
}

/* Of the producers that were asked for; unasked, of all but the kernel's own backend. */
static bool is_wanted(const struct options *o, const struct line *line)
{
	const struct producer_ops *p = producer_find(line->producer);

	for (unsigned i = 0; i < o->nproducer; i++)
		if (o->producer[i] == p)
			return true;
	return !o->nproducer && !p->not_ours;
}

static int add_lines(struct bench *b, const struct options *o, const struct part *part,
		     const struct line *line, size_t n)
{
	unsigned modes = o->npreempt ? o->npreempt : 1;
	int err = 0;

	for (unsigned m = 0; m < modes; m++)
		for (size_t i = 0; i < n && !err; i++)
			if (is_wanted(o, &line[i]))
				err = add_doses(b, o, part, &line[i],
						o->npreempt ? o->preempt[m] : NULL);
	return err;
}

int table_add(struct bench *b, const struct options *o)
{
	int err = 0;

	for (size_t p = 0; p < LINES(parts) && !err; p++)
		err = add_lines(b, o, &parts[p], lines, LINES(lines));
	return err;
}

int lazy_add(struct bench *b, const struct options *o)
{
	static const struct part plain = { SCENARIO_STREAM, NULL, true };
	int err = add_lines(b, o, parts, lazy_lines, LINES(lazy_lines));

	return err ? err : add_lines(b, o, &plain, lazy_batch, LINES(lazy_batch));
}

static bool any_in_kernel(const struct options *o)
{
	for (unsigned i = 0; i < o->nproducer; i++)
		if (o->producer[i]->in_kernel)
			return true;
	return false;
}

/* Number `i` of all combinations, the deliverer running fastest. */
static int add_first(struct bench *b, const struct options *o, unsigned i)
{
	unsigned rest = i / o->nnotify;
	const struct producer_ops *producer = o->producer[rest % o->nproducer];
	unsigned way = rest / o->nproducer / o->nirq;
	struct options_cell cell = { .scenario = SCENARIO_STREAM,
				     .notify = o->notify[i % o->nnotify],
				     .producer = producer,
				     .irq = o->irq[rest / o->nproducer % o->nirq],
				     .accel = b->accel };
	struct cell_spec *spec;

	gate(&o->set, &cell);
	spec = add_cell(b, o, &cell);
	if (!spec)
		return EXIT_USAGE;
	spec->loop = GATED;
	switches_set(o, way, spec);
	spec->control = !producer->in_kernel && any_in_kernel(o) ? "user" : NULL;
	return 0;
}

int first_add(struct bench *b, const struct options *o)
{
	unsigned n = o->nnotify * o->nproducer * o->nirq * switches_ways(o);
	int err = 0;

	for (unsigned i = 0; i < n && !err; i++)
		err = add_first(b, o, i);
	return err;
}
