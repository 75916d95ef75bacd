// SPDX-License-Identifier: BSD-2-Clause
// The words that options take: those of other rooms' tables, and lists.
#include "bench/options/words.h"
#include "bench/host/modes.h"

#include <string.h>

#include "bench/host/preempt.h"
#include "bench/host/slice.h"
#include "lib/topology.h"
#include "vhost/strategies.h"
#include "vhost/producers.h"
#include "vmm/vm.h"

#define LIST(...) ((const char *const[]){ __VA_ARGS__, NULL })

static const char *notify_name(unsigned i)
{
	return notify_strategies[i] ? notify_strategies[i]->name : NULL;
}

static const char *notify_summary(unsigned i)
{
	return notify_strategies[i]->summary;
}

static const char *producer_name(unsigned i)
{
	return producers[i] ? producers[i]->name : NULL;
}

static const char *producer_summary(unsigned i)
{
	return producers[i]->summary;
}

static const char *irq_name(unsigned i)
{
	return vm_irqs[i].name;
}

static const char *irq_summary(unsigned i)
{
	return vm_irqs[i].summary;
}

static const char *preempt_name(unsigned i)
{
	return preempt_modes[i];
}

static const char *scope_word(unsigned i)
{
	return i < SCOPES ? scope_name((enum scope)i) : NULL;
}

const struct option_words words_accel = { .list = LIST("auto", "kvm", "thread") };
const struct option_words words_notify = {
	.name = notify_name, .summary = notify_summary, .also = "delayed", .also_hidden = true
};
const struct option_words words_producer = { .name = producer_name, .summary = producer_summary };
const struct option_words words_irq = { .name = irq_name, .summary = irq_summary, .also = "auto" };
const struct option_words words_transport = { .list = LIST("mmio", "pci") };
const struct option_words words_preempt = { .name = preempt_name, .alone = "current" };
const struct option_words words_slice = {
	.alone = "current",
	.is_name = slice_is_word,
	.names = "default, multiples of it (2x) and lengths from 100us to 1000ms (2.8ms)",
};
const struct option_words words_lab_preempt = { .name = preempt_name, .also = "current" };
const struct option_words words_scope = { .name = scope_word };
const struct option_words words_no_yes = { .list = LIST("no", "yes"), .yes = "yes" };
const struct option_words words_wake = { .list = LIST("unlocked", "locked") };
const struct option_words words_halt_poll = { .list = LIST("auto", "host") };
const struct option_words words_auto = { .list = LIST("auto") };
const struct option_words words_host = { .list = LIST("host") };
const struct option_words words_order = { .list = LIST("random", "abba", "sequential") };
const struct option_words words_arrivals = { .list = LIST("poisson", "uniform", "fixed") };
const struct option_words words_vhost_thread = { .list = LIST("auto", "task", "kthread") };
const struct option_words words_link = { .list = LIST("bridge", "macvtap") };
const struct option_words words_verify = { .list = LIST("ends", "full") };
const struct option_words words_on_off = { .list = LIST("on", "off"), .yes = "on" };
const struct option_words words_hints = { .list = LIST("none", "steal", "yield") };
const struct option_words words_targets = { .list = LIST("busy", "idle") };
const struct option_words words_ple = { .list = LIST("host", "off") };
const struct option_words words_formats = { .list = LIST("text", "markdown", "csv", "json") };
const struct option_words words_report_formats = { .list = LIST("html", "text", "markdown", "csv",
								"json") };
const struct option_words words_baseline = { .list = LIST("condvar", "gthreadpool", "eventfd"),
					     .alone = "none" };
const struct option_words words_all = { .alone = "all" };
const struct option_words words_arch = { .list = LIST("x86_64", "arm64", "amd64", "aarch64") };
const struct option_words words_misbehave = { .list = LIST("fault", "mute") };
const struct option_words words_guest = { .list = LIST("bundled", "linux") };
const struct option_words words_fault = { .list = LIST("fault") };

/* The words of a list, of a choice; not what stands beside them. */
static const char *own_word(const struct option_words *words, unsigned i)
{
	if (words->name)
		return words->name(i);
	return words->list ? words->list[i] : NULL;
}

const char *option_word_at(const struct option_row *row, unsigned i)
{
	const struct option_words *words = row->words;
	unsigned n = 0;

	if (!words)
		return NULL;
	while (own_word(words, n))
		n++;
	if (i < n)
		return own_word(words, i);
	i -= n;
	if (words->also && !words->also_hidden && i-- == 0)
		return words->also;
	return words->alone && i == 0 ? words->alone : NULL;
}

static bool is_word(const char *word, const char *text, size_t len)
{
	return word && strlen(word) == len && strncmp(word, text, len) == 0;
}

const char *option_word_find(const struct option_row *row, const char *text, size_t len)
{
	const struct option_words *words = row->words;

	for (unsigned i = 0; words && own_word(words, i); i++)
		if (is_word(own_word(words, i), text, len))
			return own_word(words, i);
	return words && is_word(words->also, text, len) ? words->also : NULL;
}

const char *option_flag(const struct option_row *row, bool v)
{
	const struct option_words *words = row->words;

	if (!words || !words->yes)
		return NULL;
	return v == (strcmp(words->list[0], words->yes) == 0) ? words->list[0] : words->list[1];
}

unsigned option_words_all(const struct option_row *row, const char **out, unsigned max)
{
	unsigned n = 0;

	for (; n < max && own_word(row->words, n); n++)
		out[n] = own_word(row->words, n);
	return n;
}
