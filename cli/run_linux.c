// SPDX-License-Identifier: BSD-2-Clause
// tandem run --guest=linux: the files it takes, and how it ended.
#include "cli/run_linux.h"

#include <stdio.h>

#include "bench/run/boot.h"
#include "bench/run/cell_run.h"
#include "bench/run/confine.h"
#include "cli/cli.h"
#include "cli/guest_files.h"
#include "cli/options.h"
#include "lib/clock.h"
#include "lib/log.h"

#define FRAME_BYTES 1514u /* an MTU of 1500 */

static int settle_host(const struct options *o)
{
	struct accel_choice choice = options_accel(&o->set);

	if (!accel_needs_kvm(choice.accel) && !choice.kvm_err) {
		log_error("run: --guest=linux with --accel=thread: a stock kernel needs KVM; use "
			  "--accel=kvm");
		return EXIT_USAGE;
	}
	return guest_files_settle_kvm("run", &choice);
}

static void print_ends(const struct boot_result *r)
{
	static const char *const how[] = { "stopped", "powered off", "rebooted" };

	for (unsigned i = 0; i < SIDES; i++) {
		printf("guest %c: ", 'a' + (int)i);
		if (r->up_s[i] > 0)
			printf("up after %.1f s, ", r->up_s[i]);
		printf("%s\n", how[r->ended[i]]);
	}
}

static uint32_t milliseconds(const struct option_set *set, enum option_id id)
{
	return option_given(set, id) || option_text(set, id)
		       ? (uint32_t)(option_real(set, id) * 1e3)
		       : 0;
}

static int boot(const struct options *o, const struct stock_config *stock)
{
	struct options_cell cell = { .scenario = SCENARIO_STREAM,
				     .notify = o->notify[0],
				     .producer = o->producer[0],
				     .irq = o->irq[0],
				     .frame_bytes = FRAME_BYTES,
				     .accel = accel_find("kvm") };
	struct boot_spec spec = { .limit_ms = milliseconds(&o->set, OPT_GUEST_TIMEOUT),
				  .duration_ms = milliseconds(&o->set, OPT_DURATION),
				  .unfiltered = option_is(&o->set, OPT_FILTERS, "off") };
	struct boot_result r = { 0 };
	struct cell_spec cs;
	bool stop = false;
	int code = options_spec(o, &cell, clock_open().hz, &cs);

	if (code)
		return code;
	spec.pair = cell_pair_config(&cs, -1);
	spec.pair.stock = stock;
	spec.pair.pci = true;
	spec.console[SIDE_B] = option_text(&o->set, OPT_CONSOLE);
	boot_run(&spec, &r, &stop);
	if (r.ok)
		print_ends(&r);
	else
		log_error("run: %s", r.error);
	return r.host_cannot ? EXIT_HOST : r.violation ? EXIT_VIOLATION : r.ok ? EXIT_OK : EXIT_JOB;
}

static int read_and_boot(const struct options *o, struct guest_files *f,
			 char line[GUEST_LINE_BYTES])
{
	struct stock_config stock;
	int code = guest_files_read(f, &o->set);

	if (!code)
		code = guest_files_line(f, &o->set, "", line);
	if (code)
		return code;
	stock = guest_files_stock(f, &o->set, line);
	code = guest_files_check(f, &stock);
	if (!code)
		code = settle_host(o);
	return code ? code : boot(o, &stock);
}

int run_linux(const struct options *o)
{
	struct guest_files f = { .command = "run" };
	char line[GUEST_LINE_BYTES];
	int code;

	if (o->set.arguments) {
		log_error("run: '%s' with --guest=linux: there is no workload in a stock kernel; "
			  "leave it out",
			  o->set.argument[0]);
		return EXIT_USAGE;
	}
	if (option_given(&o->set, OPT_FEATURES)) {
		log_error("run: --features with --guest=linux: a stock kernel's driver takes what "
			  "it can; leave it out");
		return EXIT_USAGE;
	}
	code = read_and_boot(o, &f, line);
	guest_files_free(&f);
	return code;
}
