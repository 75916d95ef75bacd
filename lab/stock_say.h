// SPDX-License-Identifier: BSD-2-Clause
// What a stock Linux guest says of `bench tcp`: figures that it and its kernel have counted, as
// bench/tcp/said.h names them.
#ifndef LAB_STOCK_SAY_H
#define LAB_STOCK_SAY_H

#include <linux/tcp.h>
#include <stdint.h>

#include "bench/stat/hist.h"
#include "bench/tcp/said.h"

/* What the kernel has counted, at one moment. */
struct stock_moment {
	uint64_t ns, interrupts;
};

struct stock_say {
	unsigned side;
	uint64_t value[SAID_FIGURES];
	struct stock_moment from; /* of the window that is open */
};

/* A window opens and closes. Guest a says so, too: the host looks at its own counters then. */
void stock_say_begin(struct stock_say *s, enum said_phase phase);
void stock_say_end(struct stock_say *s, enum said_phase phase);

/* The distribution of the stream's RTT, or of the round trips. */
void stock_say_rtt(struct stock_say *s, const struct hist *h);
void stock_say_trips(struct stock_say *s, const struct hist *h);

/* Adds what guest a's kernel knows of one connection of the stream. */
void stock_say_connection(struct stock_say *s, int fd);

/* A kernel that knows less leaves the rest at 0. */
struct tcp_info stock_say_info(int fd);

/* In the end: what the kernel's TCP has counted, and all figures of this guest, a line each. */
void stock_say_kernel(struct stock_say *s);
void stock_say_all(const struct stock_say *s);

#endif
