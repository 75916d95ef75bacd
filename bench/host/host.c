// SPDX-License-Identifier: BSD-2-Clause
// The conditions a result was measured under.
#include "bench/host/host.h"
#include "bench/host/declared.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "bench/host/share.h"
#include "bench/host/stampcost.h"
#include "bench/host/text.h"
#include "lib/cpulist.h"

/* The coarse clock advances once a tick. */
static unsigned read_hz(void)
{
	struct timespec tick = { 0 };

	clock_getres(CLOCK_MONOTONIC_COARSE, &tick);
	return tick.tv_nsec ? (unsigned)((1000000000 + tick.tv_nsec / 2) / tick.tv_nsec) : 0;
}

void host_read(struct host *h, const char *root)
{
	char text[32];
	struct utsname u;
	cpu_set_t cpus;

	memset(h, 0, sizeof(*h));
	uname(&u);
	snprintf(h->kernel, sizeof(h->kernel), "%.60s %.60s", u.release, u.version);
	snprintf(h->arch, sizeof(h->arch), "%.31s",
		 strcmp(u.machine, "aarch64") ? u.machine : "arm64");
	cpulist_allowed(&cpus);
	h->cpus = (unsigned)CPU_COUNT(&cpus);
	host_read_share(h, root, &cpus);
	h->hz = read_hz();
	h->slice = slice_read(root);
	h->halt_poll_ns = -1;
	if (host_read_text(root, "/sys/module/kvm/parameters/halt_poll_ns", text, sizeof(text)))
		h->halt_poll_ns = atol(text);
	if (!facts_cpuinfo(root, "model name", h->cpu, sizeof(h->cpu)))
		strcpy(h->cpu, "unknown");
	facts_read(&h->facts, root);
	host_read_preempt(h, root);
	h->clock = clock_open();
	h->stamp_cost_ns = stampcost_ns();
}
