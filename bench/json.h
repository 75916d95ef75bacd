// SPDX-License-Identifier: BSD-2-Clause
// What every results file has, whatever was measured.
#ifndef BENCH_JSON_H
#define BENCH_JSON_H

#include <jansson.h>

#include "bench/host.h"
#include "pair/pair.h"

/* The file's "host". */
json_t *json_of_host(const struct host *h, const struct accel_ops *accel);

/* Writes it to `path` ("-": stdout), whole or not at all. 0 or -errno (logged). */
int json_write(const json_t *o, const char *path);

#endif
