// SPDX-License-Identifier: BSD-2-Clause
// --preempt and --slice: what the host is to be switched through.
#include "cli/switches.h"

#include <errno.h>

#include "bench/host/declared.h"
#include "bench/host/slice.h"
#include "lib/log.h"

static unsigned slices(const struct options *o)
{
	return o->nslice ? o->nslice : 1;
}

unsigned switches_ways(const struct options *o)
{
	return (o->npreempt ? o->npreempt : 1) * slices(o);
}

void switches_set(const struct options *o, unsigned way, struct cell_spec *spec)
{
	spec->preempt = o->npreempt ? o->preempt[way / slices(o)] : NULL;
	spec->slice = o->nslice ? o->slice[way % slices(o)] : NULL;
}

int switches_open(struct preempt_control *c, struct host *host, const struct options *o)
{
	unsigned what = (o->npreempt ? PREEMPT_MODE : 0) | (o->nslice ? PREEMPT_SLICE : 0);
	uint64_t own;
	int err;

	if (!what) {
		preempt_warn_note(&preempt_real);
		return 0;
	}
	err = preempt_open(c, &preempt_real, what);
	for (unsigned i = 0; i < o->npreempt && !err; i++)
		if (!preempt_offers(c, o->preempt[i]))
			err = -EINVAL;
	if (err) {
		preempt_close(c);
		return err;
	}
	host_read_preempt(host, "");
	own = preempt_own_slice_ns(c);
	host->slice.base_ns = own ? own : host->slice.base_ns;
	return 0;
}

int switches_settle(const struct preempt_control *c, struct cell_spec *spec)
{
	uint64_t own = preempt_own_slice_ns(c);

	spec->slice_ns = spec->slice ? slice_of(spec->slice, own) : 0;
	if (!spec->slice || spec->slice_ns)
		return 0;
	log_error("--slice=%s: with a base slice of %llu ns that is not from 0.1 ms to 1 s",
		  spec->slice, (unsigned long long)own);
	return -EINVAL;
}
