// SPDX-License-Identifier: BSD-2-Clause
// Counters of the CPU, by perf_event_open().
#include "bench/host/perf.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/fd.h"
#include "lib/sane.h"

static int open_event(pid_t tid, uint64_t event, bool user_only)
{
	struct perf_event_attr a = {
		.type = PERF_TYPE_HARDWARE,
		.size = sizeof(a),
		.config = event,
		.exclude_kernel = user_only,
		.exclude_hv = 1,
		.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING,
	};

	return (int)syscall(SYS_perf_event_open, &a, tid, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

static bool open_thread(struct perf *p, pid_t tid, enum role role)
{
	static const uint64_t events[PERF_EVENTS] = { PERF_COUNT_HW_INSTRUCTIONS,
						      PERF_COUNT_HW_CPU_CYCLES };
	int *fd = p->fd[p->threads];

	for (unsigned e = 0; e < PERF_EVENTS; e++) {
		fd[e] = open_event(tid, events[e], p->user_only);
		/* Without the right to the kernel's share: all threads alike. */
		if (fd[e] < 0 && (errno == EACCES || errno == EPERM) && !p->user_only &&
		    !p->threads && !e) {
			p->user_only = true;
			fd[e] = open_event(tid, events[e], true);
		}
	}
	p->role[p->threads++] = role;
	return fd[PERF_INSTRUCTIONS] >= 0 && fd[PERF_CYCLES] >= 0;
}

void perf_open(struct perf *p)
{
	struct thread_list list;
	bool all = true;

	*p = (struct perf){ 0 };
	thread_list_sample(&list);
	for (unsigned i = 0; i < list.n && all && p->threads < PERF_THREADS_MAX; i++) {
		int role = thread_role(list.thread[i].name);

		if (role >= 0 && role != ROLE_NOTIFIER)
			all = open_thread(p, list.thread[i].tid, (enum role)role);
	}
	if (!all)
		perf_close(p);
}

void perf_close(struct perf *p)
{
	for (unsigned i = 0; i < p->threads; i++)
		for (unsigned e = 0; e < PERF_EVENTS; e++)
			fd_close(&p->fd[i][e]);
	p->threads = 0;
}

/* Where there are more events than counters each has one for a part of the time only. */
static bool read_event(int fd, uint64_t *n)
{
	struct {
		uint64_t value, enabled, running;
	} r;

	if (read(fd, &r, sizeof(r)) != sizeof(r) || (r.enabled && !r.running))
		return false;
	*n += r.running ? (uint64_t)((double)r.value * (double)r.enabled / (double)r.running) : 0;
	return true;
}

void perf_sample(const struct perf *p, struct perf_counts *out)
{
	*out = (struct perf_counts){ .known = p->threads > 0, .user_only = p->user_only };
	for (unsigned i = 0; i < p->threads; i++)
		for (unsigned e = 0; e < PERF_EVENTS; e++)
			out->known &= read_event(p->fd[i][e], &out->n[p->role[i]][e]);
}

void perf_since(const struct perf_counts *end, const struct perf_counts *start,
		struct perf_counts *out)
{
	*out = *end;
	out->known &= start->known;
	for (unsigned r = 0; r < ROLES; r++)
		for (unsigned e = 0; e < PERF_EVENTS; e++)
			out->n[r][e] -= end->n[r][e] > start->n[r][e] ? start->n[r][e]
								      : end->n[r][e];
}

void perf_merge(struct perf_counts *to, const struct perf_counts *from)
{
	to->known |= from->known;
	to->user_only |= from->user_only;
	for (unsigned r = 0; r < ROLES; r++)
		for (unsigned e = 0; e < PERF_EVENTS; e++)
			to->n[r][e] += from->n[r][e];
}

bool perf_is_sane(const struct perf_counts *c)
{
	return sane_flag(&c->known) && sane_flag(&c->user_only);
}
