// SPDX-License-Identifier: BSD-2-Clause
// What share of which CPUs this process gets: priority, policy, quota, mixed cores.
#include "bench/host/share.h"

#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench/host/threads.h"
#include "lib/cgroups.h"

void host_read_share(struct host *h, const char *root, const cpu_set_t *cpus)
{
	errno = 0;
	h->nice = getpriority(PRIO_PROCESS, 0);
	if (errno)
		h->nice = 0;
	h->policy = policy_name((int)syscall(SYS_sched_getscheduler, 0)); /* musl refuses to */
	h->cpu_quota = cgroups_cpu_quota(root);
	cpuspeed_read(&h->speed, root, cpus);
}

static void add(char *text, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void add(char *text, size_t size, const char *fmt, ...)
{
	size_t at = strlen(text);
	va_list ap;

	if (at)
		at += (size_t)snprintf(text + at, size - at, ", ");
	va_start(ap, fmt);
	if (at < size)
		vsnprintf(text + at, size - at, fmt, ap);
	va_end(ap);
}

bool host_unusual(const struct host *h, char *text, size_t size)
{
	text[0] = '\0';
	if (h->nice)
		add(text, size, "nice %d", h->nice);
	if (strcmp(h->policy, "other") != 0)
		add(text, size, "policy %s", h->policy);
	if (h->cpu_quota < h->cpus)
		add(text, size, "a quota of %.3g CPUs", h->cpu_quota);
	if (h->speed.mixed)
		add(text, size, "mixed cores (%s %ld to %ld)", h->speed.by, h->speed.lowest,
		    h->speed.highest);
	return *text;
}
