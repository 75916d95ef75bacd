// SPDX-License-Identifier: BSD-2-Clause
// Results that were read back, shown: as a page, as text for a mail, as a table for a program.
#ifndef BENCH_SHOW_REPORT_H
#define BENCH_SHOW_REPORT_H

#include <stdio.h>

#include "bench/plan/bench.h"
#include "bench/result/results.h"

#define REPORT_FILES_MAX 26u /* each has a letter */

enum report_format {
	REPORT_HTML,
	REPORT_TEXT,
	REPORT_MARKDOWN,
	REPORT_CSV,
	REPORT_JSON,
};

struct report {
	const struct results *file;
	size_t n; /* files, at least one */
};

/* "html", "text", "markdown", "csv", "json". */
bool report_format_find(const char *name, enum report_format *f);
/*
 * By how the name ends: .html .htm .txt .md .csv .json; html without an ending. false: another
 * ending.
 */
bool report_format_of(const char *path, enum report_format *f);

/* 0, or -errno where `to` did not take it. */
int report_write(const struct report *r, enum report_format f, FILE *to);

/* What was just measured, by way of its results file. 0 or -errno (logged). */
int report_bench(const struct bench *b, enum report_format f, FILE *to);

/*
 * The dose table of what was just measured, by way of the same; nothing where no slices were asked
 * for.
 */
void report_doses(const struct bench *b, FILE *to);

/* To a file, whole or not at all; "-": stdout. 0 or -errno (logged). */
int report_write_file(const struct report *r, enum report_format f, const char *path);

/* ---- for the formats: what a cell's figures are called and where they come from */

/* Who runs the notification, in words, as in the seed's table. */
const char *report_deliverer(const struct result *c);

/* Through KVM's own work item: x86's msi-broadcast and ioapic; arm64 has no such way. */
bool report_irq_deferred(const struct result *c);

/* What the seed's table calls the worker's latency, avg ms; NaN: not known. */
double report_worker_ms(const struct result *c);

/*
 * What the scheduler says that the worker waited for a CPU each time it was woken, avg ms; NaN: not
 * known, or nobody else delivers.
 */
double report_waited_ms(const struct result *c);

/*
 * A stream whose producer stays in the kernel, that is no control, and was measured; gated by its
 * notifications, where the file has such ones.
 */
bool report_in_seed(const struct results *f, const struct result *c);

/* What a cell's throughput is: Gb/s, or trips/s in rr. NaN: not measured. */
double report_rate(const struct result *c);
const char *report_rate_unit(const struct result *c);
/* The key of it in samples and stats. */
const char *report_rate_key(const struct result *c);

/*
 * Its interval over runs: from stats, else from the lowest to the highest sample. false: there is
 * none.
 */
bool report_interval(const struct result *c, const char *metric, double *lo, double *hi);

/* What a cell is a control for, in words; NULL: it is none. */
const char *report_control(const struct result *c);

/*
 * The cell that a control is held against: the same conditions and no control; else the same
 * control under the file's first mode. NULL: there is none.
 */
const struct result *report_reference(const struct results *f, const struct result *c);

#define REPORT_FLOORS_MAX 64u

/* A floor that some of the file's cells have in common: those of one mode and frame size do. */
struct report_floor {
	const json_t *json;
	const char *preempt;
};

/* All of them, each once. How many. */
unsigned report_floors(const struct results *f, struct report_floor out[REPORT_FLOORS_MAX]);

/* What is wrong with a multiple of the floor. */
enum floor_doubt {
	FLOOR_FINE,
	/* the floor's own rounds do not agree, or copies were slower than the stream's */
	FLOOR_SCATTERED,
	FLOOR_ABSURD, /* below 1: so many notifications are part of it */
};
enum floor_doubt report_floor_doubt(const struct result *c);

/*
 * The multiple as text: "2.10x", with its doubts "2.10x?" and "<1?"; leaves `out` alone where there
 * is none.
 */
void report_x_floor(const struct result *c, char *out, size_t size);

/*
 * Did KVM take another interrupt path than the cell names? Then it does not show what it claims to.
 */
bool report_irq_path_wrong(const struct result *c);

/* What was just measured, as if read back: row i of the bench is result i. As results_from(). */
struct bench;
int report_bench_results(const struct bench *b, struct results *r);

/* What one should know before believing a file: calls say(ctx, text) for each. How many. */
unsigned report_warnings(const struct results *f, void (*say)(void *ctx, const char *text),
			 void *ctx);

/* Three digits that count: "0.0123", "1.23", "12.3", "123", "12345"; `none` for NaN. */
const char *report_number(double v, const char *none, char *out, size_t size);

/* A whole number; "unknown" for NaN: the file does not say. */
const char *report_count(double v, char *out, size_t size);
#define REPORT_NUMBER_MAX 32

/* The formats, each in a file of its own. */
void report_html(const struct report *r, FILE *to);
void report_text(const struct report *r, FILE *to);
void report_markdown(const struct report *r, FILE *to);
void report_csv(const struct report *r, FILE *to);

#endif
