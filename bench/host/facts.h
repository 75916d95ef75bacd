// SPDX-License-Identifier: BSD-2-Clause
// What a reader needs years later: when it was measured, and how the kernel was started and guards
// itself.
#ifndef BENCH_HOST_FACTS_H
#define BENCH_HOST_FACTS_H

#include <stdbool.h>
#include <stddef.h>

#define FACTS_MITIGATIONS_MAX 48u

struct facts {
	char date[24];	    /* UTC, as "2026-11-30T03:00:00Z" */
	char cmdline[2048]; /* the kernel's; "": unknown */
	char microcode[32]; /* of the first CPU; "": unknown, or there is none */
	unsigned n;
	struct {
		char name[32], state[160]; /* "spectre_v2", "Mitigation: Retpolines" */
	} mitigation[FACTS_MITIGATIONS_MAX];
};

/* `root` is "" but for tests. */
void facts_read(struct facts *f, const char *root);

/* What /proc/cpuinfo says of `key` for the first CPU that it lists. false: nothing. */
bool facts_cpuinfo(const char *root, const char *key, char *out, size_t size);

#endif
