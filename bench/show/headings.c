// SPDX-License-Identifier: BSD-2-Clause
// What each column of each table means. The man pages have the same words: unit headings compares.
#include "bench/show/headings.h"

#include <string.h>
#include <strings.h>

#include "bench/show/fill.h"

#define BENCH "tandem-bench"
#define REPORT "tandem-report"
#define POOL "tandem-bench-pool"
#define CROWD "tandem-bench-crowd"
#define TCP "tandem-bench-tcp"
#define COMPARE "tandem-compare"

static const struct heading headings[] = {
	/* The short table. */
	{ "deliverer", BENCH, "Who delivers the notification: direct, deferred or unbound." },
	{ "producer", BENCH,
	  "Where the backend copies and notifies: user, batch, sqpoll or vhost-net; behind "
	  "it, that the row is a control, and which one." },
	{ "Gb/s", BENCH,
	  "Bits of the frames that b accepted, Ethernet header included. Of several "
	  "runs the median." },
	{ "trips/s", BENCH, "Round trips. Of several runs the median." },
	{ "p50 us", BENCH,
	  "From the decision to notify to the first line of the guest's interrupt "
	  "handler, median: b's notifications in stream, both guests' in rr. In the short table, "
	  "with --rate, from the intended time instead." },
	{ "p99 us", BENCH,
	  "As p50 us, the 99th percentile. (40s) stands for a quantile with fewer "
	  "than ten values beyond it: it needs about so many seconds of measuring, all runs "
	  "together." },
	{ "ratio [95 %]", BENCH,
	  "Of Gb/s or trips/s to the baseline that is named below the table, "
	  "with its interval. ~ with an interval: no significant difference. ? for fewer than 5 "
	  "runs." },
	/* --details. */
	{ "preempt", BENCH, "The preemption mode of the host kernel." },
	{ "slice", BENCH, "The base slice of the scheduler, as it was asked for." },
	{ "notify", BENCH, "Who delivers: as deliverer." },
	{ "prod", BENCH, "Where the backend copies and notifies: as producer." },
	{ "irq", BENCH, "How KVM injects the interrupt; eventfd with accel thread." },
	{ "control", BENCH,
	  "What the row is a control for: direct or user (no effect of the mode "
	  "expected), fifo (lazy does not keep its worker waiting), A/A (the same cell again)." },
	{ "max us", BENCH, "The longest time from the decision to the handler." },
	{ "notif/s", BENCH, "Notifications decided, of both guests." },
	{ "irq/s", BENCH, "Device interrupts taken, of both guests." },
	{ "ctxsw/s", BENCH, "Context switches of the threads of all roles." },
	{ "lost", BENCH, "Frames lost; warm-up and draining included, as in ooo and retx." },
	{ "ooo", BENCH, "Frames out of order." },
	{ "retx", BENCH, "Frames sent again." },
	{ "x memcpy", BENCH, "Gb/s divided by one core's memcpy." },
	{ "x floor", BENCH,
	  "The mean round trip divided by the mean of two echoes, or, with accel "
	  "thread, of two eventfd ping-pongs. ? follows where the floor's own rounds do not agree "
	  "(floor.steady), or copies were slower than the stream's. <1? stands for less than 1, "
	  "which "
	  "cannot be: the host was busy while the floor was measured." },
	{ "ratio", BENCH, "Of the figure before it to the baseline; as ratio [95 %]." },
	{ "latency p99 us", BENCH, "With --rate: from the intended time, 99th percentile." },
	{ "worker", BENCH,
	  "Median: from the decision until the worker runs, us. Then follow write "
	  "and handler; together they are the time to the handler." },
	{ "write", BENCH, "Median: from the worker's start until it has written the eventfd, us." },
	{ "handler", BENCH, "Median: from that write until the guest's handler runs, us." },
	{ "workload", BENCH,
	  "Median: from the handler until the guest's workload has the frame, us." },
	{ "p90", BENCH,
	  "90th percentile of the time to the handler; of the time from the intended "
	  "one, with --rate; of the floor's rounds. us." },
	{ "p99.9", BENCH, "As p90, the 99.9th percentile." },
	{ ">100us", BENCH, "Share of notifications whose handler came later than 100 us." },
	{ ">1ms", BENCH, "Share of notifications whose handler came later than 1 ms." },
	{ "age p50 us", BENCH,
	  "Age of a frame: from when a sends it until b's workload has it, median; in rr "
	  "both ways. Every producer has it." },
	{ "age p90 us", BENCH, "As age p50 us, the 90th percentile." },
	{ "age p99 us", BENCH, "As age p50 us, the 99th percentile." },
	{ "age p99.9 us", BENCH, "As age p50 us, the 99.9th percentile." },
	{ "age max us", BENCH, "The largest age of a frame." },
	{ "jitter", BENCH, "Mean difference of neighbours' times to the handler, us." },
	{ "b idle", BENCH, "Share of the time in which b neither ran nor waited for a CPU." },
	{ "vol", BENCH, "Voluntary context switches per second, of a, b, backend and notifier." },
	{ "invol", BENCH, "Involuntary context switches per second, of the same threads as vol." },
	{ "wait ms", BENCH,
	  "Milliseconds per second that a, b, backend and notifier were runnable "
	  "without a CPU." },
	{ "migr", BENCH, "Moves of a, b, backend and notifier to another CPU, per second." },
	{ "exits", BENCH, "Exits of both guests to KVM, per second." },
	{ "haltpoll", BENCH, "KVM's polls before a halted vCPU sleeps, per second." },
	{ "poll ok", BENCH, "Share of KVM's polls that spared the vCPU the sleep." },
	{ "RES", BENCH, "Reschedule interrupts of the whole host, per second." },
	{ "a instr", BENCH, "Instructions per frame, of guest a's thread." },
	{ "b instr", BENCH, "Instructions per frame, of guest b's thread." },
	{ "bk instr", BENCH, "Instructions per frame, of the backend." },
	{ "a cycles", BENCH, "Cycles per frame, of guest a's thread." },
	{ "b cycles", BENCH, "Cycles per frame, of guest b's thread." },
	{ "bk cycles", BENCH, "Cycles per frame, of the backend." },
	{ "offered", BENCH, "With --rate: frames that were due, per second." },
	{ "served", BENCH, "With --rate: frames accepted, per second." },
	{ "p99", BENCH,
	  "With --rate: from the intended time until b has the frame (rr: a the "
	  "response), 99th percentile; of the floor's rounds. us." },
	{ "max", BENCH, "With --rate: the longest time from the intended one, us." },
	{ "sending", BENCH, "With --rate: until a begins to send, median, us." },
	{ "frame bytes", BENCH, "Of the floor: the size of the frames that were copied." },
	{ "memcpy Gb/s", BENCH, "Of the floor: what one core copies, in frames of that size." },
	{ "round trip, us", BENCH,
	  "Of the floor: rounds of two threads that wake each other (eventfd ping-pong); "
	  "rounds from an irqfd to the guest's handler and back by its doorbell." },
	{ "p10", BENCH, "10th percentile of the floor's rounds, us." },
	{ "p50", BENCH, "Median of the floor's rounds, us." },
	{ "the notification is run by", BENCH, "Who delivers, in words." },
	{ "worker latency, avg ms", BENCH,
	  "Mean time until the worker runs, or, where KVM's work "
	  "item is the worker, until the guest's handler does." },
	{ "waited for its CPU, avg", BENCH,
	  "What the scheduler says that the worker waited for a CPU "
	  "each time it was woken, ms." },
	{ "slope", BENCH, "Of the mean wait over the base slice: us of wait for each us of it." },
	{ "share", BENCH, "Of a tick, where no slice ends a wait: the mean wait over the tick." },
	{ "95 %", BENCH, "The interval of slope or share." },
	/* tandem report. */
	{ "kernel", REPORT, "The kernel that the lab booted." },
	{ "arch", REPORT, "The architecture of the kernel that the lab booted." },
	{ "load", REPORT, "Of an open loop, how frames arrive, and how many a second." },
	{ "over runs", REPORT,
	  "The interval of the median, or, of fewer than 5 runs, the lowest and "
	  "the highest." },
	{ "vs base", REPORT, "As a multiple of the baseline; ~: no significant difference." },
	{ "p99.9 us", REPORT, "99.9th percentile of the time to the handler." },
	{ "age p50 us", REPORT,
	  "Age of a frame: from when a sends it until b's workload has it, median; in rr "
	  "both ways." },
	{ "age p99 us", REPORT, "As age p50 us, the 99th percentile." },
	{ "request p99 us", REPORT, "Open loop: from the intended time, 99th percentile." },
	{ "cell", REPORT, "The combination, by its label: of a pool or a crowd." },
	{ "RTT p50 us", REPORT,
	  "What guest a's TCP took for the round trip while it streamed, median." },
	{ "RTT p99 us", REPORT, "As RTT p50 us, the 99th percentile." },
	{ "trip p50 us", REPORT, "Round trips of one byte over TCP, median." },
	{ "trip p99 us", REPORT, "As trip p50 us, the 99th percentile." },
	{ "dsack", REPORT, "Segments that came twice, as the receiver reported by D-SACK." },
	{ "queue p50 us", REPORT, "What a producer needs to queue an item, median." },
	{ "queue p99 us", REPORT, "As queue p50 us, the 99th percentile." },
	{ "execute p50 us", REPORT, "From an item's queueing until a worker has it, median." },
	{ "execute p99 us", REPORT, "As execute p50 us, the 99th percentile." },
	{ "wait p50 us", REPORT, "For the lock, or until all targets have acknowledged, median." },
	{ "wait p99 us", REPORT, "As wait p50 us, the 99th percentile." },
	{ "wait max us", REPORT, "The longest wait." },
	{ "hold %", REPORT, "Share of the time waited in which the holder had lost its CPU." },
	{ "queue %", REPORT, "Share of the time waited in which one before in the queue had." },
	{ "waited for its CPU, avg ms", REPORT,
	  "What the scheduler says that the worker waited for a "
	  "CPU each time it was woken." },
	{ "memcpy Gb/s", REPORT, "What one core copies, in frames of that size." },
	{ "ping-pong p50 us", REPORT,
	  "Rounds of two threads that wake each other by eventfds, median." },
	{ "ping-pong p90 us", REPORT, "As ping-pong p50 us, the 90th percentile." },
	{ "irqfd echo p50 us", REPORT,
	  "Rounds from an irqfd to the guest's handler and back by its "
	  "doorbell, median." },
	{ "irqfd echo p90 us", REPORT, "As irqfd echo p50 us, the 90th percentile." },
	/* tandem bench pool. */
	{ "engine", POOL, "What runs the items: the pool, or a baseline." },
	{ "scope", POOL, "Whose CPUs share workers." },
	{ "strict", POOL, "Must workers stay on their scope's CPUs?" },
	{ "wake", POOL, "Is the worker woken after the pool's lock is released, or under it?" },
	{ "items/s", POOL,
	  "Items executed per second, of all producers. Of several runs the median." },
	{ "queueing, us", POOL, "What a producer needs to queue an item, its wake-up included." },
	{ "queue to execute, us", POOL, "From an item's queueing until a worker has it." },
	{ "p50", POOL, "Median of the times named above it." },
	{ "p90", POOL, "90th percentile of these times." },
	{ "p95", POOL, "95th percentile of these times." },
	{ "p99", POOL, "99th percentile of these times; - with fewer than ten values beyond it." },
	{ "max", POOL, "The longest of these times." },
	{ "items/s as a multiple of", POOL, "The pool's speed over each of the baselines." },
	{ "condvar", POOL, "Over a queue with a mutex and a condition variable." },
	{ "gthread.", POOL, "Over GLib's GThreadPool." },
	{ "eventfd", POOL, "Over a queue whose workers wait in an eventfd." },
	/* tandem bench crowd. */
	{ "workload", CROWD, "What the vCPUs do: ticket, tas, unicast, broadcast, async." },
	{ "ratio", CROWD, "vCPUs of all guests per CPU." },
	{ "guests x vCPU", CROWD, "How many guests, and vCPUs of each." },
	{ "per s", CROWD, "Handoffs of the lock from one vCPU to another; IPIs acknowledged." },
	{ "wait, us", CROWD, "For the lock, or until all targets have acknowledged." },
	{ "mean", CROWD, "Of the waits." },
	{ "p50", CROWD, "Median of the waits." },
	{ "p99", CROWD, "99th percentile of the waits; - with fewer than ten values beyond it." },
	{ "max", CROWD, "The longest wait." },
	{ "% of waits", CROWD, "How many of the waits were lengthened by hold, queue or self." },
	{ "% of time waited", CROWD,
	  "How much of the time waited was lengthened by hold, queue or self." },
	{ "hold", CROWD,
	  "The lock's holder, or the IPI's target, had lost its CPU meanwhile, known "
	  "from a jump of its clock." },
	{ "queue", CROWD, "One before in the ticket lock's queue had lost its CPU." },
	{ "self", CROWD, "Only the waiting vCPU itself had lost its CPU." },
	{ "spun %", CROWD, "Share of the waiting that used a CPU." },
	{ "delay %", CROWD,
	  "Share of all vCPUs' time in which they were runnable, but did not run. "
	  ">100: the kernel counts a wait when it ends, also what lay before the window." },
	{ "invol/ vCPU/s", CROWD, "How often each vCPU lost its CPU, per second." },
	{ "spin exits/s", CROWD, "Exits of PAUSE loops, per second; accel kvm." },
	/* tandem bench tcp. */
	{ "cell", TCP,
	  "The combination: who delivers, and the producer and the irq where they are not the "
	  "usual ones." },
	{ "Gb/s", TCP,
	  "Payload of the stream that guest b's TCP has acknowledged. Of several runs the "
	  "median." },
	{ "trips/s", TCP, "Round trips of one byte. Of several runs the median." },
	{ "RTT p50", TCP,
	  "What guest a's TCP took for the round trip while it streamed, queues included: median "
	  "of looks every 10 ms, us." },
	{ "trip p50", TCP, "Of the round trips of one byte, the median, us." },
	{ "trip p99", TCP,
	  "As trip p50, the 99th percentile; - with fewer than ten values beyond it." },
	{ "retx", TCP, "Segments of the stream sent again, of all runs." },
	{ "dsack", TCP,
	  "Of these, those that guest b had already, as it has reported by D-SACK: they were sent "
	  "again for nothing." },
	{ "irq/s", TCP, "Interrupts of both guests' network devices while the stream ran." },
	{ "preempt", TCP,
	  "The preemption mode of the host kernel, and the slice if one was asked for." },
	{ "pool", TCP,
	  "Who delivers the notification, in words: a pool of workers, KVM's or tandem's, or "
	  "nobody but the producer." },
	{ "producer", TCP, "Where the backend copies and notifies." },
	{ "irq", TCP, "How KVM injects the guest's interrupt." },
	{ "worker ms", TCP,
	  "How long the worker waited for a CPU each time it was woken, on average, by the "
	  "scheduler's count, while the stream ran. Of KVM's work item all workers of that CPU's "
	  "pool are counted; - where they ran more than twice as often as the guests were "
	  "interrupted, and where nobody hands over." },
	/* tandem compare. */
	{ "cell", COMPARE, "The combination, by its label." },
	{ "metric", COMPARE, "What is compared, as it is called in the results." },
	{ "old", COMPARE, "Median of the old file's runs, with its interval." },
	{ "new", COMPARE, "Median of the new file's runs, with its interval." },
	{ "new / old", COMPARE, "The ratio of the medians, with its interval." },
	{ "verdict", COMPARE, "better or worse, ~: no significant difference, ?: too few runs." },
	{ "p", COMPARE, "Mann-Whitney: how likely chance alone makes such a difference." },
	{ "finds", COMPARE,
	  "The smallest relative change that so many runs would find 4 times in "
	  "5." },
	{ NULL, NULL, NULL },
};

const struct heading *heading_at(size_t i)
{
	return headings[i].name ? &headings[i] : NULL;
}

/* "p99" is "p99 us", too. */
static bool is_called(const struct heading *h, const char *name)
{
	size_t n = strlen(name);

	return strcasecmp(h->name, name) == 0 ||
	       (n && strncasecmp(h->name, name, n) == 0 && strcmp(h->name + n, " us") == 0);
}

static void put(const struct heading *h, FILE *to)
{
	int n = fprintf(to, "  %s  ", h->name);

	fill_put(to, (unsigned)n, 4, h->text);
}

static bool explain(const char *name, FILE *to)
{
	const char *page = NULL;

	for (const struct heading *h = headings; h->name; h++) {
		if (name && !is_called(h, name))
			continue;
		if (!page || strcmp(page, h->page) != 0)
			fprintf(to, "%s%s(1):\n", page ? "\n" : "", h->page);
		page = h->page;
		put(h, to);
	}
	return page != NULL;
}

bool heading_explain(const char *name, FILE *to)
{
	return explain(name, to);
}

void heading_list(FILE *to)
{
	explain(NULL, to);
}
