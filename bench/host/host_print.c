// SPDX-License-Identifier: BSD-2-Clause
// The lines about the host above every benchmark's tables.
#include "bench/host/host_print.h"

#include "bench/host/share.h"

#include "lib/log.h"

/* Where debugfs is not to be read there is nothing to say. */
static void print_slice(const struct host *h, FILE *to)
{
	static const char *const ends[] = { "HRTICK off: only the tick ends it", "HRTICK on" };

	if (!h->slice.base_ns)
		return;
	fprintf(to,
		"slice    base %.3g ms "
		"(" SLICE_SOURCE ")%s%s\n",
		(double)h->slice.base_ns / 1e6, h->slice.hrtick < 0 ? "" : ", ",
		h->slice.hrtick < 0 ? "" : ends[h->slice.hrtick]);
}

void host_print(const struct host *h, FILE *to)
{
	char text[HOST_UNUSUAL_MAX];

	fprintf(to, "kernel   %s\n", h->kernel);
	fprintf(to, "cpu      %s, %u CPU%s, %s, HZ %u\n", h->cpu, h->cpus, h->cpus == 1 ? "" : "s",
		h->arch, h->hz);
	fprintf(to, "preempt  %s%s%s (%s)\n", h->preempt, *h->preempt_rt ? " " : "", h->preempt_rt,
		h->preempt_source);
	print_slice(h, to);
	if (host_unusual(h, text, sizeof(text)))
		fprintf(to, "share    %s\n", text);
	fprintf(to, "clock    %s %.1f MHz; %s\n", h->clock.name, h->clock.us, h->clock.why);
}

void host_warn(const struct host *h)
{
	char text[HOST_UNUSUAL_MAX];

	if (host_unusual(h, text, sizeof(text)))
		log_warn("what is measured is of this share of the CPUs: %s", text);
}
