// SPDX-License-Identifier: BSD-2-Clause
// What a stock guest prints: kept until somebody reads it, its last lines longer; whether it shows
// that user space has begun, or that the kernel has panicked.
#ifndef PAIR_CONSOLE_H
#define PAIR_CONSOLE_H

#include <stdbool.h>
#include <stdint.h>

#define CONSOLE_BYTES 65536u
#define CONSOLE_LINE 160u
#define CONSOLE_LINES 8u

/* One thread at a time puts, another takes. */
struct console {
	uint32_t put, taken; /* counts; shared */
	char ring[CONSOLE_BYTES];
	/* The taker's. */
	uint32_t lost; /* characters for which there was no room; the putter's until it stops */
	char line[CONSOLE_LINES][CONSOLE_LINE]; /* the last ones; the one being printed first */
	unsigned line_len;
	unsigned nlines; /* begun so far */
	bool is_up;
	char panic[CONSOLE_LINE]; /* what the kernel said of it; "": it has not */
	/* gets each line that is whole, as cleaned; NULL: nobody does */
	void (*heard)(void *ctx, const char *line);
	void *ctx;
};

/* vCPU thread, for struct uart: one more character; never waits. */
void console_put(void *console, char c);

/*
 * Control thread: takes what is there, writes it to `fd` (-1: nowhere), looks at the lines. 0, or
 * -errno of writing.
 */
int console_pump(struct console *c, int fd);

/*
 * Control thread: of the last lines the i-th, 0 the oldest, without what no terminal should get;
 * NULL: there are no more.
 */
const char *console_last_line(const struct console *c, unsigned i);

#endif
