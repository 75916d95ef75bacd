// SPDX-License-Identifier: BSD-2-Clause
// What bench tcp and bench seed measure: a row for each combination.
#include "cli/tcp_rows.h"

#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/switches.h"
#include "lib/log.h"
#include "vhost/notify.h"
#include "vhost/producers.h"
#include "vhost/wire.h"

static bool is_seed(const struct options *o)
{
	return o->set.command->of == OF_SEED;
}

static uint32_t milliseconds(const struct option_set *set, enum option_id id)
{
	return (uint32_t)(option_real(set, id) * 1e3);
}

static struct tcp_work work_of(const struct option_set *set)
{
	return (struct tcp_work){
		.streams = option_whole(set, OPT_STREAMS),
		.size = option_whole(set, OPT_SIZE),
		.warmup_ms = milliseconds(set, OPT_WARMUP),
		.duration_ms = milliseconds(set, OPT_DURATION),
	};
}

int tcp_rows_lines(const struct guest_files *f, const struct option_set *set, struct tcp_lines *l)
{
	struct tcp_work work = work_of(set);
	char text[TCP_WORK_TEXT], own[TCP_WORK_TEXT + 64];
	int code;

	tcp_work_print(&work, text);
	snprintf(own, sizeof(own), "quiet " TCP_WORK_WORD "%s tandem.end=off", text);
	code = guest_files_line(f, set, own, l->msi);
	strncat(own, " pci=nomsi", sizeof(own) - strlen(own) - 1);
	return code ? code : guest_files_line(f, set, own, l->pin);
}

/* A driver of its own addresses its messages; what is left to choose is whether it has any. */
static bool is_guests_own(const struct vm_irq *irq)
{
	uint64_t address;
	uint32_t data;

	return irq == vm_irqs || !vm_irq_message(irq, &address, &data);
}

int tcp_rows_check(const struct options *o)
{
	unsigned i = 0;

	while (i < o->nirq && is_guests_own(o->irq[i]))
		i++;
	if (i == o->nirq)
		return 0;
	log_error("%s: --irq=%s: a Linux guest addresses its messages itself; use msi or ioapic",
		  o->set.command->name, o->irq[i]->name);
	return EXIT_USAGE;
}

/* Unless they are asked for, bench seed's are all that a Linux guest has. */
static void choose_irqs(struct options *o)
{
	bool given = option_given(&o->set, OPT_IRQ);

	for (const struct vm_irq *irq = vm_irqs; irq->name && !given; irq++)
		if (is_guests_own(irq))
			o->irq[o->nirq++] = irq;
}

static bool lacks(const struct producer_ops *p, char why[WIRE_WHY_BYTES])
{
	return p->check && p->check(why);
}

/* And of its producers what the host lacks is left out. */
static void choose_producers(struct options *o)
{
	char why[WIRE_WHY_BYTES];
	unsigned n = 0;

	for (unsigned i = 0; i < o->nproducer; i++)
		if (!lacks(o->producer[i], why))
			o->producer[n++] = o->producer[i];
	o->nproducer = n ? n : o->nproducer;
}

void tcp_rows_choose(struct options *o)
{
	choose_irqs(o);
	if (!option_given(&o->set, OPT_PRODUCER) && !options_accel(&o->set).kvm_err)
		choose_producers(o);
}

void tcp_rows_say(const struct options *o)
{
	const char *word[OPTION_WORDS_MAX];
	unsigned n = option_words(&o->set, OPT_PRODUCER, word);
	char why[WIRE_WHY_BYTES];

	for (unsigned i = 0; i < n; i++)
		if (lacks(producer_find(word[i]), why))
			log_info("without producer %s: %s", word[i], why);
	if (!o->npreempt && preempt_may_switch(&preempt_real, "full") &&
	    preempt_may_switch(&preempt_real, "lazy"))
		log_info("in the host's own mode only; --preempt=full,lazy measures both");
}

/* What a worker of ours hands to KVM's, which hands it on, tells of neither. */
static bool is_handed_over_twice(const struct options *o, const struct options_cell *c)
{
	return is_seed(o) && !option_given(&o->set, OPT_IRQ) && !notify_by_producer(c->notify) &&
	       c->irq->deferred;
}

static int add_row(struct tcp_bench *b, const struct options *o, const struct guest_files *f,
		   const struct tcp_lines *l, const struct options_cell *cell, unsigned way)
{
	struct tcp_spec *s = &b->row[b->nrows].spec;
	int code;

	if (b->nrows == TCP_ROWS_MAX) {
		log_error("%s: more than %u combinations; ask for fewer", o->set.command->name,
			  TCP_ROWS_MAX);
		return EXIT_USAGE;
	}
	code = options_spec(o, cell, b->host.clock.hz, &s->cell);
	if (code)
		return code;
	switches_set(o, way, &s->cell);
	s->cell.pci = true;
	s->stock = guest_files_stock(f, &o->set, cell->irq == vm_irqs ? l->msi : l->pin);
	s->work = work_of(&o->set);
	s->limit_ms = milliseconds(&o->set, OPT_GUEST_TIMEOUT);
	b->nrows++;
	return b->nrows > 1 ? 0 : guest_files_check(f, &s->stock);
}

int tcp_rows_add(struct tcp_bench *b, const struct options *o, const struct guest_files *f,
		 const struct tcp_lines *l)
{
	unsigned n = o->nnotify * o->nproducer * o->nirq * switches_ways(o);
	int code = 0;

	for (unsigned i = 0; i < n && !code; i++) {
		unsigned rest = i / o->nnotify, way = rest / o->nproducer / o->nirq;
		struct options_cell cell = { .scenario = SCENARIO_STREAM,
					     .notify = o->notify[i % o->nnotify],
					     .producer = o->producer[rest % o->nproducer],
					     .irq = o->irq[rest / o->nproducer % o->nirq],
					     .accel = accel_find("kvm"),
					     .frame_bytes = TCP_FRAME_BYTES };

		if (!is_handed_over_twice(o, &cell))
			code = add_row(b, o, f, l, &cell, way);
	}
	return code;
}
