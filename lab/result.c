// SPDX-License-Identifier: BSD-2-Clause
// The result files that come back from inside the lab.
#include "lab/result.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "bench/result/doses.h"
#include "bench/result/json.h"
#include "bench/show/doses_print.h"
#include "lib/log.h"

static void set(json_t *o, const char *key, json_t *v)
{
	json_object_set_new(o, key, v);
}

/* One object per boot: with it a result can be judged, and the boot repeated. */
static json_t *lab_object(const struct lab_boot *b, const struct lab_outcome *o, const char *qemu)
{
	const struct lab_opts *opts = b->opts;

	json_t *lab = json_object();

	set(lab, "kernel", json_string(b->kernel->package));
	set(lab, "release", json_string(o->release));
	set(lab, "version", json_string(o->version));
	set(lab, "arch", json_string(opts->arch->name));
	set(lab, "qemu", json_string(qemu));
	set(lab, "preempt", json_string(o->preempt));
	set(lab, "preempt_model", json_string(o->preempt_model));
	set(lab, "preempt_source", json_string(o->preempt_source));
	set(lab, "deterministic", json_boolean(opts->deterministic));
	set(lab, "one_thread", json_boolean(lab_opts_turns(opts)));
	set(lab, "smp", json_integer(opts->smp));
	set(lab, "mem_mib", json_integer(opts->mem_mib));
	set(lab, "retries", json_integer(o->retries));
	set(lab, "boot_ms", json_integer((json_int_t)(o->boot_s * 1000)));
	return lab;
}

/* What a single result needs of it, since those of several boots end up in one list. */
static json_t *brief(const json_t *lab)
{
	static const char *const keys[] = { "kernel",	     "arch",	   "smp",
					    "deterministic", "one_thread", "retries" };
	json_t *o = json_object();
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		json_object_set(o, keys[i], json_object_get(lab, keys[i]));
	return o;
}

static void annotate(json_t *doc, json_t *lab)
{
	json_t *host = json_object_get(doc, "host"), *short_lab = brief(lab);
	json_t *results = json_object_get(doc, "results");
	size_t i;

	if (!json_is_object(host)) {
		host = json_object();
		json_object_set_new(doc, "host", host);
	}
	json_object_set(host, "lab", lab);
	for (i = 0; i < json_array_size(results); i++)
		json_object_set(json_array_get(results, i), "lab", short_lab);
	json_decref(short_lab);
}

/* The first boot's document gets the results of the later ones, and "boots": each one's host. */
static void join(struct lab_results *r, json_t *doc)
{
	if (!r->all) {
		r->all = json_incref(doc);
		json_object_set_new(doc, "boots", json_array());
	} else {
		json_array_extend(json_object_get(r->all, "results"),
				  json_object_get(doc, "results"));
	}
	json_array_append(json_object_get(r->all, "boots"), json_object_get(doc, "host"));
	r->boots++;
}

int lab_results_add(struct lab_results *r, const struct lab_boot *b, const struct lab_outcome *o,
		    const char *qemu_version)
{
	json_error_t why;
	json_t *doc = json_loadb(o->file, o->file_len, 0, &why), *lab;

	if (!json_is_object(doc)) {
		log_error("lab: %s: its result file is no JSON object: line %d: %s",
			  b->kernel->package, why.line, why.text);
		json_decref(doc);
		return -EBADMSG;
	}
	lab = lab_object(b, o, qemu_version);
	annotate(doc, lab);
	join(r, doc);
	json_decref(lab);
	json_decref(doc);
	return 0;
}

void lab_results_print(const struct lab_results *r, FILE *to)
{
	struct results f;

	if (r->boots < 2 || results_from(r->all, "the results of all boots", &f) < 0)
		return;
	doses_print(&f, to);
	results_free(&f);
}

int lab_results_write(const struct lab_results *r, const char *path)
{
	if (r->boots > 1 && json_object_get(r->all, "verdicts"))
		doses_set_json(r->all);
	return r->all ? json_write(json_incref(r->all), path) : 0;
}

void lab_results_free(struct lab_results *r)
{
	json_decref(r->all);
	r->all = NULL;
}
