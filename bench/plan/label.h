// SPDX-License-Identifier: BSD-2-Clause
// What a cell is called: a short label for people, and words by which it is picked.
#ifndef BENCH_PLAN_LABEL_H
#define BENCH_PLAN_LABEL_H

#include <stdbool.h>
#include <stddef.h>

#define LABEL_MAX 128u

/* The axes of a cell, as words; NULL or "": at its default. */
struct label_axes {
	const char *scenario, *notify, *producer, *irq, *preempt, *control, *accel;
	unsigned worker_fifo;
	const char *load;  /* label_load()'s words, or NULL */
	const char *pool;  /* label_pool()'s words, or NULL */
	const char *slice; /* as it was asked for ("2x", "2.8ms"), or NULL */
};

/*
 * The words of a load: what is special about the loop ("gated"; NULL or "": nothing), and, where it
 * is open, its rate ("open=5000"). Empty for a closed loop of the usual kind.
 */
void label_load(const char *loop, bool open, double rate, char words[LABEL_MAX]);

/* The words of a pool's layout: "numa strict locked". */
void label_pool(const char *scope, bool strict, const char *wake, char words[LABEL_MAX]);

/*
 * The label: scenario, notify, then what is not at its default ("stream deferred batch ioapic lazy
 * aa"). Whoever has several cells of one label numbers them: label_number().
 */
void label_make(const struct label_axes *a, char label[LABEL_MAX]);

/* Makes the label of the `nth` cell (from 1) of that name unique: "... #2". */
void label_number(char label[LABEL_MAX], unsigned nth);

/* All words that may pick the cell, with blanks between: every axis, defaults too. */
void label_words(const struct label_axes *a, char words[LABEL_MAX]);

/*
 * Is each of the selector's words, with blanks, dots or commas between, one of `words`? An empty
 * selector picks everything.
 */
bool label_picks(const char *selector, size_t len, const char *words);

/* What a control is for, in a sentence; NULL: none is called so. */
const char *label_control(const char *code);

/* The same in a word, for a column: "direct", "user", "fifo", "A/A"; any other code is its own. */
const char *label_control_tag(const char *code);

#endif
