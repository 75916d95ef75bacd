// SPDX-License-Identifier: BSD-2-Clause
// Which options run, bench and bench table have, and what their help says of each.
#include "cli/option_table.h"

#include <string.h>

#include "bench/plan/bench.h"
#include "tandem/frame.h"
#include "vmm/vm.h"

#define ALL (OF_RUN | OF_BENCH | OF_TABLE)
#define BENCHES (OF_BENCH | OF_TABLE)

#define TEXT_COLUMN 27
#define MORE_COLUMN 29
#define WIDTH 104

static void list_notify(FILE *to)
{
	for (size_t i = 0; notify_strategies[i]; i++)
		fprintf(to, "%*s%-9s %s\n", MORE_COLUMN, "", notify_strategies[i]->name,
			notify_strategies[i]->summary);
}

static void list_producers(FILE *to)
{
	for (size_t i = 0; producers[i]; i++)
		fprintf(to, "%*s%-9s %s\n", MORE_COLUMN, "", producers[i]->name,
			producers[i]->summary);
}

static void list_irqs(FILE *to)
{
	for (const struct vm_irq *irq = vm_irqs; irq->name; irq++)
		fprintf(to, "%*s%-13s %s\n", MORE_COLUMN, "", irq->name, irq->summary);
}

/* clang-format off */
/* An option that says different things in different commands has a row for each, one after the other. */
static const struct row {
	const char *name;
	int id;
	unsigned of;
	const char *value; /* NULL: it has none */
	const char *text;  /* %g: one of n[]; NULL: for the tests, not told */
	double n[4];
	void (*list)(FILE *to);
} rows[] = {
	{ "accel", OPT_ACCEL, ALL, "auto|kvm|thread",
	  "guests on KVM, or as host threads; auto: kvm where it works", { 0 }, NULL },
	{ "notify", OPT_NOTIFY, OF_RUN, "NAME", "who delivers (direct):", { 0 }, list_notify },
	{ "notify", OPT_NOTIFY, OF_BENCH, "LIST",
	  "who delivers, comma separated, or all (default):", { 0 }, list_notify },
	{ "producer", OPT_PRODUCER, OF_RUN, "NAME", "where the backend copies and notifies (user):",
	  { 0 }, list_producers },
	{ "producer", OPT_PRODUCER, OF_BENCH, "LIST",
	  "where the backend copies and notifies (user):", { 0 }, list_producers },
	{ "irq", OPT_IRQ, OF_RUN, "NAME",
	  "how KVM injects the guest's interrupt (the first); no effect with accel thread:", { 0 },
	  list_irqs },
	{ "irq", OPT_IRQ, OF_BENCH, "LIST",
	  "how KVM injects the guest's interrupt (the first); no effect with accel thread:", { 0 },
	  list_irqs },
	{ "preempt", OPT_PREEMPT, BENCHES, "current|LIST",
	  "host preemption modes to switch through: none, voluntary, full, lazy, rt; put back on "
	  "every exit (current)", { 0 }, NULL },
	{ "slice", OPT_SLICE, BENCHES, "current|LIST",
	  "scheduler's base slices to measure under: default, multiples of it (2x), lengths (2.8ms); put "
	  "back on every exit (current)", { 0 }, NULL },
	{ "worker-fifo", OPT_FIFO, OF_RUN | OF_BENCH, "PRIO",
	  "notifier threads as SCHED_FIFO: lazy does not keep those waiting (0: not)", { 0 }, NULL },
	{ "scope", OPT_SCOPE, ALL, "NAME",
	  "unbound: whose CPUs share workers: cpu, smt, cache_shard, cache, numa, or system (any "
	  "CPU); see `tandem bench pool --show-scopes`", { 0 }, NULL },
	{ "strict", OPT_STRICT, ALL, "no|yes",
	  "unbound: workers must stay on their scope's CPUs (no)", { 0 }, NULL },
	{ "wake", OPT_WAKE, OF_RUN | OF_BENCH, "unlocked|locked",
	  "unbound: wake after the pool's lock is released, or under it", { 0 }, NULL },
	{ "halt-poll", OPT_HALT_POLL, ALL, "auto|host|NS",
	  "how long KVM polls before a halted vCPU sleeps; auto: not at all with fewer than 3 CPUs, "
	  "else as the host has it set", { 0 }, NULL },
	{ "batch", OPT_BATCH, ALL, "N", "batch, sqpoll: frames handed to the kernel at once (%g)",
	  { BATCH_DEFAULT }, NULL },
	{ "duration", OPT_DURATION, OF_RUN, "SEC", "end after so long (at Ctrl-C)", { 0 }, NULL },
	{ "duration", OPT_DURATION, OF_BENCH, "SEC", "measure for so long (%g)",
	  { BENCH_DURATION_DEFAULT_S }, NULL },
	{ "duration", OPT_DURATION, OF_TABLE, "SEC", "measure for so long (%g)",
	  { TABLE_DURATION_DEFAULT_S }, NULL },
	{ "warmup", OPT_WARMUP, ALL, "SEC", "let it run in before (%g)", { WARMUP_DEFAULT_S }, NULL },
	{ "runs", OPT_RUNS, BENCHES, "N",
	  "fresh pairs per combination; from 5 on with intervals and verdicts (1)", { 0 }, NULL },
	{ "warmup-runs", OPT_WARMUP_RUNS, BENCHES, "N",
	  "rounds of all combinations made first and not counted (--runs=1: 0, else 1)", { 0 },
	  NULL },
	{ "order", OPT_ORDER, BENCHES, "random|abba|sequential",
	  "of the combinations within each round (random)", { 0 }, NULL },
	{ "seed", OPT_SEED, BENCHES, "N", "repeats a random order (a new one, printed)", { 0 },
	  NULL },
	{ "baseline", OPT_BASELINE, BENCHES, "WORDS",
	  "the combination that the others are compared with, by words of its row (the first of each "
	  "scenario)", { 0 }, NULL },
	{ "frame", OPT_FRAME, ALL, "BYTES", "Ethernet frame, %g to %g (stream: %g, rr: %g)",
	  { FRAME_MIN, FRAME_MAX, STREAM_FRAME_DEFAULT, RR_FRAME_DEFAULT }, NULL },
	{ "ring", OPT_RING, ALL, "N", "entries per virtqueue, a power of two up to %g (%g)",
	  { VIRTQ_SIZE_MAX, RING_DEFAULT }, NULL },
	{ "window", OPT_WINDOW, ALL, "N", "frames in flight, at most the ring (stream: all of it)",
	  { 0 }, NULL },
	{ "rto", OPT_RTO, ALL, "USEC", "retransmission timeout (%g)", { RTO_DEFAULT_US }, NULL },
	{ "rate", OPT_RATE, ALL, "N",
	  "open loop: N frames (rr: requests) a second are to be sent, whatever became of those "
	  "before; latency from the intended time", { 0 }, NULL },
	{ "arrivals", OPT_ARRIVALS, ALL, "poisson|uniform|fixed",
	  "of --rate: how they are spread (poisson)", { 0 }, NULL },
	{ "busy-poll", OPT_BUSY_POLL, ALL, "USEC",
	  "the backend looks at the rings so long before it sleeps (0)", { 0 }, NULL },
	{ "sq-idle", OPT_SQ_IDLE, ALL, "MSEC",
	  "sqpoll's kernel thread looks for work so long before it sleeps (%g)",
	  { SQ_IDLE_DEFAULT_MS }, NULL },
	{ "budget", OPT_BUDGET, ALL, "N", "frames per direction and turn of the backend (%g)",
	  { BUDGET_DEFAULT }, NULL },
	{ "verify", OPT_VERIFY, ALL, "ends|full",
	  "check first and last bytes of each frame, or all (ends)", { 0 }, NULL },
	{ "filters", OPT_FILTERS, ALL, "on|off",
	  "system call filters of the threads; off: to see what they cost (on)", { 0 }, NULL },
	{ "cpus", OPT_CPUS, ALL, "ROLE=LIST,...",
	  "place a, b, backend, notifier: --cpus=backend=1,a=0,b=0-3 (backend: the last CPU; guests: "
	  "the others; notifier: any; sqpoll: backend is its kernel thread, what feeds it runs beside "
	  "it)", { 0 }, NULL },
	{ "format", OPT_FORMAT, BENCHES, "FORMAT",
	  "of what is printed: text, markdown, csv, json (text)", { 0 }, NULL },
	{ "no-noise-check", OPT_NO_NOISE, BENCHES, NULL,
	  "do not listen to the host before measuring", { 0 }, NULL },
	{ "trace", OPT_TRACE, BENCHES, NULL,
	  "say who kept the slowest notifications waiting, from the kernel's scheduler events (needs "
	  "root, and costs time)", { 0 }, NULL },
	{ "json", OPT_JSON, BENCHES, "FILE", "write the results there; - for stdout", { 0 }, NULL },
	{ "misbehave", OPT_MISBEHAVE, ALL, "HOW", NULL, { 0 }, NULL },
	{ "help", 'h', ALL, NULL, "print this", { 0 }, NULL },
};
/* clang-format on */

#define ROWS (sizeof(rows) / sizeof(rows[0]))

void option_table_longs(struct option longs[OPTIONS_MAX])
{
	unsigned n = 0;

	for (size_t i = 0; i < ROWS; i++)
		if (!n || longs[n - 1].val != rows[i].id)
			longs[n++] =
				(struct option){ rows[i].name,
						 rows[i].value ? required_argument : no_argument,
						 NULL, rows[i].id };
	longs[n] = (struct option){ NULL, 0, NULL, 0 };
}

unsigned option_table_of(int id)
{
	unsigned of = 0;

	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].id == id)
			of |= rows[i].of;
	return of;
}

const char *option_table_name(int id)
{
	size_t i = 0;

	while (rows[i].id != id)
		i++;
	return rows[i].name;
}

/* Words to the width of a page, the first of them in TEXT_COLUMN. */
static void print_words(FILE *to, const char *text)
{
	int column = TEXT_COLUMN - 1;

	while (*text) {
		int n = (int)strcspn(text, " ");

		if (column + 1 + n > WIDTH) {
			fprintf(to, "\n%*s", MORE_COLUMN - 1, "");
			column = MORE_COLUMN - 1;
		}
		fprintf(to, " %.*s", n, text);
		column += 1 + n;
		text += n + (text[n] == ' ');
	}
	fputc('\n', to);
}

static void print_row(FILE *to, const struct row *r)
{
	char text[400];
	int n = fprintf(to, "  --%s%s%s", r->name, r->value ? "=" : "", r->value ? r->value : "");

	if (n >= TEXT_COLUMN) {
		fputc('\n', to);
		n = 0;
	}
	fprintf(to, "%*s", TEXT_COLUMN - 1 - n, "");
	snprintf(text, sizeof(text), r->text, r->n[0], r->n[1], r->n[2], r->n[3]);
	print_words(to, text);
	if (r->list)
		r->list(to);
}

void option_table_print(FILE *to, unsigned of)
{
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].text && rows[i].of & of)
			print_row(to, &rows[i]);
}
