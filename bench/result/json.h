// SPDX-License-Identifier: BSD-2-Clause
// The parts of a tandem-bench/1 file that all benchmarks share.
#ifndef BENCH_RESULT_JSON_H
#define BENCH_RESULT_JSON_H

#include <jansson.h>

#include "bench/host/host.h"
#include "pair/pair.h"

struct bench;

/*
 * With it the whole file can be measured again: tandem, `under` (NULL: nothing), and the arguments.
 */
json_t *json_command(const char *under, int argc, char **argv);

/*
 * The keys that every result has, whatever was measured: those that are not set are null, there is
 * no such thing.
 */
void json_complete(json_t *result);

/* The CPUs of each role, by its name. */
json_t *json_placement(const cpu_set_t cpus[ROLES]);

/* Virtio features by name. */
json_t *json_features(uint64_t features);

/* accel: what the guests run on; "none" where there are no guests. */
json_t *json_host(const struct host *h, const char *accel);

/*
 * preempt and preempt_rt of a result measured there; `switched`: the mode it was put into, NULL:
 * none.
 */
void json_set_preempt(json_t *o, const struct host *h, const char *switched);

/*
 * The base slice, and what else decides how long it is; `asked` for by that word (NULL: not), which
 * came to so many ns.
 */
json_t *json_slice(const struct host *h, const char *asked, uint64_t asked_ns);

/*
 * Writes `o`, and lets go of it, to `path` ("-": stdout), whole or not at all. 0 or -errno
 * (logged).
 */
int json_write(json_t *o, const char *path);

/* Can a file be made at `path`? Asked before measuring. 0 or -errno (logged). */
int bench_check_path(const char *path);

/* The results as tandem-bench/1, to be let go of with json_decref(). */
json_t *bench_json(const struct bench *b);

/* Results as tandem-bench/1 to `path` ("-": stdout), whole or not at all. 0 or -errno (logged). */
int bench_write_json(const struct bench *b, const char *path);

#endif
