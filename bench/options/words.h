// SPDX-License-Identifier: BSD-2-Clause
// The words that options take.
#ifndef BENCH_OPTIONS_WORDS_H
#define BENCH_OPTIONS_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/options/words.h"
#include "bench/options/option.h"

struct option_row;

extern const struct option_words words_accel, words_notify, words_producer, words_irq,
	words_preempt, words_slice, words_lab_preempt, words_scope, words_no_yes, words_wake,
	words_halt_poll, words_auto, words_host, words_order, words_arrivals, words_verify,
	words_on_off, words_hints, words_targets, words_ple, words_formats, words_report_formats,
	words_baseline, words_all, words_arch, words_misbehave, words_fault, words_guest,
	words_transport, words_vhost_thread, words_link;

/* What `all` stands for in a list. How many. */
unsigned option_words_all(const struct option_row *row, const char **out, unsigned max);

/* The word that is true, or false, in a result; NULL: a result has its words as text. */
const char *option_flag(const struct option_row *row, bool v);

/* The i-th word that may be given, hidden ones left out; NULL: there are no more. */
const char *option_word_at(const struct option_row *row, unsigned i);

/*
 * Is it a word of a list or of a choice, a hidden one too, but not the one that stands alone? The
 * word, or NULL.
 */
const char *option_word_find(const struct option_row *row, const char *text, size_t len);

#endif
