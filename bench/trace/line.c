// SPDX-License-Identifier: BSD-2-Clause
// One line of tracefs' `trace` file, understood.
#include "bench/trace/line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The text between `from` and `to`, which may hold spaces: a thread names itself as it likes. */
static bool copy_between(const char *text, const char *from, const char *to, char *out)
{
	const char *start = strstr(text, from), *end;
	size_t len;

	if (!start)
		return false;
	start += strlen(from);
	end = strstr(start, to);
	if (!end)
		return false;
	len = (size_t)(end - start);
	if (len >= TRACE_COMM)
		len = TRACE_COMM - 1;
	memcpy(out, start, len);
	out[len] = '\0';
	return true;
}

static bool number_after(const char *text, const char *key, long *out)
{
	const char *at = strstr(text, key);
	char *end;

	if (!at)
		return false;
	at += strlen(key);
	*out = strtol(at, &end, 10);
	return end != at;
}

static bool parse_switch(const char *rest, struct trace_event *e)
{
	const char *next = strstr(rest, " ==> ");
	long prev_pid, next_pid;
	char state[TRACE_COMM];

	if (!next || !copy_between(rest, "prev_comm=", " prev_pid=", e->comm) ||
	    !number_after(rest, " prev_pid=", &prev_pid) ||
	    !copy_between(rest, " prev_state=", " ==> ", state) ||
	    !copy_between(next, "next_comm=", " next_pid=", e->next_comm) ||
	    !number_after(next, " next_pid=", &next_pid))
		return false;
	e->pid = (int)prev_pid;
	e->next_pid = (int)next_pid;
	e->runnable = state[0] == 'R';
	return true;
}

static bool parse_wakeup(const char *rest, struct trace_event *e)
{
	long pid, cpu;

	if (!copy_between(rest, "comm=", " pid=", e->comm) || !number_after(rest, " pid=", &pid) ||
	    !number_after(rest, "target_cpu=", &cpu))
		return false;
	e->pid = (int)pid;
	e->target_cpu = (unsigned)cpu;
	return true;
}

static bool parse_migrate(const char *rest, struct trace_event *e)
{
	long pid, cpu;

	if (!copy_between(rest, "comm=", " pid=", e->comm) || !number_after(rest, " pid=", &pid) ||
	    !number_after(rest, "dest_cpu=", &cpu))
		return false;
	e->pid = (int)pid;
	e->target_cpu = (unsigned)cpu;
	return true;
}

/*
 * "work struct=X function=irqfd_inject [kvm] workqueue=..." or "work struct X: function
 * irqfd_inject".
 */
static bool parse_work(const char *rest, struct trace_event *e)
{
	static const char item[] = "work struct";
	const char *at = strstr(rest, "function");
	size_t len;

	if (!at || strncmp(rest, item, strlen(item)) != 0)
		return false;
	/* Both follow the words after one character: = or a blank. */
	e->work = strtoull(rest + strlen(item) + 1, NULL, 16);
	at += strlen("function");
	at += strspn(at, "= ");
	len = strcspn(at, " \n");
	if (!len || len >= sizeof(e->function))
		return false;
	memcpy(e->function, at, len);
	e->function[len] = '\0';
	return true;
}

static const struct {
	const char *name;
	enum trace_kind kind;
	bool (*parse)(const char *rest, struct trace_event *e);
} events[] = {
	{ "sched_switch: ", TRACE_SWITCH, parse_switch },
	{ "sched_waking: ", TRACE_WAKING, parse_wakeup },
	{ "sched_wakeup: ", TRACE_WAKEUP, parse_wakeup },
	{ "sched_wakeup_new: ", TRACE_WAKEUP, parse_wakeup },
	{ "sched_migrate_task: ", TRACE_MIGRATE, parse_migrate },
	{ "workqueue_queue_work: ", TRACE_WORK_QUEUE, parse_work },
	{ "workqueue_execute_start: ", TRACE_WORK_START, parse_work },
};

static bool parse_event(const char *text, struct trace_event *e)
{
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		size_t len = strlen(events[i].name);

		if (strncmp(text, events[i].name, len) != 0)
			continue;
		e->kind = events[i].kind;
		return events[i].parse(text + len, e);
	}
	e->kind = TRACE_OTHER;
	return true;
}

/* "123456:" is the clock's own ticks, "12.345678:" seconds. */
static const char *parse_time(const char *text, struct trace_event *e)
{
	char *end;

	e->at = strtoull(text, &end, 10);
	if (end == text)
		return NULL;
	e->seconds = *end == '.';
	if (e->seconds) {
		const char *digits = end + 1;
		uint64_t ns = strtoull(digits, &end, 10);

		for (long i = end - digits; i < 9; i++)
			ns *= 10;
		e->at = e->at * 1000000000u + ns;
	}
	return *end == ':' ? end + 1 : NULL;
}

/*
 * The digits in front of `at`, with "-" before and blanks behind them: a process id. -1: that is
 * not there.
 */
static int pid_before(const char *line, const char *at)
{
	const char *digits = at;

	while (digits > line && digits[-1] == ' ')
		digits--;
	if (digits == at)
		return -1;
	at = digits;
	while (digits > line && digits[-1] >= '0' && digits[-1] <= '9')
		digits--;
	return digits < at && digits > line && digits[-1] == '-' ? atoi(digits) : -1;
}

/* "  COMM-PID   [CPU] FLAGS ": COMM may hold anything, brackets too. What follows, or NULL. */
static const char *parse_start(const char *line, struct trace_event *e)
{
	for (const char *at = strchr(line, '['); at; at = strchr(at + 1, '[')) {
		char *end;
		long cpu = strtol(at + 1, &end, 10);

		e->pid = pid_before(line, at);
		if (e->pid < 0 || end == at + 1 || strncmp(end, "] ", 2) != 0 || cpu < 0)
			continue;
		e->cpu = (unsigned)cpu;
		end += 2;
		end += strspn(end, " ");
		end += strcspn(end, " ");
		return end + strspn(end, " ");
	}
	return NULL;
}

bool trace_line_parse(const char *line, struct trace_event *e)
{
	const char *at;

	*e = (struct trace_event){ 0 };
	if (*line == '#')
		return false;
	at = parse_start(line, e);
	at = at ? parse_time(at, e) : NULL;
	return at && parse_event(at + strspn(at, " "), e);
}
