// SPDX-License-Identifier: BSD-2-Clause
// What --trace found, as the results file has it.
#include "bench/result/json_trace.h"

#include "bench/result/json_hist.h"

static json_t *cause_json(const struct trace_cause *k)
{
	const char side[] = { k->side, '\0' };
	json_t *o = json_object();

	json_object_set_new(o, "us", json_real(k->us));
	json_object_set_new(o, "guest", json_string(side));
	json_object_set_new(o, "stage", json_string(k->stage));
	json_object_set_new(o, "stage_us", json_real(k->stage_us));
	json_object_set_new(o, "words", json_string(k->words));
	return o;
}

json_t *trace_json(const struct trace_causes *c)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < c->n; i++)
		json_array_append_new(list, cause_json(&c->cause[i]));
	return list;
}

json_t *trace_waits_json(const struct trace_causes *c)
{
	json_t *o = json_object();

	json_object_set_new(o, "worker_us",
			    c->waits.worker.n ? json_hist(&c->waits.worker) : json_null());
	json_object_set_new(o, "work_item_us",
			    c->waits.work_item.n ? json_hist(&c->waits.work_item) : json_null());
	return o;
}
