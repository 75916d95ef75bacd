// SPDX-License-Identifier: BSD-2-Clause
// What a benchmark makes of its runs: labels, baselines, verdicts of cells and controls, the keys in JSON.
#include "tests/common/suite.h"
#include "tests/common/text.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/plan/bench.h"
#include "bench/plan/floors.h"
#include "bench/plan/names.h"
#include "bench/result/json_runs.h"
#include "bench/show/print.h"
#include "bench/show/report.h"
#include "bench/show/report_bench.h"
#include "bench/show/report_cells.h"
#include "bench/show/runs_print.h"
#include "vhost/strategies.h"
#include "vmm/vm.h"

#define RUNS 10u

struct fixture {
	struct bench b;
	struct bench_row row[BENCH_CELLS_MAX];
	struct cell_result result;
	uint64_t seed;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f)
		return -1;
	f->b.row = f->row;
	f->b.rounds.runs = RUNS;
	f->b.details = true;
	f->b.accel = &accel_thread;
	f->b.host.clock.trusted = true;
	f->seed = 4711;
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	runs_free(&f->b.rounds);
	free(f);
	return 0;
}

static struct cell_spec *add_cell(struct fixture *f, enum scenario s, const char *notify,
				  const char *producer, const char *control, const char *preempt)
{
	struct cell_spec *spec = &f->row[f->b.nrows++].spec;

	*spec = (struct cell_spec){
		.scenario = s,
		.accel = &accel_thread,
		.notify = notify_find(notify),
		.producer = producer_find(producer),
		.irq = vm_irqs,
		.control = control,
		.preempt = preempt,
	};
	return spec;
}

/* A run of so many Gb/s, 10 % noise, with 100 notifications of `us`. */
static void add_run(struct fixture *f, unsigned i, double gbps, double us)
{
	double noise = 0.9 + 0.2 * (suite_random(&f->seed) / 4294967296.0);
	struct cell_result *r = &f->result;
	double value[METRICS];

	memset(r, 0, sizeof(*r));
	r->ok = r->conserved = true;
	r->duration_s = 0.5;
	r->bytes = (uint64_t)(gbps * noise * 1e9 / 8 * r->duration_s);
	r->rounds = (uint64_t)(1000 * noise);
	for (unsigned n = 0; n < 100; n++)
		hist_add(&r->latency[SIDE_B].notify, (uint64_t)(us * noise * 1e3));
	metric_values(&f->row[i].spec, r, value);
	runs_add(&f->b.rounds, i, value, f->row[i].over.n * f->b.nrows + i);
}

static void open_runs(struct fixture *f)
{
	assert_int_equal(runs_name(&f->b), 0);
	assert_int_equal(runs_open(&f->b.rounds, f->b.nrows, &f->row->over, sizeof(*f->row)), 0);
}

static const struct row_runs *over(const struct fixture *f, unsigned i)
{
	return &f->row[i].over;
}

static void labels_are_unique_and_baselines_the_first_of_a_scenario(void **state)
{
	struct fixture *f = *state;
	struct cell_spec *gated;

	add_cell(f, SCENARIO_STREAM, "direct", "user", NULL, NULL);
	add_cell(f, SCENARIO_STREAM, "direct", "user", NULL, NULL);
	add_cell(f, SCENARIO_STREAM, "direct", "batch", NULL, NULL)->loop = "gated";
	add_cell(f, SCENARIO_RR, "unbound", "sqpoll", NULL, NULL);
	add_cell(f, SCENARIO_RR, "direct", "user", NULL, NULL);
	add_cell(f, SCENARIO_STREAM, "direct", "batch", NULL, NULL)->load.rate = 5000;
	gated = add_cell(f, SCENARIO_STREAM, "direct", "batch", NULL, NULL);
	gated->loop = "gated";
	gated->load.rate = 5000;
	open_runs(f);
	assert_string_equal(over(f, 5)->label, "stream direct batch open=5000");
	assert_string_equal(over(f, 6)->label, "stream direct batch gated open=5000");
	assert_string_equal(over(f, 0)->label, "stream direct");
	assert_string_equal(over(f, 1)->label, "stream direct #2");
	assert_string_equal(over(f, 2)->label, "stream direct batch gated");
	assert_string_equal(over(f, 3)->label, "rr unbound sqpoll");
	assert_int_equal(over(f, 0)->baseline, -1);
	assert_int_equal(over(f, 1)->baseline, 0);
	assert_int_equal(over(f, 2)->baseline, -1);
	assert_int_equal(over(f, 3)->baseline, -1);
	assert_int_equal(over(f, 4)->baseline, 3);
}

static void a_baseline_can_be_picked(void **state)
{
	struct fixture *f = *state;

	add_cell(f, SCENARIO_RR, "direct", "batch", NULL, NULL);
	add_cell(f, SCENARIO_RR, "direct", "sqpoll", "user", NULL);
	add_cell(f, SCENARIO_RR, "direct", "sqpoll", NULL, NULL);
	f->b.rounds.plan.baseline = "sqpoll";
	open_runs(f);
	assert_int_equal(over(f, 0)->baseline, 2);
	assert_int_equal(over(f, 2)->baseline, -1);
	f->b.rounds.plan.baseline = "sqpoll unbound";
	assert_int_equal(runs_name(&f->b), -ENOENT);
}

/* Two modes with the same cells and controls, as `bench table` has them. */
static void add_matrix(struct fixture *f)
{
	static const char *const modes[] = { "full", "lazy" };

	for (unsigned m = 0; m < 2; m++) {
		add_cell(f, SCENARIO_STREAM, "direct", "batch", NULL, modes[m]);
		add_cell(f, SCENARIO_STREAM, "deferred", "batch", NULL, modes[m]);
		add_cell(f, SCENARIO_STREAM, "deferred", "user", "user", modes[m]);
		add_cell(f, SCENARIO_STREAM, "deferred", "batch", "fifo", modes[m])->worker_fifo =
			1;
		add_cell(f, SCENARIO_STREAM, "deferred", "batch", "aa", modes[m]);
	}
}

static void controls_are_compared_with_what_they_must_equal(void **state)
{
	struct fixture *f = *state;

	add_matrix(f);
	open_runs(f);
	assert_string_equal(over(f, 9)->label, "stream deferred batch lazy control aa");
	/* The first mode: A/A has its twin, the others only the usual baseline. */
	assert_int_equal(over(f, 4)->baseline, 1);
	assert_int_equal(over(f, 2)->baseline, 0);
	assert_int_equal(over(f, 3)->baseline, 0);
	/* The second: each with itself in the first, A/A with its twin. */
	assert_int_equal(over(f, 7)->baseline, 2);
	assert_int_equal(over(f, 8)->baseline, 3);
	assert_int_equal(over(f, 9)->baseline, 6);
	assert_int_equal(over(f, 6)->baseline, 0);
}

static void fill_matrix(struct fixture *f, double user_in_lazy)
{
	for (unsigned run = 0; run < RUNS; run++)
		for (unsigned i = 0; i < f->b.nrows; i++) {
			bool slow = i == 6 || i == 9;

			add_run(f, i, i == 7 ? user_in_lazy : slow ? 13 : 50, slow ? 720 : 2);
		}
	runs_conclude(&f->b.rounds);
}

static void an_effect_is_found_and_its_controls_are_null(void **state)
{
	struct fixture *f = *state;
	const struct contrast *c;
	int metric = -1;

	add_matrix(f);
	open_runs(f);
	fill_matrix(f, 50);
	c = &over(f, 6)->versus[METRIC_GBPS];
	assert_int_equal(c->verdict, VERDICT_LESS);
	assert_true(c->ratio > 0.2 && c->ratio < 0.32);
	assert_true(c->interval.lo < c->ratio && c->ratio < c->interval.hi);
	for (unsigned i = 7; i < 10; i++)
		assert_int_equal(runs_control(&f->b, i, &metric), CONTROL_NULL);
	assert_int_equal(runs_control(&f->b, 4, &metric), CONTROL_NULL);
	/* In the first mode there is nothing that these must equal. */
	assert_int_equal(runs_control(&f->b, 2, &metric), CONTROL_NONE);
	assert_int_equal(runs_control(&f->b, 3, &metric), CONTROL_NONE);
	assert_int_equal(runs_control(&f->b, 6, &metric), CONTROL_NONE);
	assert_true(f->b.rounds.resolvable[METRIC_GBPS] > 0.02 &&
		    f->b.rounds.resolvable[METRIC_GBPS] < 0.2);
}

static void a_control_that_differs_is_said(void **state)
{
	struct fixture *f = *state;
	char text[8192] = "";
	int metric = -1;
	FILE *to;

	add_matrix(f);
	open_runs(f);
	fill_matrix(f, 30);
	assert_int_equal(runs_control(&f->b, 7, &metric), CONTROL_DIFFERS);
	assert_int_equal(metric, METRIC_GBPS);
	to = fmemopen(text, sizeof(text), "w");
	assert_non_null(to);
	runs_print(&f->b, SCENARIO_STREAM, false, to);
	runs_print_notes(&f->b, to);
	fclose(to);
	assert_non_null(strstr(text, "A CONTROL THAT DIFFERS (gbps)"));
	assert_non_null(strstr(text, "against stream deferred batch lazy: null"));
	assert_non_null(strstr(text, "effects "));
}

static void twenty_a_a_pairs_are_no_difference(void **state)
{
	struct fixture *f = *state;
	unsigned same = 0;

	for (unsigned i = 0; i < 20; i++) {
		add_cell(f, SCENARIO_STREAM, "deferred", "batch", NULL, NULL)->batch = i;
		add_cell(f, SCENARIO_STREAM, "deferred", "batch", "aa", NULL)->batch = i;
	}
	open_runs(f);
	for (unsigned run = 0; run < RUNS; run++)
		for (unsigned i = 0; i < f->b.nrows; i++)
			add_run(f, i, 50, 100);
	runs_conclude(&f->b.rounds);
	for (unsigned i = 1; i < f->b.nrows; i += 2) {
		assert_int_equal(over(f, i)->baseline, i - 1);
		same += over(f, i)->versus[METRIC_GBPS].verdict == VERDICT_SAME;
	}
	print_message("# %u of 20 A/A pairs: no difference\n", same);
	assert_true(same >= 18);
}

static unsigned index_of(const char *key)
{
	return metric_index(metric_find(key, strlen(key)));
}

static void runs_without_a_value_are_left_out(void **state)
{
	struct fixture *f = *state;
	unsigned p99 = index_of("notify_p99_us"), p50 = index_of("notify_p50_us");

	add_cell(f, SCENARIO_STREAM, "direct", "user", NULL, NULL);
	open_runs(f);
	for (unsigned run = 0; run < 6; run++)
		add_run(f, 0, 50, 100);
	runs_conclude(&f->b.rounds);
	/* 100 notifications: one lies beyond p99, fifty beyond p50. */
	assert_int_equal(over(f, 0)->summary[p99].n, 0);
	assert_true(isnan(over(f, 0)->summary[p99].median));
	assert_int_equal(over(f, 0)->summary[p50].n, 6);
	assert_true(over(f, 0)->summary[p50].median > 89 && over(f, 0)->summary[p50].median < 111);
	assert_int_equal(over(f, 0)->summary[METRIC_ROUND_TRIPS].n, 0);
}

static void json_has_the_agreed_keys(void **state)
{
	struct fixture *f = *state;
	json_t *o = json_object(), *statistics, *v;

	add_cell(f, SCENARIO_STREAM, "direct", "user", NULL, NULL);
	add_cell(f, SCENARIO_STREAM, "unbound", "user", NULL, NULL);
	f->b.rounds.plan = (struct run_plan){ .order = ORDER_ABBA, .seed = 5, .warmup = 2 };
	open_runs(f);
	for (unsigned run = 0; run < 4; run++) {
		add_run(f, 0, 50, 100);
		add_run(f, 1, 40, 100);
	}
	runs_conclude(&f->b.rounds);
	json_set_runs(o, &f->row[1].over, &f->row[0].over, f->b.host.clock.trusted);
	assert_string_equal(json_string_value(json_object_get(o, "label")), "stream unbound");
	v = json_object_get(json_object_get(o, "samples"), "gbps");
	assert_int_equal(json_array_size(v), 4);
	assert_null(json_object_get(json_object_get(o, "samples"), "notify_p99_us"));
	assert_int_equal(json_integer_value(json_array_get(json_object_get(o, "run_order"), 3)), 7);
	v = json_object_get(json_object_get(o, "stats"), "gbps");
	assert_true(json_is_real(json_object_get(v, "median")));
	assert_true(json_is_null(json_object_get(v, "ci_lo")));
	assert_int_equal(json_integer_value(json_object_get(v, "n")), 4);
	v = json_object_get(o, "vs_baseline");
	assert_string_equal(json_string_value(json_object_get(v, "cell")), "stream direct");
	/* Four runs allow no verdict. */
	assert_true(json_is_null(json_object_get(json_object_get(v, "gbps"), "different")));
	json_set_runs(o, &f->row[0].over, NULL, true);
	assert_true(json_is_null(json_object_get(o, "vs_baseline")));
	/* Without a clock that all CPUs share there are no times. */
	f->b.host.clock.trusted = false;
	json_set_runs(o, &f->row[1].over, &f->row[0].over, f->b.host.clock.trusted);
	assert_null(json_object_get(json_object_get(o, "samples"), "notify_p50_us"));
	assert_null(json_object_get(json_object_get(o, "vs_baseline"), "notify_p50_us"));
	statistics = json_statistics(&f->b.rounds, NULL);
	assert_string_equal(json_string_value(json_object_get(statistics, "order")), "abba");
	assert_int_equal(json_integer_value(json_object_get(statistics, "seed")), 5);
	assert_int_equal(json_integer_value(json_object_get(statistics, "warmup")), 2);
	v = json_object_get(json_object_get(statistics, "resolvable"), "gbps");
	assert_true(json_is_null(v));
	json_decref(statistics);
	json_decref(o);
}

/* The table, as text, to be freed. */
static char *printed(const struct fixture *f)
{
	struct text_made made;

	bench_print(&f->b, text_begin(&made));
	return text_end(&made);
}

static void what_makes_figures_useless_is_in_the_table(void **state)
{
	struct fixture *f = *state;
	struct bench_row *row = f->row;
	char *text;

	add_cell(f, SCENARIO_STREAM, "direct", "user", NULL, NULL);
	open_runs(f);
	row->ok = true;
	add_run(f, 0, 10, 3);
	text = printed(f);
	assert_null(strstr(text, "STAMPS LOST"));
	assert_null(strstr(text, "IRQ PATH"));
	assert_null(strstr(text, "STOPPED"));
	free(text);
	row->sum.latency[SIDE_B].lost = 1;
	row->interrupted = 1;
	row->spec.accel = &accel_kvm;
	/* KVM's work item ran, though the option's way is the writer's. */
	row->sum.irq_path = (struct irqpath){ .known = true };
	irqpath_add(&row->sum.irq_path, 200, &(struct kworker_counts){ true, 0, 200, 0 },
		    &(struct kworker_counts){ .readable = true });
	text = printed(f);
	assert_non_null(strstr(text, "STAMPS LOST"));
	assert_non_null(strstr(text, "OTHER IRQ PATH"));
	assert_non_null(strstr(text, "STOPPED"));
	free(text);
}

static const struct vm_irq *deferred_irq(void)
{
	for (const struct vm_irq *irq = vm_irqs; irq->name; irq++)
		if (irq->deferred)
			return irq;
	return NULL;
}

/* KVM's workers run for both guests: guest a's acknowledgements count, too. */
static void table_and_report_say_the_same(void **state)
{
	struct fixture *f = *state;
	struct bench_row *row = f->row;
	struct cell_spec *spec = add_cell(f, SCENARIO_STREAM, "direct", "sqpoll", NULL, NULL);
	struct results r;
	char *text;

	if (!deferred_irq())
		skip();
	spec->accel = &accel_kvm;
	spec->irq = deferred_irq();
	spec->loop = "gated";
	f->b.table = true;
	open_runs(f);
	row->ok = true;
	add_run(f, 0, 10, 3);
	row->sum.notifications[SIDE_A] = row->sum.notifications[SIDE_B] = 100;
	row->sum.kworkers =
		(struct kworker_counts){ .readable = true, .runs = 250, .wait_ns = 5e8 };
	row->sum.irq_path = (struct irqpath){ .known = true };
	irqpath_add(&row->sum.irq_path, 200, &(struct kworker_counts){ true, 0, 200, 0 },
		    &(struct kworker_counts){ .readable = true });
	assert_int_equal(report_bench_results(&f->b, &r), 0);
	assert_float_equal(report_waited_ms(r.result), 2, 1e-9);
	results_free(&r);
	text = printed(f);
	assert_non_null(strstr(text, "KVM's work item, same CPU"));
	assert_non_null(strstr(text, " 2.0000\n"));
	free(text);
}

/* One round of a hundred took a thousand times as long, in the floor as in what is held against it. */
static void a_multiple_of_the_floor_is_of_means(void **state)
{
	struct fixture *f = *state;
	struct floor_result floor = { .ok = true, .memcpy_gbps = 10 };
	struct bench_row *row = f->row;

	add_cell(f, SCENARIO_RR, "direct", "user", NULL, NULL);
	for (unsigned i = 0; i < 99; i++)
		hist_add(&floor.pingpong, 10000);
	hist_add(&floor.pingpong, 10000000);
	row->floor = &floor;
	/* Twice the floor's 2 * 109.9 us. */
	row->rounds_per_s = 1e6 / (4 * 109.9);
	assert_float_equal(floor_factor(row), 2, 1e-6);
}

int main(void)
{
	struct suite s = { .setup = setup, .teardown = teardown };

	suite_add(&s, "labels are unique, baselines the first of a scenario",
		  labels_are_unique_and_baselines_the_first_of_a_scenario, NULL);
	suite_add(&s, "a baseline can be picked by words", a_baseline_can_be_picked, NULL);
	suite_add(&s, "controls are compared with what they must equal",
		  controls_are_compared_with_what_they_must_equal, NULL);
	suite_add(&s, "an effect is found and its controls are null",
		  an_effect_is_found_and_its_controls_are_null, NULL);
	suite_add(&s, "a control that differs is said", a_control_that_differs_is_said, NULL);
	suite_add(&s, "20 A/A pairs are no difference in 18 and more",
		  twenty_a_a_pairs_are_no_difference, NULL);
	suite_add(&s, "runs without a value are left out", runs_without_a_value_are_left_out, NULL);
	suite_add(&s, "JSON has the agreed keys", json_has_the_agreed_keys, NULL);
	suite_add(&s, "what makes figures useless is in the table",
		  what_makes_figures_useless_is_in_the_table, NULL);
	suite_add(&s, "table and report say the same", table_and_report_say_the_same, NULL);
	suite_add(&s, "a multiple of the floor is of means", a_multiple_of_the_floor_is_of_means,
		  NULL);
	return suite_run(&s, "runs");
}
