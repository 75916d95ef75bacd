// SPDX-License-Identifier: BSD-2-Clause
// A session of `tandem backend` as JSON, schema tandem-bench/1, scenario "backend".
#ifndef BENCH_RESULT_JSON_BACKEND_H
#define BENCH_RESULT_JSON_BACKEND_H

#include "bench/host/host.h"
#include "bench/run/session.h"

/* What a session was, and what became of it. */
struct backend_result {
	const struct host *host;
	int argc;
	char **argv;
	const struct doors_config *config;
	double asked_s; /* 0: until a signal comes */
	bool cut;	/* a signal came before */
	const struct session *session;
	struct backend_stats stats; /* once all threads have stopped */
	struct user_door_stats side[SIDES];
};

/* To `path` ("-": stdout), whole or not at all. 0 or -errno (logged). */
int backend_write_json(const struct backend_result *r, const char *path);

#endif
