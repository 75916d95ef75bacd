// SPDX-License-Identifier: BSD-2-Clause
// The slowest notifications of a run.
#include "bench/run/slow.h"

#include <dirent.h>
#include <stdlib.h>

static uint64_t length(const struct slow *s)
{
	return s->t3 - s->t0;
}

void slow_add(struct slow_list *l, const struct slow *s)
{
	unsigned least = 0;

	if (l->n < SLOW_MAX) {
		l->slow[l->n++] = *s;
		return;
	}
	for (unsigned i = 1; i < SLOW_MAX; i++)
		if (length(&l->slow[i]) < length(&l->slow[least]))
			least = i;
	if (length(s) > length(&l->slow[least]))
		l->slow[least] = *s;
}

bool slow_list_is_sane(const struct slow_list *l)
{
	if (l->n > SLOW_MAX)
		return false;
	for (unsigned i = 0; i < l->n; i++)
		if (l->slow[i].t3 < l->slow[i].t0)
			return false;
	return true;
}

bool slow_threads_are_sane(const struct slow_threads *t)
{
	return t->n <= SLOW_THREADS_MAX;
}

struct slow_threads slow_threads_here(void)
{
	struct slow_threads t = { 0 };
	DIR *d = opendir("/proc/self/task");
	struct dirent *e;

	while (d && t.n < SLOW_THREADS_MAX && (e = readdir(d)) != NULL)
		if (atoi(e->d_name) > 0)
			t.tid[t.n++] = atoi(e->d_name);
	if (d)
		closedir(d);
	return t;
}
