// SPDX-License-Identifier: BSD-2-Clause
// Reads a results file (tandem-bench/1) back, and checks all of it before anyone uses any of it.
#ifndef BENCH_RESULT_RESULTS_H
#define BENCH_RESULT_RESULTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* Larger files are refused: a thousand cells of a thousand runs stay well below. */
#define RESULTS_BYTES_MAX (64u << 20)
#define RESULTS_CELLS_MAX 4096u
#define RESULT_LABEL_MAX 128u

struct result {
	json_t *json; /* the object in results[]; belongs to the file */
	/* The file's own label; else made of its conditions. Unique within the file. */
	char label[RESULT_LABEL_MAX];
	/* Always there; strings belong to the file. */
	const char *scenario, *accel, *notify, *producer, *irq, *preempt;
	double gbps; /* NAN: there are no frames */
	unsigned runs;
};

struct results {
	char *path; /* as given; "-" is shown as "standard input" */
	json_t *doc;
	json_t *host;
	struct result *result;
	size_t n;
	bool gated; /* a stream of it is */
};

/*
 * Reads `path` ("-": standard input). 0, or -errno with one message that names the file, the key
 * and the way out: -EBADMSG what is not a results file, -EFBIG too large, else why it can't be
 * read. `r` is empty then. Types of all known keys are checked, so that what is there may be used
 * as it is; keys this version does not know are left alone.
 */
int results_read(const char *path, struct results *r);

/* The same for text in memory; `name` is what messages call it. */
int results_parse(const char *text, size_t len, const char *name, struct results *r);

/*
 * The same for a document that is already there, such as bench_json(): takes a reference of its
 * own.
 */
int results_from(json_t *doc, const char *name, struct results *r);

/* Accepts what is empty. */
void results_free(struct results *r);

/* NULL: the file has no cell of that label. */
const struct result *results_find(const struct results *r, const char *label);

/*
 * What `path`, keys with dots between them ("notify_us.p99"), leads to from `o`. NULL, NaN or
 * `otherwise` where a key is absent, null or not of that type.
 */
json_t *results_get(const json_t *o, const char *path);
double results_number(const json_t *o, const char *path);
const char *results_string(const json_t *o, const char *path, const char *otherwise);
bool results_true(const json_t *o, const char *path);

/*
 * A metric's runs ("notify_p99_us"), at most `max` of them; those without a value are NaN. How
 * many.
 */
size_t results_samples(const struct result *c, const char *metric, double *out, size_t max);

#endif
