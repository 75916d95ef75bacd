// SPDX-License-Identifier: BSD-2-Clause
// The lines about the host above every benchmark's tables.
#include "bench/host/host.h"

void host_print(const struct host *h, FILE *to)
{
	fprintf(to, "kernel   %s\n", h->kernel);
	fprintf(to, "cpu      %s, %u CPU%s, %s, HZ %u\n", h->cpu, h->cpus, h->cpus == 1 ? "" : "s",
		h->arch, h->hz);
	fprintf(to, "preempt  %s%s%s (%s)\n", h->preempt, *h->preempt_rt ? " " : "", h->preempt_rt,
		h->preempt_source);
	fprintf(to, "clock    %s %.1f MHz; %s\n", h->clock.name, h->clock.us, h->clock.why);
}
