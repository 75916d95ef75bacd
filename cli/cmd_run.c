// SPDX-License-Identifier: BSD-2-Clause
// tandem run: a guest pair kept running, with live counters.
#include "cli/cmd_run.h"

#include <inttypes.h>
#include <stdlib.h>

#include "bench/options/help.h"
#include "bench/plan/bench.h"
#include "bench/run/cell_run.h"
#include "cli/cli.h"
#include "cli/options.h"
#include "cli/run_linux.h"
#include "lib/log.h"

static int print_help(void)
{
	puts("Usage: tandem run [stream|rr] [OPTIONS]\n\n"
	     "Boots two guests and a backend, runs the workload (stream) and prints counters "
	     "every\n"
	     "second until --duration has passed or Ctrl-C.\n\n"
	     "Options:");
	option_help(stdout, OF_RUN);
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
	printf(", %" PRIu64 " lost, %" PRIu64 " retransmitted", r->lost, r->retransmits);
	if (!r->uncounted)
		printf(", %" PRIu64 " notifications", r->notifications[0] + r->notifications[1]);
	printf(", %" PRIu64 " interrupts\n", r->interrupts[0] + r->interrupts[1]);
}

static int run(const struct options *o, enum scenario s)
{
	struct accel_choice choice = options_accel(&o->set);
	struct options_cell cell = { .scenario = s,
				     .notify = o->notify[0],
				     .producer = o->producer[0],
				     .irq = o->irq[0],
				     .accel = choice.accel };
	struct cell_result *r = calloc(1, sizeof(*r));
	struct clock clock = clock_open();
	struct cell_spec spec;
	bool stop = false;
	int code;

	if (!r)
		return cli_no_memory("run");
	code = options_spec(o, &cell, clock.hz, &spec);
	if (!code)
		code = options_settle_accel(&o->set, &choice);
	if (!code)
		code = options_settle_producers(o);
	if (!code) {
		spec.live = true;
		spec.untrusted = !clock.trusted;
		printf("%s, notify %s, accel %s, %u-byte frames; Ctrl-C ends "
		       "it\n",
		       scenario_name(s), cell.notify->name, accel_name(choice.accel),
		       spec.frame_bytes);
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

/* Options that would have no effect. */
static int check_bundled(const struct option_set *set)
{
	static const enum option_id of_linux[] = { OPT_GUEST_KERNEL,  OPT_GUEST_INITRD,
						   OPT_GUEST_APPEND,  OPT_GUEST_MODULES,
						   OPT_GUEST_MEM,     OPT_GUEST_VCPUS,
						   OPT_GUEST_TIMEOUT, OPT_CONSOLE };

	for (size_t i = 0; i < sizeof(of_linux) / sizeof(of_linux[0]); i++) {
		if (!option_given(set, of_linux[i]))
			continue;
		log_error("run: --%s: is for stock kernels; add --guest=linux",
			  option_row(of_linux[i], OF_RUN)->name);
		return EXIT_USAGE;
	}
	return 0;
}

int cmd_run(int argc, char **argv)
{
	enum scenario s = SCENARIO_STREAM;
	struct options o;
	int err = options_parse(&o, OF_RUN, argc, argv);

	if (err)
		return err;
	if (option_given(&o.set, OPT_HELP))
		return print_help();
	if (o.set.arguments && !scenario_find(o.set.argument[0], &s)) {
		log_error("run: there is no scenario '%s'; give stream or rr", o.set.argument[0]);
		return EXIT_USAGE;
	}
	if (o.set.arguments > 1) {
		log_error("run: '%s' is one argument too many", o.set.argument[1]);
		return EXIT_USAGE;
	}
	if (option_is(&o.set, OPT_GUEST, "linux"))
		return run_linux(&o);
	err = check_bundled(&o.set);
	if (err)
		return err;
	return run(&o, s);
}
