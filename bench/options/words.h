// SPDX-License-Identifier: BSD-2-Clause
// The words that options take.
#ifndef BENCH_OPTIONS_WORDS_H
#define BENCH_OPTIONS_WORDS_H

#include "bench/options/option.h"

extern const struct option_words words_accel, words_notify, words_producer, words_irq,
	words_preempt, words_slice, words_lab_preempt, words_scope, words_no_yes, words_wake,
	words_halt_poll, words_host, words_order, words_arrivals, words_verify, words_on_off,
	words_hints, words_targets, words_ple, words_formats, words_report_formats, words_baseline,
	words_all, words_arch, words_misbehave, words_fault;

/* What `all` stands for in a list. How many. */
unsigned option_words_all(const struct option_row *row, const char **out, unsigned max);

#endif
