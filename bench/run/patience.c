// SPDX-License-Identifier: BSD-2-Clause
// Waiting with a limit, and knowing when nothing ran.
#include "bench/run/patience.h"

#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "lib/clock.h"

/* What is long for one look does not count beyond this. */
#define STEP_NS 100000000ull

void patience_begin(struct patience *p)
{
	*p = (struct patience){ .last_ns = clock_mono_ns() };
}

bool patience_over(struct patience *p, uint64_t ms)
{
	uint64_t now = clock_mono_ns(), step = now - p->last_ns;

	p->waited_ns += step < STEP_NS ? step : STEP_NS;
	p->last_ns = now;
	return p->waited_ns > ms * 1000000ull;
}

bool patience_stuck(struct patience *p, uint64_t progress, uint64_t ms)
{
	if (progress != p->progress) {
		patience_begin(p);
		p->progress = progress;
	}
	return patience_over(p, ms);
}

/* Of all threads, guests' included. */
static uint64_t cpu_ns(void)
{
	struct timespec ts = { 0 };

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

/* Of this thread: it ran, or was runnable without a CPU. */
static uint64_t runnable_ns(const struct stops *s)
{
	unsigned long long ran, waited;
	char text[96];
	ssize_t n = s->schedstat < 0 ? 0 : pread(s->schedstat, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return sscanf(text, "%llu %llu", &ran, &waited) == 2 ? ran + waited : 0;
}

void stops_begin(struct stops *s)
{
	*s = (struct stops){ .last_ns = clock_mono_ns(), .last_cpu_ns = cpu_ns() };
	s->schedstat = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
	s->known = s->schedstat >= 0;
	s->last_runnable_ns = runnable_ns(s);
}

void stops_look(struct stops *s, uint64_t pause_ms)
{
	uint64_t now = clock_mono_ns(), cpu = cpu_ns(), runnable = runnable_ns(s);
	uint64_t gap = now - s->last_ns;
	uint64_t accounted = pause_ms * 1000000 + (runnable - s->last_runnable_ns);

	if (s->schedstat >= 0 && gap > accounted + STEP_NS && cpu - s->last_cpu_ns < gap / 4)
		s->stopped_ns += gap - accounted;
	s->last_ns = now;
	s->last_cpu_ns = cpu;
	s->last_runnable_ns = runnable;
}

void stops_end(struct stops *s)
{
	if (s->schedstat >= 0)
		close(s->schedstat);
	s->schedstat = -1;
}
