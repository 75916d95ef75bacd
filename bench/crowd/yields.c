// SPDX-License-Identifier: BSD-2-Clause
// Directed yields by source.
#include "bench/crowd/yields.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/fd.h"
#include "lib/sane.h"

/* Both vendors' number of a PAUSE exit; `isa` says which vendor's. */
#define PAUSE_FILTER "(isa == 1 && exit_reason == 40) || (isa == 2 && exit_reason == 119)"

const char *const yield_names[YIELD_COUNTS] = {
	"hypercall_attempted", "hypercall_successful", "spin_exits",
	"scheduler_yields",    "preemptions_told",
};

static bool read_event_id(uint64_t *id)
{
	static const char *const roots[] = { "/sys/kernel/tracing", "/sys/kernel/debug/tracing" };
	unsigned long long v;
	bool found = false;

	for (unsigned i = 0; i < 2 && !found; i++) {
		char path[96];
		FILE *f;

		snprintf(path, sizeof(path), "%s/events/kvm/kvm_exit/id", roots[i]);
		f = fopen(path, "re");
		if (!f)
			continue;
		found = fscanf(f, "%llu", &v) == 1;
		fclose(f);
	}
	*id = found ? v : 0;
	return found;
}

static void open_pause_event(struct yield_counter *c)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_TRACEPOINT,
		.size = sizeof(attr),
		.inherit = 1,
	};
	uint64_t id;

	if (!read_event_id(&id)) {
		snprintf(c->pause_why, sizeof(c->pause_why),
			 "no tracepoint kvm:kvm_exit in tracefs that could be read");
		return;
	}
	attr.config = id;
	c->pause_fd = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
	if (c->pause_fd < 0) {
		snprintf(c->pause_why, sizeof(c->pause_why), "perf_event_open of kvm:kvm_exit: %s",
			 strerror(errno));
		return;
	}
	if (ioctl(c->pause_fd, PERF_EVENT_IOC_SET_FILTER, PAUSE_FILTER) < 0) {
		snprintf(c->pause_why, sizeof(c->pause_why),
			 "kvm:kvm_exit has no exit_reason to "
			 "filter by");
		fd_close(&c->pause_fd);
	}
}

void yields_open(struct yield_counter *c, bool kvm)
{
	*c = (struct yield_counter){ .pause_fd = -1 };
	if (kvm)
		open_pause_event(c);
	else
		snprintf(c->pause_why, sizeof(c->pause_why), "host threads do not exit");
}

void yields_close(struct yield_counter *c)
{
	fd_close(&c->pause_fd);
}

static void set(struct yields *y, enum yield_count i, uint64_t n, const char *from)
{
	y->known[i] = true;
	y->n[i] = n;
	snprintf(y->from[i], sizeof(y->from[i]), "%s", from);
}

static void set_unknown(struct yields *y, enum yield_count i, const char *why)
{
	y->known[i] = false;
	y->n[i] = 0;
	snprintf(y->from[i], sizeof(y->from[i]), "%s", why);
}

static void set_stat(struct yields *y, enum yield_count i, const struct vm_stats *s,
		     const char *name)
{
	uint64_t v;

	if (!s)
		set_unknown(y, i, "no KVM counters (KVM_GET_STATS_FD)");
	else if (vm_stats_find(s, name, &v))
		set(y, i, v, name);
	else
		set_unknown(y, i, "this architecture's KVM has no such counter");
}

static void set_spin_exits(const struct yield_counter *c, const struct vm_stats *s,
			   struct yields *y)
{
	uint64_t v;

	if (s && vm_stats_find(s, "wfe_exit_stat", &v))
		set(y, YIELD_SPIN_EXITS, v, "wfe_exit_stat");
	else if (c->pause_fd < 0)
		set_unknown(y, YIELD_SPIN_EXITS, c->pause_why);
	else if (read(c->pause_fd, &v, sizeof(v)) == sizeof(v))
		set(y, YIELD_SPIN_EXITS, v, "tracepoint kvm:kvm_exit, PAUSE");
	else
		set_unknown(y, YIELD_SPIN_EXITS, "the perf event cannot be read");
}

static bool schedstats_are_on(void)
{
	FILE *f = fopen("/proc/sys/kernel/sched_schedstats", "re");
	int on = 0;

	if (!f)
		return false;
	if (fscanf(f, "%d", &on) != 1)
		on = 0;
	fclose(f);
	return on;
}

/* The first number of each CPU's line: yields, sched_yield() and directed ones. */
static void set_scheduler(struct yields *y)
{
	FILE *f = fopen("/proc/schedstat", "re");
	uint64_t sum = 0;
	char line[512];

	if (!f) {
		set_unknown(y, YIELD_SCHEDULER, "no /proc/schedstat (CONFIG_SCHEDSTATS)");
		return;
	}
	while (fgets(line, sizeof(line), f)) {
		unsigned long long n;

		if (sscanf(line, "cpu%*u %llu", &n) == 1)
			sum += n;
	}
	fclose(f);
	if (schedstats_are_on())
		set(y, YIELD_SCHEDULER, sum, "yld_count of /proc/schedstat, all of the host");
	else
		set_unknown(y, YIELD_SCHEDULER, "sysctl kernel.sched_schedstats is 0");
}

void yields_read(const struct yield_counter *c, const struct vm_stats *stats, struct yields *out)
{
	set_stat(out, YIELD_HYPERCALLS, stats, "directed_yield_attempted");
	set_stat(out, YIELD_HYPERCALLS_OK, stats, "directed_yield_successful");
	set_spin_exits(c, stats, out);
	set_scheduler(out);
	set_stat(out, YIELD_TOLD, stats, "preemption_reported");
}

void yields_since(struct yields *end, const struct yields *start)
{
	for (unsigned i = 0; i < YIELD_COUNTS; i++)
		end->n[i] -= end->known[i] ? start->n[i] : 0;
}

void yields_merge(struct yields *to, const struct yields *from)
{
	for (unsigned i = 0; i < YIELD_COUNTS; i++) {
		uint64_t before = to->n[i];

		to->known[i] = from->known[i];
		memcpy(to->from[i], from->from[i], sizeof(to->from[i]));
		to->n[i] = before + from->n[i];
	}
}

bool yields_are_sane(const struct yields *y)
{
	for (unsigned i = 0; i < YIELD_COUNTS; i++)
		if (!sane_flag(&y->known[i]) || !sane_text(y->from[i], sizeof(y->from[i])))
			return false;
	return true;
}
