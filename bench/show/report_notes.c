// SPDX-License-Identifier: BSD-2-Clause
// What goes with figures: warnings, and the commands that make them again.
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "bench/show/report.h"

struct teller {
	void (*say)(void *ctx, const char *text);
	void *ctx;
	unsigned n;
	char last[1024];
};

static void tell(struct teller *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void tell(struct teller *t, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	/* The lab's boots have much in common. */
	if (strcmp(text, t->last) == 0)
		return;
	memcpy(t->last, text, sizeof(text));
	t->say(t->ctx, text);
	t->n++;
}

/* Warnings of a host, or of one of the lab's boots. */
static void tell_host(struct teller *t, const json_t *host)
{
	const json_t *noise = results_get(host, "noise"), *list = results_get(noise, "warnings");

	for (size_t i = 0; i < json_array_size(list); i++)
		tell(t, "noise: %s", json_string_value(json_array_get(list, i)));
	if (json_is_false(results_get(host, "clock.trusted")))
		tell(t, "clock: no one-way times: %s",
		     results_string(host, "clock.why", "CPUs do not share a clock"));
	if (results_get(host, "lab"))
		tell(t, "lab: %s was emulated%s: only ratios within this run mean anything",
		     results_string(host, "lab.kernel", "the host"),
		     results_true(host, "lab.deterministic") ? ", its time is virtual"
		     : results_true(host, "lab.one_thread")  ? ", its CPUs take turns"
							     : "");
}

static void tell_count(struct teller *t, const struct result *c, const char *key, const char *what)
{
	double v = results_number(c->json, key);

	if (v > 0)
		tell(t, "%s: %.0f %s", c->label, v, what);
}

static void tell_cell(struct teller *t, const struct result *c)
{
	const char *error = results_string(c->json, "error", NULL);

	if (error)
		tell(t, "%s: failed: %s", c->label, error);
	else if (!c->runs)
		tell(t, "%s: was not reached", c->label);
	if (c->runs && results_true(c->json, "cut_short"))
		tell(t, "%s: was cut short", c->label);
	if (json_is_false(results_get(c->json, "conserved")))
		tell(t, "%s: notifications decided are not those delivered and coalesced", c->label);
	tell_count(t, c, "lost", "frames lost");
	tell_count(t, c, "corrupt", "frames corrupt");
	tell_count(t, c, "matching.stamps_lost", "stamps lost: do not use its latencies");
	if (strcmp(results_string(c->json, "irq_path.taken", ""),
		   results_string(c->json, "irq_path.expected", "")) != 0)
		tell(t, "%s: KVM took another interrupt path than it names", c->label);
	tell_count(t, c, "interrupted_runs", "runs were stopped while they were measured");
	tell_count(t, c, "producer_counts.io_wq_threads",
		   "io_uring worker threads seen: work left the producer");
}

static void tell_effect(struct teller *t, const json_t *resolvable, const char *metric,
			const char *words)
{
	double v = results_number(resolvable, metric);
	char number[REPORT_NUMBER_MAX];

	if (v > 0)
		tell(t, "%s: only effects of more than %s %% would be found with so many runs",
		     words, report_number(v * 100, "-", number, sizeof(number)));
}

unsigned report_warnings(const struct results *f, void (*say)(void *ctx, const char *text),
			 void *ctx)
{
	struct teller t = { .say = say, .ctx = ctx };
	const json_t *boots = results_get(f->doc, "boots");
	bool thread = false, several = false, traced = false, doubt = false;

	if (!json_array_size(boots))
		tell_host(&t, f->host);
	for (size_t i = 0; i < json_array_size(boots); i++)
		tell_host(&t, json_array_get(boots, i));
	for (size_t i = 0; i < f->n; i++) {
		tell_cell(&t, &f->result[i]);
		thread |= strcmp(f->result[i].accel, "thread") == 0;
		several |= f->result[i].runs > 1;
		traced |= results_get(f->result[i].json, "trace") != NULL;
		doubt |= f->result[i].runs && report_floor_doubt(&f->result[i]) != FLOOR_FINE;
	}
	tell_effect(&t, results_get(f->doc, "statistics.resolvable"), "gbps", "Gb/s");
	tell_effect(&t, results_get(f->doc, "statistics.resolvable"), "round_trips_per_s",
		    "trips/s");
	if (doubt)
		tell(&t,
		     "x floor, x memcpy with ?: floors were measured while the host was busy: their rounds "
		     "scatter, or cells are faster");
	if (thread)
		tell(&t,
		     "accel thread: guests were host threads; latencies are no virtual machine's");
	if (traced)
		tell(&t, "--trace: the kernel recorded its scheduling meanwhile, which costs time");
	if (f->n && !several)
		tell(&t, "one run of each cell: there are no intervals, and small differences mean "
			 "nothing");
	return t.n;
}

struct line {
	char *out;
	size_t size, len;
};

static void add(struct line *l, const char *text)
{
	size_t n = strlen(text);

	if (l->len + n + 1 > l->size)
		n = l->size - l->len - 1;
	memcpy(l->out + l->len, text, n);
	l->len += n;
	l->out[l->len] = '\0';
}

/* A word for a shell: what is not plainly harmless is quoted. The file may be anyone's. */
static void add_word(struct line *l, const char *option, const char *value)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789_,.:=/+@%-";
	char one[2] = "";

	if (l->len)
		add(l, " ");
	add(l, option);
	if (*value && strspn(value, plain) == strlen(value)) {
		add(l, value);
		return;
	}
	add(l, "'");
	for (; *value; value++) {
		one[0] = *value;
		add(l, *value == '\'' ? "'\\''" : one);
	}
	add(l, "'");
}

static void add_key(struct line *l, const struct result *c, const char *option, const char *key)
{
	const char *text = results_string(c->json, key, NULL);
	double v = results_number(c->json, key);
	char number[32];

	if (text)
		add_word(l, option, text);
	if (isnan(v))
		return;
	snprintf(number, sizeof(number), "%.10g", v);
	add_word(l, option, number);
}

static void add_cpus(struct line *l, const struct result *c)
{
	json_t *cpus = results_get(c->json, "placement");
	char text[512];
	size_t n = 0;

	for (void *i = json_object_iter(cpus); i; i = json_object_iter_next(cpus, i)) {
		const char *list = json_string_value(json_object_iter_value(i));

		if (list && n < sizeof(text))
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s=%s", n ? "," : "",
					      json_object_iter_key(i), list);
	}
	if (n && n < sizeof(text))
		add_word(l, "--cpus=", text);
}

/* null, with KVM, stands for what the host had set; a file that does not say is older. */
static void add_halt_poll(struct line *l, const struct result *c)
{
	bool host = json_is_null(json_object_get(c->json, "halt_poll_ns"));

	add_key(l, c, "--halt-poll=", "halt_poll_ns");
	if (host && strcmp(c->accel, "kvm") == 0)
		add_word(l, "--halt-poll=", "host");
}

/* What was measured is a little longer than what was asked for. */
static void add_duration(struct line *l, const struct result *c)
{
	double asked = floor(results_number(c->json, "duration_s") * 20) / 20;
	char number[32];

	snprintf(number, sizeof(number), "%.10g", asked > 0.01 ? asked : 0.01);
	add_word(l, "--duration=", number);
}

/* `tandem`, or the lab in front of it. */
static void add_start(struct line *l, const struct results *f, const struct result *c)
{
	const json_t *lab = results_get(c->json, "lab");
	const char *kernel = results_string(lab, "kernel", "");
	char release[48];
	char number[32];

	add(l, "tandem");
	if (!lab)
		return;
	add(l, " lab");
	add_word(l, "--arch=", results_string(lab, "arch", results_string(f->host, "arch", "")));
	/* linux-image-7.2.12+deb13-cloud-amd64: as `tandem lab --kernels=` takes it. */
	if (sscanf(kernel, "linux-image-%40[^- ]", release) == 1) {
		strcat(release, strstr(kernel, "-rt-") ? "-rt" : "");
		add_word(l, "--kernels=", release);
	}
	snprintf(number, sizeof(number), "%.0f", results_number(lab, "smp"));
	if (results_number(lab, "smp") > 0)
		add_word(l, "--smp=", number);
	if (results_true(lab, "deterministic"))
		add(l, " --deterministic");
	else if (results_number(lab, "smp") > 1 && !results_true(lab, "one_thread"))
		add(l, " --parallel");
	add_word(l, "--preempt=", results_string(c->json, "preempt", ""));
	add(l, " --");
}

/* What it was switched to, the host being in another mode; NULL: it was not. */
static const char *switched_to(const struct results *f, const struct result *c)
{
	const char *mode = results_string(c->json, "preempt_rt", NULL);
	const char *host = mode ? results_string(f->host, "preempt_rt", mode)
				: results_string(f->host, "preempt.mode", c->preempt);

	if (!mode)
		mode = c->preempt;
	return results_get(c->json, "lab") || strcmp(host, mode) == 0 ? NULL : mode;
}

void report_command(const struct results *f, const struct result *c, char *out, size_t size)
{
	struct line l = { out, size, 0 };

	add_start(&l, f, c);
	add(&l, " bench");
	add_word(&l, "", c->scenario);
	add_key(&l, c, "--accel=", "accel");
	add_key(&l, c, "--notify=", "notify");
	add_key(&l, c, "--scope=", "scope");
	if (results_true(c->json, "strict"))
		add(&l, " --strict=yes");
	add_key(&l, c, "--wake=", "wake");
	add_key(&l, c, "--producer=", "producer");
	if (strcmp(c->producer, "user") != 0)
		add_key(&l, c, "--batch=", "batch");
	if (strcmp(c->irq, "eventfd") != 0)
		add_key(&l, c, "--irq=", "irq");
	if (switched_to(f, c))
		add_word(&l, "--preempt=", switched_to(f, c));
	add_key(&l, c, "--slice=", "slice.asked");
	if (results_number(c->json, "worker_fifo") > 0)
		add_key(&l, c, "--worker-fifo=", "worker_fifo");
	add_halt_poll(&l, c);
	if (results_number(c->json, "sq_idle_ms") > 0)
		add_key(&l, c, "--sq-idle=", "sq_idle_ms");
	add_key(&l, c, "--frame=", "frame_bytes");
	add_key(&l, c, "--ring=", "ring");
	add_key(&l, c, "--window=", "window");
	add_key(&l, c, "--rto=", "rto_us");
	add_key(&l, c, "--busy-poll=", "busy_poll_us");
	if (results_number(c->json, "budget") > 0)
		add_key(&l, c, "--budget=", "budget");
	if (json_is_false(results_get(c->json, "filters")))
		add(&l, " --filters=off");
	add_key(&l, c, "--verify=", "verify");
	if (strcmp(results_string(c->json, "load.loop", "closed"), "open") == 0) {
		add_key(&l, c, "--rate=", "load.rate");
		add_key(&l, c, "--arrivals=", "load.arrivals");
	}
	add_cpus(&l, c);
	add_key(&l, c, "--warmup=", "warmup_s");
	if (results_get(c->json, "asked_s"))
		add_key(&l, c, "--duration=", "asked_s");
	else
		add_duration(&l, c);
	add_key(&l, c, "--runs=", "runs");
}

void report_file_command(const struct results *f, char *out, size_t size)
{
	const json_t *words = results_get(f->doc, "command");
	struct line l = { out, size, 0 };

	*out = '\0';
	for (size_t i = 0; i < json_array_size(words); i++)
		add_word(&l, "", json_string_value(json_array_get(words, i)));
}
