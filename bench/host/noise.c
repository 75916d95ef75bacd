// SPDX-License-Identifier: BSD-2-Clause
// The noise gate: listening to the CPUs, and the verdict.
#include "bench/host/noise.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench/host/noise_sysfs.h"
#include "bench/host/text.h"
#include "bench/stat/hist.h"
#include "lib/clock.h"
#include "lib/cpulist.h"
#include "lib/log.h"

/* What a quiet host stays below; a tick's own work is some 10 us. */
#define STEAL_PERCENT 1.0
#define OTHERS_CPUS 0.15
#define TICKS_MIN_S 0.03
#define GAP_P99_US 150.0
#define GAP_MAX_US 2000.0

#define WINDOW_US 1000.0

#define LISTEN_MIN_S 0.05
#define LISTEN_MAX_S 0.4

struct noise_times noise_times_parse(const char *text)
{
	uint64_t user, nice, system, idle, iowait, irq, softirq, steal;
	struct noise_times t = { 0 };

	if (sscanf(text,
		   "cpu %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
		   " %" SCNu64 " %" SCNu64,
		   &user, &nice, &system, &idle, &iowait, &irq, &softirq, &steal) != 8)
		return t;
	t.busy = user + nice + system + irq + softirq;
	t.stolen = steal;
	t.total = t.busy + steal + idle + iowait;
	t.known = true;
	return t;
}

static struct noise_times read_times(const char *root)
{
	char text[512];

	if (!host_read_text(root, "/proc/stat", text, sizeof(text)))
		return (struct noise_times){ 0 };
	return noise_times_parse(text);
}

void noise_set_times(struct noise *n, const struct noise_times *start,
		     const struct noise_times *end, double own_s, double ticks_per_s)
{
	double total = (double)end->total - (double)start->total;
	double busy = ((double)end->busy - (double)start->busy) / ticks_per_s;

	n->steal_percent = n->others = NAN;
	if (!start->known || !end->known || total <= 0 || n->seconds <= 0)
		return;
	n->steal_percent = fmax(0, 100 * ((double)end->stolen - (double)start->stolen) / total);
	n->others = fmax(0, (busy - own_s) / n->seconds);
}

static void read_loadavg(struct noise *n, const char *root)
{
	char text[128], *end;

	n->loadavg = NAN;
	if (!host_read_text(root, "/proc/loadavg", text, sizeof(text)))
		return;
	n->loadavg = strtod(text, &end);
	if (end == text)
		n->loadavg = NAN;
}

static double now_s(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The longest gap of each window on this CPU, into `gaps`. */
static void listen_here(struct hist *gaps, double seconds, double clock_us)
{
	uint64_t start = clock_now(), last = start, window = start, longest = 0, now;
	const uint64_t length = (uint64_t)(seconds * 1e6 * clock_us);
	const uint64_t window_length = (uint64_t)(WINDOW_US * clock_us);

	do {
		now = clock_now();
		if (now - last > longest)
			longest = now - last;
		last = now;
		if (now - window >= window_length) {
			hist_add(gaps, (uint64_t)((double)longest * 1e3 / clock_us));
			window = now;
			longest = 0;
		}
	} while (now - start < length);
}

static void listen_on(struct hist *gaps, const cpu_set_t *cpus, double seconds, double clock_us)
{
	unsigned n = (unsigned)CPU_COUNT(cpus), done = 0;
	cpu_set_t before, one;

	if (n > NOISE_CPUS_MAX)
		n = NOISE_CPUS_MAX;
	cpulist_allowed(&before);
	for (int cpu = 0; cpu < CPULIST_MAX && done < n; cpu++) {
		if (!CPU_ISSET(cpu, cpus))
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		/* One that went offline since is not listened to. */
		if (sched_setaffinity(0, sizeof(one), &one) == 0)
			listen_here(gaps, seconds / n, clock_us);
		done++;
	}
	sched_setaffinity(0, sizeof(before), &before);
}

void noise_measure(struct noise *n, const cpu_set_t *cpus, double seconds, double clock_us,
		   const char *root)
{
	struct hist *gaps = calloc(1, sizeof(*gaps));
	struct noise_times before, after;
	double wall, own;

	*n = (struct noise){ 0 };
	if (!gaps || clock_us <= 0) {
		free(gaps);
		return;
	}
	before = read_times(root);
	wall = now_s(CLOCK_MONOTONIC);
	own = now_s(CLOCK_PROCESS_CPUTIME_ID);
	listen_on(gaps, cpus, seconds, clock_us);
	own = now_s(CLOCK_PROCESS_CPUTIME_ID) - own;
	n->seconds = now_s(CLOCK_MONOTONIC) - wall;
	after = read_times(root);
	noise_set_times(n, &before, &after, own, (double)sysconf(_SC_CLK_TCK));
	n->gap_p50_us = hist_quantile(gaps, 0.5) / 1e3;
	n->gap_p99_us = hist_quantile(gaps, 0.99) / 1e3;
	n->gap_max_us = (double)gaps->max_ns / 1e3;
	n->measured = true;
	read_loadavg(n, root);
	noise_read_sysfs(n, cpus, root);
	noise_judge(n);
	free(gaps);
}

void noise_listen(struct noise *n, const cpu_set_t *cpus, double cell_s, double clock_us)
{
	noise_measure(n, cpus, fmin(fmax(cell_s / 10, LISTEN_MIN_S), LISTEN_MAX_S), clock_us, "");
	for (unsigned i = 0; i < n->warnings; i++)
		log_warn("noise: %s", n->warning[i]);
}

/* Adds to a list of reasons, with commas. */
static void reason(char *text, const char *fmt, double a, double b)
{
	size_t len = strlen(text);

	if (len)
		len += (size_t)snprintf(text + len, NOISE_TEXT_MAX - len, ", ");
	if (len < NOISE_TEXT_MAX)
		snprintf(text + len, NOISE_TEXT_MAX - len, fmt, a, b);
}

/* What comes and goes: it makes the host noisy. */
static void judge_now(const struct noise *n, char *text)
{
	if (n->steal_percent > STEAL_PERCENT)
		reason(text, "the hypervisor below took %.1f %% of the CPUs", n->steal_percent, 0);
	/* In a short test a few of the kernel's ticks are no evidence yet. */
	if (n->others > OTHERS_CPUS && n->others * n->seconds > TICKS_MIN_S)
		reason(text, "others keep %.1f CPUs busy", n->others, 0);
	if (n->gap_p99_us > GAP_P99_US || n->gap_max_us > GAP_MAX_US)
		reason(text, "a busy loop stood still for up to %.0f us (p99 %.0f us)",
		       n->gap_max_us, n->gap_p99_us);
}

/* How the host is set up: it biases rather than scatters. */
static void judge_setup(const struct noise *n, char *text)
{
	if (*n->siblings)
		snprintf(text, NOISE_TEXT_MAX, "CPUs %s are threads of one core", n->siblings);
	if (*n->governor && strcmp(n->governor, "performance") != 0) {
		size_t len = strlen(text);

		snprintf(text + len, NOISE_TEXT_MAX - len,
			 "%sfrequency governor %s: clocks change while measuring", len ? ", " : "",
			 n->governor);
	}
}

void noise_judge(struct noise *n)
{
	char text[NOISE_TEXT_MAX] = "";

	n->warnings = 0;
	judge_now(n, text);
	n->noisy = *text;
	if (n->noisy)
		memcpy(n->warning[n->warnings++], text, sizeof(text));
	text[0] = '\0';
	judge_setup(n, text);
	if (*text)
		memcpy(n->warning[n->warnings++], text, sizeof(text));
}

void noise_print(const struct noise *n, FILE *to)
{
	if (!n->measured)
		return;
	fprintf(to, "noise    %s: longest gap per ms p50 %.1f p99 %.1f max %.1f us",
		n->noisy ? "noisy" : "quiet", n->gap_p50_us, n->gap_p99_us, n->gap_max_us);
	if (!isnan(n->steal_percent))
		fprintf(to, "; steal %.1f %%, others %.2f CPUs", n->steal_percent, n->others);
	fputs("\n", to);
}

static void set_number(json_t *o, const char *key, double v)
{
	json_object_set_new(o, key, isfinite(v) ? json_real(v) : json_null());
}

static json_t *frequency_json(const struct noise *n)
{
	json_t *o = json_object();

	json_object_set_new(o, "governor", *n->governor ? json_string(n->governor) : json_null());
	set_number(o, "mhz", n->mhz_lowest);
	set_number(o, "mhz_max", n->mhz_most);
	return o;
}

json_t *noise_json(const struct noise *n)
{
	json_t *o, *jitter = json_object(), *warnings = json_array();

	o = json_object();
	set_number(o, "seconds", n->seconds);
	set_number(o, "steal_percent", n->steal_percent);
	set_number(o, "load", n->others);
	set_number(o, "loadavg", n->loadavg);
	set_number(jitter, "p50", n->gap_p50_us);
	set_number(jitter, "p99", n->gap_p99_us);
	set_number(jitter, "max", n->gap_max_us);
	json_object_set_new(o, "jitter_us", jitter);
	json_object_set_new(o, "frequency", frequency_json(n));
	json_object_set_new(o, "siblings", *n->siblings ? json_string(n->siblings) : json_null());
	json_object_set_new(o, "verdict", json_string(n->noisy ? "noisy" : "quiet"));
	for (unsigned i = 0; i < n->warnings; i++)
		json_array_append_new(warnings, json_string(n->warning[i]));
	json_object_set_new(o, "warnings", warnings);
	return o;
}
