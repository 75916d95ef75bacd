// SPDX-License-Identifier: BSD-2-Clause
// How long the scheduler lets a task go on.
#include "bench/host/slice.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/host/text.h"

/* In ns, or in times the host's own (`times`). NAN: neither. */
static double value_of(const char *word, bool *times)
{
	static const struct {
		const char *name;
		double ns;
	} units[] = { { "ns", 1 }, { "us", 1e3 }, { "ms", 1e6 } };
	char *end;
	double v = strtod(word, &end);

	*times = strcmp(word, "default") == 0 || strcmp(end, "x") == 0;
	if (strcmp(word, "default") == 0)
		return 1;
	if (*word < '0' || *word > '9' || !isfinite(v) || strlen(word) >= SLICE_WORD_BYTES)
		return NAN;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]) && !*times; i++)
		if (strcmp(end, units[i].name) == 0)
			return v * units[i].ns;
	return *times ? v : NAN;
}

bool slice_is_word(const char *word)
{
	bool times;
	double v = value_of(word, &times);

	return times ? v > 0 && v <= SLICE_TIMES_MAX : v >= SLICE_MIN_NS && v <= SLICE_MAX_NS;
}

uint64_t slice_of(const char *word, uint64_t own_ns)
{
	bool times;
	double ns = value_of(word, &times) * (times ? (double)own_ns : 1);

	/* The host's own is what it is. */
	if (strcmp(word, "default") == 0)
		return own_ns;
	return ns >= SLICE_MIN_NS && ns <= SLICE_MAX_NS ? (uint64_t)(ns + 0.5) : 0;
}

/* One word for each feature, "HRTICK" or "NO_HRTICK"; HRTICK_DL is another one. */
static int has_hrtick(char *features)
{
	char *save = NULL;

	for (char *w = strtok_r(features, " \n", &save); w; w = strtok_r(NULL, " \n", &save)) {
		if (strcmp(w, "HRTICK") == 0)
			return 1;
		if (strcmp(w, "NO_HRTICK") == 0)
			return 0;
	}
	return -1;
}

struct slice slice_read(const char *root)
{
	struct slice s = { .hrtick = -1 };
	char text[4096];

	if (host_read_text(root, "/sys/kernel/debug/sched/base_slice_ns", text, sizeof(text)))
		s.base_ns = strtoull(text, NULL, 10);
	if (host_read_text(root, "/sys/kernel/debug/sched/features", text, sizeof(text)))
		s.hrtick = has_hrtick(text);
	return s;
}
