// SPDX-License-Identifier: BSD-2-Clause
// The keys that every result has, whatever was measured: scripts depend on them.
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/crowd/crowd.h"
#include "bench/crowd/json.h"
#include "bench/pool/json.h"
#include "bench/plan/bench.h"
#include "bench/pool/pool.h"
#include "bench/result/json.h"
#include "bench/result/json_backend.h"
#include "bench/result/results_rules.h"
#include "bench/show/print.h"
#include "bench/tcp/json.h"
#include "bench/tcp/tcp.h"
#include "tests/common/suite.h"
#include "tests/common/text.h"
#include "vhost/producers.h"
#include "vhost/strategies.h"

static const char *const stable[] = {
	"scenario",  "accel",	    "notify",	     "producer",    "irq",
	"preempt",   "frame_bytes", "duration_s",    "runs",	    "gbps",
	"frames",    "lost",	    "out_of_order",  "retransmits", "round_trips_per_s",
	"notify_us", "stages_us",   "notifications", "interrupts",  "ctx_switches",
	"floor",     "x_floor",
};

static char *words[] = { (char *)"x", NULL };

/* What `write` writes, and its first result. */
static json_t *written(int (*write)(const char *path, const void *bench), const void *bench,
		       const json_t **result)
{
	char path[] = "/tmp/tandem-keys-XXXXXX";
	int fd = mkstemp(path);
	char why[512];
	json_t *doc;

	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(write(path, bench), 0);
	doc = json_load_file(path, 0, NULL);
	unlink(path);
	assert_non_null(doc);
	assert_non_null(json_object_get(doc, "command"));
	if (!results_check_own(doc, why, sizeof(why)))
		fail_msg("%s", why);
	*result = json_array_get(json_object_get(doc, "results"), 0);
	for (size_t i = 0; i < ARRAY_SIZE(stable); i++)
		if (!json_object_get(*result, stable[i]))
			fail_msg("no %s", stable[i]);
	return doc;
}

static double number(const json_t *result, const char *key)
{
	const json_t *v = json_object_get(result, key);

	return json_is_number(v) ? json_number_value(v) : NAN;
}

static const json_t *at(const json_t *o, const char *a, const char *b, const char *c)
{
	return json_object_get(json_object_get(json_object_get(o, a), b), c);
}

static int write_crowd(const char *path, const void *bench)
{
	return crowd_write_json(bench, path);
}

static int write_pool(const char *path, const void *bench)
{
	return pool_write_json(bench, path);
}

/* Three runs of which one is far off: the median is of those that are not. */
static void crowd_has_them(void **state)
{
	struct crowd_bench b = { .nrows = 1, .rounds.runs = 3, .argc = 1, .argv = words };
	static const double per_s[] = { 100, 9000, 110 };
	double value[METRICS];
	const json_t *r;
	json_t *doc;

	(void)state;
	b.row = calloc(1, sizeof(*b.row));
	assert_non_null(b.row);
	b.row->spec = (struct crowd_spec){ .workload = crowd_workloads,
					   .accel = &accel_thread,
					   .guests = 1,
					   .vcpus = 2,
					   .clock_hz = 1000000000 };
	b.row->ok = true;
	b.row->over.baseline = -1;
	assert_int_equal(runs_open(&b.rounds, 1, &b.row->over, sizeof(*b.row)), 0);
	for (unsigned m = 0; m < METRICS; m++)
		value[m] = NAN;
	for (unsigned i = 0; i < 3; i++) {
		value[METRIC_ROUND_TRIPS] = per_s[i];
		runs_add(&b.rounds, 0, value, i);
	}
	runs_conclude(&b.rounds);
	b.row->sum.nvcpus = 2;
	b.row->sum.duration_s = 3;
	b.row->sum.vcpu[1].voluntary = 5;
	doc = written(write_crowd, &b, &r);
	assert_true(number(r, "round_trips_per_s") == 110);
	assert_true(number(r, "handoffs_per_s") == 110);
	assert_true(number(r, "duration_s") == 1);
	assert_true(json_is_null(json_object_get(r, "gbps")));
	r = json_object_get(json_object_get(r, "ctx_switches"), "vcpus");
	assert_true(number(r, "voluntary") == 5);
	json_decref(doc);
	runs_free(&b.rounds);
	free(b.row);
}

static void pool_has_them(void **state)
{
	struct pool_bench b = { .nrows = 1, .rounds.runs = 2, .argc = 1, .argv = words };
	unsigned place[] = { 0, 1 };
	const json_t *r;
	json_t *doc;

	(void)state;
	b.row = calloc(1, sizeof(*b.row));
	assert_non_null(b.row);
	b.row->cell.engine = &pool_engine_pool;
	b.row->over.n = 2;
	b.row->over.place = place;
	b.row->over.baseline = -1;
	b.row->measured = 3;
	b.row->sum.seconds = 4.5;
	doc = written(write_pool, &b, &r);
	assert_true(number(r, "duration_s") == 1.5);
	assert_string_equal(json_string_value(json_object_get(r, "notify")), "pool");
	assert_true(json_is_null(json_object_get(r, "frames")));
	json_decref(doc);
	free(b.row);
}

static int write_tcp(const char *path, const void *bench)
{
	return tcp_write_json(bench, path);
}

static void fill_tcp(struct tcp_row *row)
{
	row->spec.cell = (struct cell_spec){ .accel = &accel_kvm,
					     .notify = &notify_direct,
					     .producer = producer_find("user"),
					     .irq = vm_irqs,
					     .frame_bytes = TCP_FRAME_BYTES,
					     .halt_poll_ns = -1 };
	row->spec.stock.kernel_name = "/boot/vmlinuz";
	row->spec.work = (struct tcp_work){ 2, 65536, 500, 2000 };
	row->ok = true;
	row->over.baseline = -1;
	row->over.scenario = "tcp";
	row->sum.said.value[SIDE_A][SAID_STREAM_NS] = 6000000000;
	row->sum.said.value[SIDE_A][SAID_RETRANSMITS] = 7;
	row->sum.said.value[SIDE_A][SAID_SENT] = 1000;
	row->sum.said.value[SIDE_B][SAID_RECEIVED] = 999;
	row->sum.said.value[SIDE_B][SAID_NET_OUT_OF_ORDER] = 4;
	row->sum.window[SAID_STREAM].notifications[SIDE_B] = 30;
	row->sum.window[SAID_STREAM].threads.accounted = true;
	row->sum.window[SAID_STREAM].threads.role[ROLE_NOTIFIER].slices = 12;
	row->sum.window[SAID_STREAM].kworkers = (struct kworker_counts){ true, 500, 5, 0 };
	row->spec.cell.preempt = "lazy";
	row->spec.cell.slice = "2x";
	row->spec.cell.slice_ns = 1400000;
}

/* Three runs of two seconds. */
static void tcp_has_them(void **state)
{
	struct tcp_bench b = { .nrows = 1, .rounds.runs = 3, .argc = 1, .argv = words };
	static const double gbps[] = { 1, 90, 1.5 };
	double value[METRICS];
	const json_t *r;
	json_t *doc;

	(void)state;
	b.row = calloc(1, sizeof(*b.row));
	assert_non_null(b.row);
	fill_tcp(b.row);
	assert_int_equal(runs_open(&b.rounds, 1, &b.row->over, sizeof(*b.row)), 0);
	for (unsigned i = 0; i < 3; i++) {
		for (unsigned m = 0; m < METRICS; m++)
			value[m] = NAN;
		value[METRIC_GBPS] = gbps[i];
		value[metric_index(metric_find("rtt_p99_us", 10))] = 100 + i;
		runs_add(&b.rounds, 0, value, i);
	}
	runs_conclude(&b.rounds);
	doc = written(write_tcp, &b, &r);
	assert_true(number(r, "gbps") == 1.5);
	assert_true(number(r, "duration_s") == 2);
	assert_true(number(r, "retransmits") == 7);
	assert_true(number(r, "lost") == 1);
	assert_true(number(r, "notifications") == 30);
	assert_true(json_is_null(json_object_get(r, "round_trips_per_s")));
	assert_true(json_is_null(json_object_get(r, "stages_us")));
	/* A time of one clock is known whatever the host's stamps are worth. */
	assert_true(json_real_value(at(r, "tcp", "rtt_us", "p99")) == 101);
	assert_int_equal(json_integer_value(at(r, "tcp", "net_b", "out_of_order_queued")), 4);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(r, "tcp"), "streams")),
			 2);
	assert_non_null(at(r, "stats", "rtt_p99_us", "median"));
	assert_string_equal(json_string_value(json_object_get(r, "preempt")), "lazy");
	assert_true(number(json_object_get(r, "slice"), "ns") == 1400000);
	assert_true(number(json_object_get(r, "irq_path"), "kworker_run_delay_ns") == 500);
	r = json_object_get(json_object_get(r, "ctx_switches"), "notifier");
	assert_true(number(r, "runs") == 12);
	json_decref(doc);
	runs_free(&b.rounds);
	free(b.row);
}

static int write_bench(const char *path, const void *bench)
{
	return bench_write_json(bench, path);
}

/* A bench of one combination that was not measured. */
static struct bench *a_bench(const char *producer)
{
	struct bench *b = calloc(1, sizeof(*b));

	assert_non_null(b);
	host_read(&b->host, "");
	b->accel = &accel_thread;
	b->argc = 1;
	b->argv = words;
	b->nrows = 1;
	b->row = calloc(1, sizeof(*b->row));
	assert_non_null(b->row);
	b->row->over.baseline = -1;
	b->row->spec = (struct cell_spec){ .accel = &accel_thread,
					   .notify = &notify_direct,
					   .producer = producer_find(producer),
					   .irq = vm_irqs,
					   .frame_bytes = 9014,
					   .ring_size = 2048,
					   .halt_poll_ns = -1 };
	return b;
}

static void end_bench(struct bench *b)
{
	free(b->row);
	free(b);
}

/* The conditions of --details; the caller frees them. */
static char *conditions(const struct bench *b)
{
	struct text_made made;

	bench_print_conditions(b, text_begin(&made));
	return text_end(&made);
}

static void the_kernels_link_is_in_them(void **state)
{
	struct bench *b = a_bench("vhost-net");
	const json_t *r, *link;
	json_t *doc;
	char *text;

	(void)state;
	doc = written(write_bench, b, &r);
	link = json_object_get(r, "link");
	assert_string_equal(json_string_value(json_object_get(link, "kind")), "bridge");
	assert_true(number(link, "mtu") == 9000);
	assert_true(number(link, "tx_queue_len") == 2048);
	json_decref(doc);
	text = conditions(b);
	assert_non_null(strstr(text, "\nlink     bridge of two taps, MTU 9000, "
				     "tx queue of 2048 frames\n"));
	free(text);
	end_bench(b);
}

static void our_own_backend_has_no_link(void **state)
{
	struct bench *b = a_bench("user");
	const json_t *r;
	json_t *doc;
	char *text;

	(void)state;
	doc = written(write_bench, b, &r);
	assert_true(json_is_null(json_object_get(r, "link")));
	json_decref(doc);
	text = conditions(b);
	assert_null(strstr(text, "link"));
	free(text);
	end_bench(b);
}

static int write_backend(const char *path, const void *result)
{
	return backend_write_json(result, path);
}

/* A session of two seconds, of which the front ends were both there for one. */
static void fill_session(struct backend_result *r, struct session *s)
{
	s->begun_ns = 1000000000;
	s->looked_ns = 3000000000;
	s->attached_ns = 1000000000;
	for (unsigned i = 0; i < 100; i++)
		hist_add(&s->side[SIDE_B].worker, 1000);
	r->stats.flow[SIDE_A].frames = 10;
	r->stats.flow[SIDE_A].bytes = 125000000;
	r->stats.port[SIDE_B].decided = r->stats.port[SIDE_B].delivered = 7;
	r->stats.port[SIDE_A].breaks_by[VIRTQ_LOOP] = 1;
	r->stats.pair[SIDE_A][0].queue[NET_TX] = (struct queue_stats){ 500, 4, 3 };
	r->side[SIDE_A].connections = 3;
	r->side[SIDE_A].features = 1ull << 32 | 1ull << 29;
	r->side[SIDE_A].ring[NET_TX] = (struct user_door_ring){ 256, 65535, 8 };
}

static void assert_session(const json_t *r)
{
	const json_t *tx = json_object_get(at(r, "front_ends", "a", "rings"), "tx");

	assert_true(number(r, "gbps") == 1);
	assert_true(number(r, "duration_s") == 2);
	assert_true(json_is_null(json_object_get(r, "asked_s")));
	assert_true(json_is_true(json_object_get(r, "conserved")));
	assert_int_equal(json_array_size(at(r, "front_ends", "a", "features")), 2);
	assert_int_equal(json_array_size(at(r, "front_ends", "b", "features")), 0);
	assert_int_equal(json_integer_value(at(r, "front_ends", "a", "reconnects")), 2);
	assert_int_equal(json_integer_value(at(r, "front_ends", "b", "reconnects")), 0);
	assert_int_equal(json_object_size(json_object_get(json_object_get(r, "breaks"), "a")), 1);
	assert_true(number(tx, "base") == 65535);
	assert_true(number(tx, "needless_kicks") == 5);
	assert_true(json_is_true(json_object_get(tx, "polls")));
	assert_true(json_is_null(json_object_get(
		json_object_get(at(r, "front_ends", "a", "rings"), "rx"), "polls")));
}

static void backend_has_them(void **state)
{
	const struct doors_config config = { .backend = { .notify = &notify_direct,
							  .producer = producer_find("user") },
					     .features = 1ull << 32 };
	struct host *host = calloc(1, sizeof(*host));
	struct session *session = calloc(1, sizeof(*session));
	struct backend_result r = {
		.host = host, .argc = 1, .argv = words, .config = &config, .session = session
	};
	const json_t *first;
	json_t *doc;

	(void)state;
	assert_true(host && session);
	host->clock = (struct clock){ .name = "tsc", .why = "", .trusted = true };
	fill_session(&r, session);
	doc = written(write_backend, &r, &first);
	assert_session(first);
	assert_int_equal(json_integer_value(at(first, "stages_us", "worker", "n")), 100);
	json_decref(doc);
	host->clock.trusted = false;
	session->attached_ns = 0;
	doc = written(write_backend, &r, &first);
	assert_true(json_is_null(json_object_get(first, "stages_us")));
	assert_true(json_is_null(json_object_get(first, "gbps")));
	json_decref(doc);
	free(session);
	free(host);
}

int main(void)
{
	static struct suite s;

	suite_add(&s, "bench crowd has them", crowd_has_them, NULL);
	suite_add(&s, "bench pool has them", pool_has_them, NULL);
	suite_add(&s, "bench tcp has them", tcp_has_them, NULL);
	suite_add(&s, "the kernel's link is in them", the_kernels_link_is_in_them, NULL);
	suite_add(&s, "our own backend has no link", our_own_backend_has_no_link, NULL);
	suite_add(&s, "a session of backend has them", backend_has_them, NULL);
	return suite_run(&s, "keys");
}
