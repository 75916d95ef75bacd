// SPDX-License-Identifier: BSD-2-Clause
// One line of tracefs' `trace` file, understood.
#ifndef BENCH_TRACE_LINE_H
#define BENCH_TRACE_LINE_H

#include <stdbool.h>
#include <stdint.h>

#define TRACE_COMM 24

enum trace_kind {
	TRACE_OTHER,
	TRACE_SWITCH,	  /* pid leaves the CPU, next_pid takes it */
	TRACE_WAKING,	  /* pid is about to be made runnable */
	TRACE_WAKEUP,	  /* pid is runnable on target_cpu */
	TRACE_MIGRATE,	  /* pid goes to target_cpu */
	TRACE_WORK_QUEUE, /* pid queues a work item that calls `function` */
	TRACE_WORK_START, /* the current thread, pid, calls `function` */
};

struct trace_event {
	uint64_t at; /* as in the line: clock ticks; with `seconds` nanoseconds */
	bool seconds;
	enum trace_kind kind;
	unsigned cpu; /* on which it happened */
	int pid;      /* whom it is about */
	char comm[TRACE_COMM];
	bool runnable; /* TRACE_SWITCH: pid was preempted, it did not go to sleep */
	int next_pid;
	char next_comm[TRACE_COMM];
	unsigned target_cpu;
	char function[TRACE_COMM];
	/* which item, as the kernel disguises its address: the same one has the same number */
	uint64_t work;
};

/* false: a comment, an event lost, or nothing we know how to read. */
bool trace_line_parse(const char *line, struct trace_event *e);

#endif
