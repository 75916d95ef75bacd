// SPDX-License-Identifier: BSD-2-Clause
// The results of `bench tcp` as JSON.
#include "bench/tcp/json.h"

#include <math.h>
#include <string.h>

#include "bench/options/table.h"
#include "bench/result/field.h"
#include "bench/result/json.h"
#include "bench/result/json_counters.h"
#include "bench/result/json_hist.h"
#include "bench/result/json_runs.h"
#include "bench/run/confine.h"
#include "bench/tcp/tcp.h"

static uint64_t value(const struct tcp_row *row, unsigned side, enum said_figure f)
{
	return row->sum.said.value[side][f];
}

static uint64_t of_both(const uint64_t v[SIDES])
{
	return v[SIDE_A] + v[SIDE_B];
}

static json_t *median(const struct tcp_row *row, const char *key)
{
	return json_number(tcp_median(row, key));
}

/* Those that the kernel moves nobody counts. */
static bool has_frames(const struct tcp_row *row)
{
	return !row->spec.cell.producer->not_ours;
}

/* What guests and host saw of a phase, all runs together. */
static json_t *phase_json(const struct tcp_row *row, enum said_phase phase)
{
	const struct tcp_window *w = &row->sum.window[phase];
	bool stream = phase == SAID_STREAM, counted = !row->sum.uncounted;
	enum said_figure ns = stream ? SAID_STREAM_NS : SAID_RR_NS;
	enum said_figure irqs = stream ? SAID_STREAM_INTERRUPTS : SAID_RR_INTERRUPTS;
	json_t *o = json_object();

	set(o, "seconds", json_real((double)value(row, SIDE_A, ns) / 1e9));
	set_count(o, "interrupts_a", value(row, SIDE_A, irqs));
	set_count(o, "interrupts_b", value(row, SIDE_B, irqs));
	set(o, "host_seconds", json_real(w->host_s));
	set_known(o, "notifications", counted, of_both(w->notifications));
	set_known(o, "coalesced", counted, of_both(w->coalesced));
	set_known(o, "frames_a", has_frames(row), w->frames[SIDE_A]);
	set_known(o, "frames_b", has_frames(row), w->frames[SIDE_B]);
	return o;
}

/* From /proc/net of one guest. */
static json_t *net_json(const struct tcp_row *row, unsigned side)
{
	json_t *o = json_object();

	set_count(o, "retrans_segs", value(row, side, SAID_NET_RETRANS_SEGS));
	set_count(o, "timeouts", value(row, side, SAID_NET_TIMEOUTS));
	set_count(o, "spurious_rtos", value(row, side, SAID_NET_SPURIOUS_RTOS));
	set_count(o, "fast_retrans", value(row, side, SAID_NET_FAST_RETRANS));
	set_count(o, "loss_probes", value(row, side, SAID_NET_LOSS_PROBES));
	set_count(o, "dsack_sent", value(row, side, SAID_NET_DSACK_SENT));
	set_count(o, "dsack_received", value(row, side, SAID_NET_DSACK_RECEIVED));
	set_count(o, "out_of_order_queued", value(row, side, SAID_NET_OUT_OF_ORDER));
	return o;
}

static void set_guests(json_t *o, const struct tcp_spec *s)
{
	set(o, option_key(OPT_GUEST_KERNEL), json_string(s->stock.kernel_name));
	set_count(o, option_key(OPT_GUEST_MEM), s->stock.ram_bytes >> 20);
	set_count(o, option_key(OPT_GUEST_VCPUS), s->stock.vcpus);
	set_count(o, option_key(OPT_STREAMS), s->work.streams);
	set_count(o, option_key(OPT_SIZE), s->work.size);
}

static json_t *tcp_json(const struct tcp_row *row)
{
	json_t *o = json_object(), *rtt = json_object(), *trip = json_object();

	set_guests(o, &row->spec);
	set_count(o, "sent_bytes", value(row, SIDE_A, SAID_SENT));
	set_count(o, "received_bytes", value(row, SIDE_B, SAID_RECEIVED));
	set_count(o, "acknowledged_bytes", value(row, SIDE_A, SAID_STREAM_BYTES));
	set_count(o, "round_trips", value(row, SIDE_A, SAID_RR_TRIPS));
	set_count(o, "dsack_dups", value(row, SIDE_A, SAID_DSACK_DUPS));
	set_count(rtt, "n", value(row, SIDE_A, SAID_RTT_SAMPLES));
	set(rtt, "p50", median(row, "rtt_p50_us"));
	set(rtt, "p99", median(row, "rtt_p99_us"));
	set(o, "rtt_us", rtt);
	set_count(trip, "n", value(row, SIDE_A, SAID_RR_TRIPS));
	set(trip, "p50", median(row, "trip_p50_us"));
	set(trip, "p99", median(row, "trip_p99_us"));
	set(o, "trip_us", trip);
	set(o, "stream", phase_json(row, SAID_STREAM));
	set(o, "rr", phase_json(row, SAID_RR));
	set(o, "net_a", net_json(row, SIDE_A));
	set(o, "net_b", net_json(row, SIDE_B));
	return o;
}

static void set_conditions(json_t *o, const struct tcp_bench *b, const struct tcp_row *row)
{
	const struct cell_spec *s = &row->spec.cell;

	set(o, "scenario", json_string("tcp"));
	set(o, option_key(OPT_ACCEL), json_string(accel_name(s->accel)));
	set(o, option_key(OPT_NOTIFY), json_string(s->notify->name));
	set(o, option_key(OPT_PRODUCER), json_string(s->producer->name));
	set(o, option_key(OPT_IRQ), json_string(accel_irq_name(s->accel, s->irq)));
	set(o, option_key(OPT_TRANSPORT), json_string("pci"));
	json_set_preempt(o, &b->host, s->preempt);
	set(o, "slice", json_slice(&b->host, s->slice, s->slice_ns));
	set(o, option_key(OPT_HALT_POLL),
	    s->halt_poll_ns >= 0 ? json_integer(s->halt_poll_ns) : json_null());
	set_count(o, option_key(OPT_FRAME), s->frame_bytes);
	set_count(o, option_key(OPT_RING), s->ring_size);
	set_count(o, option_key(OPT_BATCH),
		  s->producer->in_kernel && !s->producer->not_ours ? s->batch : 0);
	set_count(o, option_key(OPT_SQ_IDLE), s->producer->sqpoll ? s->sq_idle_ms : 0);
	set_count(o, option_key(OPT_BUSY_POLL), s->busy_poll_us);
	set(o, "busy_poll_auto", json_boolean(s->busy_poll_learns));
	set_count(o, option_key(OPT_BUDGET), s->producer->in_kernel ? 0 : s->budget);
	set(o, option_key(OPT_FILTERS), json_boolean(!s->unfiltered && confine_filters()));
	set(o, option_key(OPT_CPUS), json_placement(s->cpus));
	set(o, option_key(OPT_WARMUP), json_real(row->spec.work.warmup_ms / 1e3));
	set(o, option_key(OPT_DURATION), json_real(row->spec.work.duration_ms / 1e3));
}

static void set_outcome(json_t *o, const struct tcp_row *row)
{
	const struct tcp_result *r = &row->sum;
	double seconds = (double)value(row, SIDE_A, SAID_STREAM_NS) / 1e9;

	set(o, "duration_s", json_real(row->over.n ? seconds / row->over.n : 0));
	set_count(o, option_key(OPT_RUNS), row->over.n);
	set(o, "cut_short", json_boolean(row->cut || (row->ok && !row->over.n)));
	set_known(o, "interrupted_runs", r->stops_known, row->interrupted);
	set(o, "stopped_s", json_number(r->stops_known ? row->stopped_s : NAN));
	set(o, "ok", json_boolean(row->ok && row->over.n));
	set(o, "error", row->ok ? json_null() : json_string(row->error));
}

/* Bytes that did not arrive: said_agrees() has found more of them wrong. */
static uint64_t lost(const struct tcp_row *row)
{
	uint64_t sent = value(row, SIDE_A, SAID_SENT), got = value(row, SIDE_B, SAID_RECEIVED);

	return sent > got ? sent - got : 0;
}

static void set_traffic(json_t *o, const struct tcp_row *row)
{
	const struct tcp_window *stream = &row->sum.window[SAID_STREAM];
	bool counted = !row->sum.uncounted;

	set(o, "gbps", median(row, "gbps"));
	set(o, "round_trips_per_s", median(row, "round_trips_per_s"));
	set_known(o, "frames", has_frames(row), stream->frames[SIDE_A]);
	set_count(o, "lost", lost(row));
	set_count(o, "corrupt",
		  value(row, SIDE_A, SAID_CORRUPT) + value(row, SIDE_B, SAID_CORRUPT));
	set_count(o, "retransmits", value(row, SIDE_A, SAID_RETRANSMITS));
	set_count(o, "out_of_order", value(row, SIDE_B, SAID_OUT_OF_ORDER));
	set_known(o, "notifications", counted, of_both(stream->notifications));
	set_known(o, "coalesced", counted, of_both(stream->coalesced));
	set_count(o, "interrupts",
		  value(row, SIDE_A, SAID_STREAM_INTERRUPTS) +
			  value(row, SIDE_B, SAID_STREAM_INTERRUPTS));
}

static json_t *stages_json(const struct tcp_row *row)
{
	const struct tcp_window *stream = &row->sum.window[SAID_STREAM];
	json_t *o = json_object();

	set(o, "worker", json_hist(&stream->worker));
	set(o, "write", json_hist(&stream->write));
	return o;
}

/* What KVM's own workers waited; which way KVM took is not tried with such guests. */
static json_t *irq_path_json(const struct tcp_row *row)
{
	const struct kworker_counts *k = &row->sum.window[SAID_STREAM].kworkers;
	json_t *o = json_object();

	set_known(o, "kworker_runs", k->readable, k->runs);
	set_known(o, "kworker_run_delay_ns", k->readable, k->wait_ns);
	return o;
}

static json_t *row_json(const struct tcp_bench *b, const struct tcp_row *row)
{
	bool timed = b->host.clock.trusted && row->sum.window[SAID_STREAM].worker.n;
	json_t *o = json_object();

	set_conditions(o, b, row);
	set_outcome(o, row);
	set_traffic(o, row);
	set(o, "stages_us", timed ? stages_json(row) : json_null());
	set(o, "ctx_switches", json_switches(&row->sum.window[SAID_STREAM].threads));
	set(o, "irq_path", irq_path_json(row));
	set(o, "tcp", tcp_json(row));
	json_set_runs(o, &row->over,
		      row->over.baseline < 0 ? NULL : &b->row[row->over.baseline].over,
		      b->host.clock.trusted);
	json_complete(o);
	return o;
}

int tcp_write_json(const struct tcp_bench *b, const char *path)
{
	json_t *o = json_object(), *results = json_array();
	json_t *host = json_host(&b->host, accel_name(b->row[0].spec.cell.accel));

	for (unsigned i = 0; i < b->nrows; i++)
		json_array_append_new(results, row_json(b, &b->row[i]));
	set(o, "schema", json_string("tandem-bench/1"));
	set(o, "command", json_command("bench", b->argc, b->argv));
	set(host, "noise", b->noise.measured ? noise_json(&b->noise) : json_null());
	set(o, "host", host);
	set(o, "results", results);
	set(o, "statistics", json_statistics(&b->rounds, "tcp"));
	return json_write(o, path);
}
