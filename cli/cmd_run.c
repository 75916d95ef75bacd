// SPDX-License-Identifier: BSD-2-Clause
// tandem run: a guest pair kept running, with live counters.
#include <inttypes.h>
#include <stdlib.h>

#include "bench/plan/bench.h"
#include "cli/cli.h"
#include "cli/option_table.h"
#include "cli/options.h"
#include "lib/log.h"

static int print_help(void)
{
	puts("Usage: tandem run [stream|rr] [OPTIONS]\n\n"
	     "Boots two guests and a backend, runs the workload (stream) and prints counters every\n"
	     "second until --duration has passed or Ctrl-C.\n\n"
	     "Options:");
	option_table_print(stdout, OF_RUN);
	return EXIT_OK;
}

static void print_summary(const struct cell_result *r, enum scenario scenario)
{
	double per_s = r->duration_s > 0 ? 1 / r->duration_s : 0;

	printf("%" PRIu64 " frames in %.1f s, ", r->frames, r->duration_s);
	if (scenario == SCENARIO_RR)
		printf("%.0f trips/s", (double)r->rounds * per_s);
	else
		printf("%.2f Gb/s", (double)r->bytes * 8 / 1e9 * per_s);
	printf(", %" PRIu64 " lost, %" PRIu64 " retransmitted, %" PRIu64 " notifications, %" PRIu64
	       " interrupts\n",
	       r->lost, r->retransmits, r->notifications[0] + r->notifications[1],
	       r->interrupts[0] + r->interrupts[1]);
}

static int run(struct options *o, enum scenario s)
{
	const struct notify_ops *notify = o->notify[0];
	const struct accel_ops *accel = options_accel(o);
	struct cell_result *r = calloc(1, sizeof(*r));
	struct clock clock = clock_open();
	struct cell_spec spec;
	bool stop = false;
	int code;

	if (!r)
		return log_errno(EXIT_HOST, "run: out of memory");
	code = options_spec(o, s, notify, o->producer[0], o->irq[0], accel, clock.hz, &spec);
	if (!code)
		code = options_settle_accel(o, accel);
	if (!code) {
		spec.live = true;
		printf("%s, notify %s, accel %s, %u-byte frames; Ctrl-C ends it\n",
		       scenario_name(s), notify->name, accel_name(accel), spec.frame_bytes);
		cell_run(&spec, r, &stop);
		if (r->duration_s > 0)
			print_summary(r, s);
		if (!r->ok)
			log_error("run: %s", r->error);
		code = r->host_cannot			  ? EXIT_HOST
		       : r->violation			  ? EXIT_VIOLATION
		       : r->ok && !r->lost && !r->corrupt ? EXIT_OK
							  : EXIT_JOB;
	}
	free(r);
	return code;
}

int cmd_run(int argc, char **argv)
{
	enum scenario s = SCENARIO_STREAM;
	struct options o;
	const char *foreign;
	int first, err = options_parse(&o, argc, argv, &first);

	if (err)
		return err;
	if (o.help)
		return print_help();
	if (first < argc && !scenario_find(argv[first++], &s)) {
		log_error("run: there is no scenario '%s'; give stream or rr", argv[first - 1]);
		return EXIT_USAGE;
	}
	if (first < argc) {
		log_error("run: '%s' is one argument too many", argv[first]);
		return EXIT_USAGE;
	}
	foreign = options_foreign(&o, OF_RUN);
	if (foreign) {
		log_error("run: --%s is for bench; run shows one pair, live", foreign);
		return EXIT_USAGE;
	}
	options_default_notify(&o, "direct");
	if (o.nnotify > 1 || o.nproducer > 1 || o.nirq > 1) {
		log_error("run: takes one --notify, one --producer and one --irq; bench takes lists");
		return EXIT_USAGE;
	}
	return run(&o, s);
}
