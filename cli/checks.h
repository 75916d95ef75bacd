// SPDX-License-Identifier: BSD-2-Clause
// The rows of doctor: a verdict, what it is about, and the way out; as text or as JSON.
#ifndef CLI_CHECKS_H
#define CLI_CHECKS_H

#include <jansson.h>
#include <stdbool.h>

#include "bench/host/host.h"

enum verdict { PASS, WARN, FAIL };

struct checks {
	json_t *rows; /* NULL: as text, each at once */
	bool colours;
	bool failed; /* there is a FAIL */
};

/* Prints which kernel it is, or begins the JSON. */
void checks_begin(struct checks *c, bool json, const struct host *h);
void checks_say(struct checks *c, enum verdict v, const char *what, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Ends it with `status`, to be returned. */
int checks_end(struct checks *c, const struct host *h, int status);

#endif
