// SPDX-License-Identifier: BSD-2-Clause
// Who kept a notification waiting?
#include "bench/trace/find.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define WAITERS_MAX 128u
#define RUNNERS_MAX 64u

/* KVM's work item: the kworker that runs it is on a notification's way, others are not. */
#define INJECT "irqfd_inject"

/* A thread that is runnable and has no CPU. */
struct waiter {
	int pid;
	char comm[TRACE_COMM];
	unsigned cpu;
	bool waiting;
	uint64_t since;
};

struct wait {
	int pid;
	char comm[TRACE_COMM];
	unsigned cpu;
	uint64_t from, to;
};

static bool is_ours(const struct trace_events *t, int pid)
{
	for (unsigned i = 0; i < t->ours->n; i++)
		if (t->ours->tid[i] == pid)
			return true;
	return false;
}

/* 0: no kworker is known to have injected an interrupt within the window. */
static int injector(const struct trace_events *t, uint64_t from, uint64_t to)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct trace_event *e = &t->event[i];

		if (e->kind == TRACE_WORK_START && e->at >= from && e->at <= to &&
		    strcmp(e->function, INJECT) == 0)
			return e->pid;
	}
	return 0;
}

/* A walk through the events, looking for the longest wait within from..to. */
struct search {
	const struct trace_events *t;
	unsigned stage;
	bool worker; /* somebody else than the producer delivers */
	char side;   /* the guest that is notified: 'a' or 'b' */
	int inject;
	uint64_t from, to;
	struct waiter waiter[WAITERS_MAX];
	unsigned n;
	struct wait best;
};

static bool starts(const char *comm, const char *with)
{
	return strncmp(comm, with, strlen(with)) == 0;
}

/*
 * Is this a thread whose waiting delays the notification? Until the eventfd is written it is the
 * worker alone, then also the notified guest, and KVM's kworker where it has one; the producer
 * where it delivers itself.
 */
static bool matters(const struct search *s, int pid, const char *comm)
{
	bool worker = starts(comm, "tandem-cpu") || starts(comm, "tandem-pool");
	const char guest[] = { s->side, '\0' };

	if (pid == s->inject && pid)
		return true;
	if (!is_ours(s->t, pid))
		return false;
	if (s->stage < 2)
		return worker;
	if (starts(comm, "tandem-backend") || starts(comm, "iou-"))
		return !s->worker;
	return worker || (starts(comm, "tandem-") && strcmp(comm + strlen("tandem-"), guest) == 0);
}

/*
 * The thread's entry, made when there is none yet; NULL: it does not matter, or there are too many.
 */
static struct waiter *find_waiter(struct search *s, int pid, const char *comm)
{
	struct waiter *w = s->waiter;

	if (!matters(s, pid, comm))
		return NULL;
	for (unsigned i = 0; i < s->n; i++)
		if (w[i].pid == pid)
			return &w[i];
	if (s->n == WAITERS_MAX)
		return NULL;
	w[s->n] = (struct waiter){ .pid = pid };
	memcpy(w[s->n].comm, comm, TRACE_COMM);
	return &w[s->n++];
}

static void begin_wait(struct waiter *w, uint64_t at, unsigned cpu)
{
	if (!w)
		return;
	if (!w->waiting)
		w->since = at;
	w->waiting = true;
	w->cpu = cpu;
}

/* Ends a wait; what of it lies within from..to is kept if it is the longest yet. */
static void end_wait(struct search *s, struct waiter *w, uint64_t at)
{
	uint64_t from = s->from, to = s->to;

	if (!w || !w->waiting)
		return;
	w->waiting = false;
	if (w->since > from)
		from = w->since;
	if (at < to)
		to = at;
	if (to <= from || to - from <= s->best.to - s->best.from)
		return;
	s->best = (struct wait){ .pid = w->pid, .cpu = w->cpu, .from = from, .to = to };
	memcpy(s->best.comm, w->comm, TRACE_COMM);
}

static void follow_switch(struct search *s, const struct trace_event *e)
{
	struct waiter *next = find_waiter(s, e->next_pid, e->next_comm);

	if (next)
		next->cpu = e->cpu;
	end_wait(s, next, e->at);
	if (e->runnable)
		begin_wait(find_waiter(s, e->pid, e->comm), e->at, e->cpu);
}

static void follow(struct search *s, const struct trace_event *e)
{
	struct waiter *w;

	if (e->kind == TRACE_SWITCH)
		follow_switch(s, e);
	if (e->kind == TRACE_WAKING || e->kind == TRACE_WAKEUP)
		begin_wait(find_waiter(s, e->pid, e->comm), e->at, e->target_cpu);
	if (e->kind == TRACE_MIGRATE) {
		w = find_waiter(s, e->pid, e->comm);
		if (w)
			w->cpu = e->target_cpu;
	}
}

/* The longest wait of a thread that matters within from..to. false: nobody waited. */
static bool longest_wait(struct search *s)
{
	const struct trace_events *t = s->t;

	for (size_t i = 0; i < t->n && t->event[i].at <= s->to; i++)
		follow(s, &t->event[i]);
	for (unsigned i = 0; i < s->n; i++)
		end_wait(s, &s->waiter[i], s->to);
	return s->best.to > s->best.from;
}

struct runner {
	int pid;
	char comm[TRACE_COMM];
	uint64_t ran;
};

static void add_run(struct runner *r, unsigned *n, int pid, const char *comm, uint64_t ran)
{
	unsigned i = 0;

	while (i < *n && r[i].pid != pid)
		i++;
	if (i == RUNNERS_MAX)
		return;
	if (i == *n) {
		r[(*n)++] = (struct runner){ .pid = pid };
		memcpy(r[i].comm, comm, TRACE_COMM);
	}
	r[i].ran += ran;
}

static uint64_t overlap(uint64_t a, uint64_t b, uint64_t from, uint64_t to)
{
	uint64_t start = a > from ? a : from, end = b < to ? b : to;

	return end > start ? end - start : 0;
}

/* Who ran longest in from..to on `cpu`; any: on whichever, of our threads. */
static struct runner top_runner(const struct trace_events *t, unsigned cpu, bool any, uint64_t from,
				uint64_t to)
{
	struct runner r[RUNNERS_MAX], top = { 0 };
	const struct trace_event *last[256] = { NULL };
	unsigned n = 0;

	for (size_t i = 0; i < t->n; i++) {
		const struct trace_event *e = &t->event[i], **prev;
		uint64_t since;

		if (e->kind != TRACE_SWITCH || e->cpu >= 256 || (!any && e->cpu != cpu))
			continue;
		prev = &last[e->cpu];
		since = *prev ? (*prev)->at : t->from;
		if (!any || is_ours(t, e->pid))
			add_run(r, &n, e->pid, e->comm, overlap(since, e->at, from, to));
		*prev = e;
	}
	for (unsigned c = 0; c < 256; c++)
		if (last[c] && (!any || is_ours(t, last[c]->next_pid)))
			add_run(r, &n, last[c]->next_pid, last[c]->next_comm,
				overlap(last[c]->at, to, from, to));
	for (unsigned i = 0; i < n; i++)
		if (r[i].ran > top.ran)
			top = r[i];
	return top;
}

unsigned trace_longest_stage(const struct slow *s, uint64_t *from, uint64_t *to)
{
	const uint64_t at[4] = { s->t0, s->t1, s->t2, s->t3 };
	unsigned stage = 0;

	for (unsigned i = 1; i < 3; i++)
		if (at[i + 1] - at[i] > at[stage + 1] - at[stage])
			stage = i;
	*from = at[stage];
	*to = at[stage + 1];
	return stage;
}

static const char *const stage_words[] = {
	"until the worker ran",
	"until the eventfd was written",
	"until the interrupt handler ran",
};

static void explain_wait(const struct trace_events *t, const struct wait *w, char *out, size_t size)
{
	struct runner r = top_runner(t, w->cpu, false, w->from, w->to);
	double us = (double)(w->to - w->from) / t->cycles_per_us;
	double ran = (double)r.ran / t->cycles_per_us;
	const char *whose = starts(r.comm, "tandem") && !is_ours(t, r.pid) ? " of another tandem"
									   : "";

	if (!r.ran)
		snprintf(out, size, "%s runnable for %.0f us; who had CPU %u is not in the trace",
			 w->comm, us, w->cpu);
	else if (r.pid == 0)
		snprintf(out, size, "%s runnable for %.0f us while CPU %u was idle", w->comm, us,
			 w->cpu);
	else if (ran < 0.9 * us)
		snprintf(out, size, "%s runnable for %.0f us while %s%s (%.0f us) and others ran",
			 w->comm, us, r.comm, whose, ran);
	else
		snprintf(out, size, "%s runnable for %.0f us while %s%s ran", w->comm, us, r.comm,
			 whose);
}

static void explain_no_wait(const struct trace_events *t, uint64_t from, uint64_t to, char *out,
			    size_t size)
{
	struct runner r = top_runner(t, 0, true, from, to);

	if (r.ran)
		snprintf(out, size, "nobody was kept from a CPU for long; %s ran for %.0f us",
			 r.comm, (double)r.ran / t->cycles_per_us);
	else
		snprintf(out, size, "nobody was kept from a CPU, and none of our threads ran");
}

void trace_explain(const struct trace_events *t, const struct slow *s, char side, char *out,
		   size_t size)
{
	uint64_t from, to;
	unsigned stage = trace_longest_stage(s, &from, &to);
	struct search search = { .t = t,
				 .stage = stage,
				 .worker = s->t1 > s->t0,
				 .side = side,
				 .inject = stage == 2 ? injector(t, from, to) : 0,
				 .from = from,
				 .to = to };
	int n;

	n = snprintf(out, size,
		     "%.0f us, %.0f of them %s: ", (double)(s->t3 - s->t0) / t->cycles_per_us,
		     (double)(to - from) / t->cycles_per_us, stage_words[stage]);
	if (n < 0 || (size_t)n >= size)
		return;
	out += n;
	size -= (size_t)n;
	if (s->t0 < t->from)
		snprintf(out, size, "no longer in the trace buffer");
	else if (longest_wait(&search) && (search.best.to - search.best.from) * 5 >= to - from)
		explain_wait(t, &search.best, out, size);
	else
		explain_no_wait(t, from, to, out, size);
}
