// SPDX-License-Identifier: BSD-2-Clause
// What bench seed says of a row: who delivers, how long that one waited, under which mode; and that
// its rows switch the host.
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/tcp/print.h"
#include "bench/tcp/run.h"
#include "bench/tcp/tcp.h"
#include "tests/common/suite.h"
#include "tests/common/text.h"
#include "vhost/producers.h"
#include "vhost/strategies.h"

static const struct vm_irq plain = { .name = "msi" },
			   deferring = { .name = "ioapic", .deferred = true };

static struct tcp_row row_of(const struct notify_ops *notify, const struct vm_irq *irq)
{
	return (struct tcp_row){
		.ok = true,
		.over = { .n = 1, .baseline = -1 },
		.spec = { .cell = { .accel = &accel_kvm,
				    .notify = notify,
				    .producer = producer_find("sqpoll"),
				    .irq = irq,
				    .frame_bytes = TCP_FRAME_BYTES },
			  .work = { 1, 65536, 500, 2000 } },
	};
}

static struct tcp_window *stream_of(struct tcp_row *row)
{
	return &row->sum.window[SAID_STREAM];
}

static const char *deliverer_of(const struct notify_ops *notify, const struct vm_irq *irq)
{
	struct tcp_row row = row_of(notify, irq);

	return tcp_deliverer(&row.spec.cell);
}

static void deliverers_have_names(void **state)
{
	(void)state;
	assert_string_equal(deliverer_of(&notify_direct, &plain), "the producer itself");
	assert_string_equal(deliverer_of(&notify_direct, &deferring), "KVM's work item, same CPU");
	assert_string_equal(deliverer_of(&notify_deferred, &plain), notify_deferred.deliverer);
	/* Of two that follow each other, ours. */
	assert_string_equal(deliverer_of(&notify_unbound, &deferring), notify_unbound.deliverer);
}

static void our_worker_waits_as_its_thread_does(void **state)
{
	struct tcp_row row = row_of(&notify_deferred, &plain);
	struct role_counts *threads = &stream_of(&row)->threads;

	(void)state;
	assert_true(isnan(tcp_waited_ms(&row)));
	threads->accounted = true;
	assert_true(isnan(tcp_waited_ms(&row))); /* it never ran */
	threads->role[ROLE_NOTIFIER].slices = 4;
	threads->role[ROLE_NOTIFIER].wait_ns = 6000000;
	assert_true(tcp_waited_ms(&row) == 1.5);
	threads->accounted = false;
	assert_true(isnan(tcp_waited_ms(&row)));
}

static void kvms_workers_wait_as_kworkers_do(void **state)
{
	struct tcp_row row = row_of(&notify_direct, &deferring);
	struct kworker_counts *k = &stream_of(&row)->kworkers;

	(void)state;
	*k = (struct kworker_counts){ .readable = true, .wait_ns = 5000000, .runs = 10 };
	row.sum.said.value[SIDE_A][SAID_STREAM_INTERRUPTS] = 2;
	row.sum.said.value[SIDE_B][SAID_STREAM_INTERRUPTS] = 3;
	assert_true(tcp_waited_ms(&row) == 0.5);
	/* They did something else, too. */
	k->runs = 11;
	assert_true(isnan(tcp_waited_ms(&row)));
	k->runs = 10;
	k->readable = false;
	assert_true(isnan(tcp_waited_ms(&row)));
	/* Nobody hands over. */
	k->readable = true;
	row.spec.cell.irq = &plain;
	assert_true(isnan(tcp_waited_ms(&row)));
}

static void give_gbps(struct tcp_bench *b)
{
	double value[METRICS];

	for (unsigned m = 0; m < METRICS; m++)
		value[m] = NAN;
	value[METRIC_GBPS] = 1.25;
	for (unsigned i = 0; i < b->nrows; i++)
		b->row[i].over.n = 0;
	assert_int_equal(runs_open(&b->rounds, b->nrows, &b->row->over, sizeof(*b->row)), 0);
	runs_add(&b->rounds, 0, value, 0);
	runs_conclude(&b->rounds);
}

static void the_table_has_the_seeds_columns(void **state)
{
	static struct tcp_row row[2];
	struct tcp_bench b = { .nrows = 2, .row = row, .rounds.runs = 1, .seed = true };
	struct text_made made;
	FILE *to = text_begin(&made);
	char *text;

	(void)state;
	row[0] = row_of(&notify_deferred, &plain);
	row[0].spec.cell.preempt = "lazy";
	row[0].spec.cell.slice = "2x";
	row[1] = row_of(&notify_direct, &deferring);
	row[1].host_cannot = true;
	row[1].ok = false;
	strcpy(row[1].error, "no KVM");
	strcpy(b.host.preempt, "full");
	give_gbps(&b);
	stream_of(&row[0])->threads.accounted = true;
	stream_of(&row[0])->threads.role[ROLE_NOTIFIER].slices = 1;
	stream_of(&row[0])->threads.role[ROLE_NOTIFIER].wait_ns = 721000;
	row[0].sum.said.value[SIDE_A][SAID_RETRANSMITS] = 17;
	tcp_print(&b, to);
	text = text_end(&made);
	if (!strstr(text, "lazy 2x    worker on the producer's CPU sqpoll    msi      1.25     "
			  "0.721    17\n"))
		fail_msg("%s", text);
	if (!strstr(text, "full       KVM's work item, same CPU    sqpoll    ioapic  not possible "
			  "here: no KVM\n"))
		fail_msg("%s", text);
	free(text);
	runs_free(&b.rounds);
}

static void the_time_is_that_of_all_cells(void **state)
{
	static struct tcp_row row[3];
	struct tcp_bench b = { .nrows = 3, .row = row, .rounds = { .runs = 4, .plan.warmup = 1 } };

	(void)state;
	for (unsigned i = 0; i < 3; i++)
		row[i] = row_of(&notify_direct, &plain);
	assert_true(tcp_all_seconds(&b) == 15 * tcp_seconds(&row[0].spec));
	row[2].spec.work.duration_ms += 1000; /* of each phase */
	assert_true(tcp_all_seconds(&b) == 15 * tcp_seconds(&row[0].spec) + 5 * 2);
}

/* ---- on a stand-in of the kernel's file; without guests each row fails, in its own slice */

static uint64_t slice_in(const char *path)
{
	unsigned long long ns = 0;
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	assert_int_equal(fscanf(f, "%llu", &ns), 1);
	fclose(f);
	return ns;
}

static void rows_switch_the_host(void **state)
{
	static struct tcp_row row[2];
	struct tcp_bench b = { .nrows = 2, .row = row, .rounds = { .runs = 1 } };
	char dir[] = "/tmp/tandem-seed-XXXXXX", slice[64], note[64];
	struct preempt_paths paths = { .file = "/none", .slice = slice, .note = note };
	FILE *f;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(slice, sizeof(slice), "%s/slice", dir);
	snprintf(note, sizeof(note), "%s/note", dir);
	f = fopen(slice, "w");
	assert_non_null(f);
	fputs("1400000\n", f);
	fclose(f);
	for (unsigned i = 0; i < 2; i++) {
		row[i] = row_of(&notify_direct, &plain);
		row[i].over.n = 0;
		row[i].spec.cell.slice_ns = (i + 1) * 1400000;
		row[i].spec.cell.clock_hz = 1000000000;
		for (unsigned r = 0; r < ROLES; r++)
			sched_getaffinity(0, sizeof(cpu_set_t), &row[i].spec.cell.cpus[r]);
	}
	b.rounds.plan.order = ORDER_SEQUENTIAL;
	b.preempt = PREEMPT_CLOSED;
	assert_int_equal(preempt_open(&b.preempt, &paths, PREEMPT_SLICE), 0);
	assert_true(tcp_bench_run(&b) < 0);
	assert_true(slice_in(slice) == 2800000);
	preempt_close(&b.preempt);
	assert_true(slice_in(slice) == 1400000);
	runs_free(&b.rounds);
	unlink(slice);
	unlink(note);
	rmdir(dir);
}

int main(void)
{
	static struct suite s;

	suite_add(&s, "deliverers have names", deliverers_have_names, NULL);
	suite_add(&s, "our worker waits as its thread does", our_worker_waits_as_its_thread_does,
		  NULL);
	suite_add(&s, "KVM's workers wait as kworkers do", kvms_workers_wait_as_kworkers_do, NULL);
	suite_add(&s, "the table has the seed's columns", the_table_has_the_seeds_columns, NULL);
	suite_add(&s, "the time is that of all cells", the_time_is_that_of_all_cells, NULL);
	suite_add(&s, "rows switch the host", rows_switch_the_host, NULL);
	return suite_run(&s, "seed");
}
