// SPDX-License-Identifier: BSD-2-Clause
// What the formats of a report say about a cell: names, rates, intervals, what it is held against.
#ifndef BENCH_SHOW_REPORT_CELLS_H
#define BENCH_SHOW_REPORT_CELLS_H

#include <stdbool.h>
#include <stddef.h>

struct result;
struct results;

/* What is wrong with a multiple of the floor. */
enum floor_doubt {
	FLOOR_FINE,
	/* the floor's own rounds do not agree, or copies were slower than the stream's */
	FLOOR_SCATTERED,
	FLOOR_ABSURD, /* below 1: so many notifications are part of it */
};

#define REPORT_NUMBER_MAX 32

/* What a cell is a control for, in words; NULL: it is none. */
const char *report_control(const struct result *c);

/* A whole number; "unknown" for NaN: the file does not say. */
const char *report_count(double v, char *out, size_t size);

/* Who runs the notification, in words, as in the seed's table. */
const char *report_deliverer(const struct result *c);

/* Of its x_floor. */
enum floor_doubt report_floor_doubt(const struct result *c);

/*
 * A stream whose producer stays in the kernel, that is no control, and was measured; gated by its
 * notifications, where the file has such ones.
 */
bool report_in_seed(const struct results *f, const struct result *c);

/*
 * Its interval over runs: from stats, else from the lowest to the highest sample. false: there is
 * none.
 */
bool report_interval(const struct result *c, const char *metric, double *lo, double *hi);

/* Through KVM's own work item: x86's msi-broadcast and ioapic; arm64 has no such way. */
bool report_irq_deferred(const struct result *c);

/*
 * Did KVM take another interrupt path than the cell names? Then it does not show what it claims to.
 */
bool report_irq_path_wrong(const struct result *c);
/* Did KVM's work item run on workers that belong to no CPU, as on a kernel that was patched so? */
bool report_irq_path_unbound(const struct result *c);

/* Three digits that count: "0.0123", "1.23", "12.3", "123", "12345"; `none` for NaN. */
const char *report_number(double v, const char *none, char *out, size_t size);

/* Two bundled guests and what passes between them; else a pool, a crowd, or Linux guests. */
bool report_is_pair(const struct result *c);

/*
 * What a cell's throughput is: Gb/s; trips/s in rr, items/s of a pool, handoffs or acknowledgements
 * a second of a crowd. NaN: not measured.
 */
double report_rate(const struct result *c);

/* The key of it in samples and stats. */
const char *report_rate_key(const struct result *c);
const char *report_rate_unit(const struct result *c);

/*
 * The cell that a control is held against: the same conditions and no control; else the same
 * control under the file's first mode. NULL: there is none.
 */
const struct result *report_reference(const struct results *f, const struct result *c);

/*
 * What the scheduler says that the worker waited for a CPU each time it was woken, avg ms; NaN: not
 * known, or nobody else delivers.
 */
double report_waited_ms(const struct result *c);

/* What the seed's table calls the worker's latency, avg ms; NaN: not known. */
double report_worker_ms(const struct result *c);

/*
 * The multiple as text: "2.10x", with its doubts "2.10x?" and "<1?"; leaves `out` alone where there
 * is none.
 */
void report_x_floor(const struct result *c, char *out, size_t size);

#endif
