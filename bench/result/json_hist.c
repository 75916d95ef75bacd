// SPDX-License-Identifier: BSD-2-Clause
// A distribution as the results file has it.
#include "bench/result/json_hist.h"

static void set(json_t *o, const char *key, json_t *v)
{
	json_object_set_new(o, key, v);
}

static json_t *curve_json(const struct hist *h)
{
	struct hist_point points[HIST_CURVE_MAX];
	unsigned n = hist_curve(h, points);
	json_t *a = json_array();

	for (unsigned i = 0; i < n; i++)
		json_array_append_new(a, json_pack("[f,f]", points[i].q, points[i].ns / 1e3));
	return a;
}

/* All of it: the buckets that have values. */
static json_t *buckets_json(const struct hist *h)
{
	json_t *a = json_array();

	for (unsigned b = 0; b < HIST_BUCKETS; b++)
		if (h->bucket[b])
			json_array_append_new(a, json_pack("[f,I]", hist_bucket_ns(b) / 1e3,
							   (json_int_t)h->bucket[b]));
	return a;
}

/* Of no values there is neither a mean nor a largest: 0 would be a very good one. */
static json_t *of_values(const struct hist *h, double v)
{
	return h->n ? json_real(v) : json_null();
}

static json_t *share(const struct hist *h, uint64_t part)
{
	return of_values(h, h->n ? (double)part / (double)h->n : 0);
}

json_t *json_hist(const struct hist *h)
{
	static const struct {
		const char *key;
		double q;
	} quantiles[] = {
		{ "p50", 0.5 }, { "p90", 0.9 }, { "p95", 0.95 }, { "p99", 0.99 }, { "p99_9", 0.999 }
	};
	json_t *o = json_object();

	set(o, "n", json_integer((json_int_t)h->n));
	set(o, "mean", of_values(h, hist_mean(h) / 1e3));
	for (size_t i = 0; i < sizeof(quantiles) / sizeof(quantiles[0]); i++)
		set(o, quantiles[i].key,
		    hist_has(h, quantiles[i].q) ? json_real(hist_quantile(h, quantiles[i].q) / 1e3)
						: json_null());
	set(o, "max", of_values(h, (double)h->max_ns / 1e3));
	set(o, "above_100us", share(h, h->above_100us));
	set(o, "above_1ms", share(h, h->above_1ms));
	set(o, "curve", curve_json(h));
	return o;
}

json_t *json_hist_whole(const struct hist *h)
{
	json_t *o = json_hist(h);

	set(o, "buckets", buckets_json(h));
	return o;
}
