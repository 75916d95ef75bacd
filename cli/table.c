// SPDX-License-Identifier: BSD-2-Clause
// `tandem bench table`: the cells of the matrix.
#include "cli/table.h"

#include <string.h>

#include "cli/cli.h"
#include "lib/log.h"

/*
 * A stream whose copies take much longer than a notification hides what the notification costs. In this one
 * the consumer waits for each: a window is copied in far less than a slice, and then the producer has nothing to do.
 */
#define GATED "gated"
#define GATED_FRAME_BYTES 1500u
#define GATED_WINDOW 16u

struct part {
	enum scenario scenario;
	const char *loop;
};

static const struct part parts[] = {
	{ SCENARIO_STREAM, GATED },
	{ SCENARIO_STREAM, NULL },
	{ SCENARIO_RR, NULL },
};

struct line {
	const char *notify, *producer;
	bool kvm_deferred; /* once with each of --irq's ways that go through KVM's work item */
	int fifo;
	const char *control; /* as label_control() knows it */
};

static const struct line lines[] = {
	{ "direct", "batch", false, 0, NULL },	   { "deferred", "batch", false, 0, NULL },
	{ "unbound", "batch", false, 0, NULL },	   { "direct", "sqpoll", false, 0, NULL },
	{ "deferred", "sqpoll", false, 0, NULL },  { "unbound", "sqpoll", false, 0, NULL },
	{ "direct", "batch", true, 0, NULL },	   { "direct", "sqpoll", true, 0, NULL },
	{ "direct", "batch", false, 0, "direct" }, { "direct", "sqpoll", false, 0, "direct" },
	{ "direct", "user", false, 0, "user" },	   { "deferred", "user", false, 0, "user" },
	{ "unbound", "user", false, 0, "user" },   { "deferred", "batch", false, 1, "fifo" },
	{ "deferred", "batch", false, 0, "aa" },
};

/* Unless the options say otherwise. */
static void gate(const struct option_set *set, struct options_cell *cell)
{
	cell->frame_bytes = GATED_FRAME_BYTES;
	if (option_whole(set, OPT_RING) > GATED_WINDOW)
		cell->window = GATED_WINDOW;
}

static int add(struct bench *b, const struct options *o, const struct part *part,
	       const struct line *line, const struct vm_irq *irq, const char *preempt)
{
	struct options_cell cell = { .scenario = part->scenario,
				     .notify = notify_find(line->notify),
				     .producer = producer_find(line->producer),
				     .irq = irq,
				     .accel = b->accel };
	struct cell_spec spec;
	int err;

	if (part->loop)
		gate(&o->set, &cell);
	err = options_spec(o, &cell, b->host.clock.hz, &spec);
	if (err)
		return err;
	if (b->nrows == BENCH_CELLS_MAX) {
		log_error("bench table: more than %u cells; ask for fewer modes", BENCH_CELLS_MAX);
		return EXIT_USAGE;
	}
	spec.worker_fifo = line->fifo;
	spec.control = line->control;
	spec.loop = part->loop;
	spec.preempt = preempt;
	b->row[b->nrows++].spec = spec;
	return 0;
}

static int add_line(struct bench *b, const struct options *o, const struct part *part,
		    const struct line *line, const char *preempt)
{
	int err = 0;

	if (!line->kvm_deferred)
		return add(b, o, part, line, vm_irqs, preempt);
	for (const struct vm_irq *irq = vm_irqs; irq->name && !err; irq++)
		if (irq->deferred && b->accel == &accel_kvm)
			err = add(b, o, part, line, irq, preempt);
	return err;
}

int table_add(struct bench *b, const struct options *o)
{
	unsigned modes = o->npreempt ? o->npreempt : 1;
	int err = 0;

	for (unsigned m = 0; m < modes; m++)
		for (size_t p = 0; p < sizeof(parts) / sizeof(parts[0]); p++)
			for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]) && !err; i++)
				err = add_line(b, o, &parts[p], &lines[i],
					       o->npreempt ? o->preempt[m] : NULL);
	return err;
}
