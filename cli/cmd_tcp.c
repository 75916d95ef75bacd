// SPDX-License-Identifier: BSD-2-Clause
// tandem bench tcp and bench seed: TCP between two stock Linux guests.
#include "cli/cmd_tcp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/host/host_print.h"
#include "bench/options/help.h"
#include "bench/result/json.h"
#include "bench/run/child.h"
#include "bench/tcp/json.h"
#include "bench/tcp/print.h"
#include "bench/tcp/run.h"
#include "bench/tcp/tcp.h"
#include "cli/cli.h"
#include "cli/guest_files.h"
#include "cli/options.h"
#include "cli/switches.h"
#include "cli/tcp_rows.h"
#include "lib/log.h"

static int print_help(void)
{
	puts("Usage: tandem bench tcp [OPTIONS]\n\n"
	     "Boots two stock Linux guests, of which a sends to b by TCP (--streams connections), "
	     "then\n"
	     "makes round trips of one byte; both report what their kernels counted. A combination "
	     "of\n"
	     "deliverer, producer and irq is a fresh pair of guests. It needs KVM on x86_64.\n\n"
	     "Options:");
	option_help(stdout, OF_TCP);
	return EXIT_OK;
}

static int print_seed_help(void)
{
	puts("Usage: tandem bench seed [OPTIONS]\n\n"
	     "The TCP experiment that tandem began with, as one table: for each preemption mode "
	     "who\n"
	     "delivers, from which producer, the throughput, how long the worker waited for its "
	     "CPU, and\n"
	     "retransmissions. As bench tcp, with combinations of its own: direct with msi and "
	     "ioapic (by\n"
	     "which KVM defers), deferred and unbound with msi, each from user, sqpoll and "
	     "vhost-net.\n"
	     "--preempt=full,lazy switches the host through both. It needs KVM on x86_64.\n\n"
	     "Options:");
	option_help(stdout, OF_SEED);
	return EXIT_OK;
}

static int settle_host(const struct options *o)
{
	struct accel_choice choice = options_accel(&o->set);
	int code = guest_files_settle_kvm(o->set.command->name, &choice);

	return code ? code : options_settle_producers(o);
}

static int open_switches(struct tcp_bench *b, const struct options *o)
{
	int err = switches_open(&b->preempt, &b->host, o);

	for (unsigned i = 0; i < b->nrows && !err; i++)
		err = switches_settle(&b->preempt, &b->row[i].spec.cell);
	if (err)
		preempt_close(&b->preempt);
	return err ? EXIT_HOST : 0;
}

/* No signal ends us before the mode is put back. */
static int run(struct tcp_bench *b)
{
	sigset_t old;
	int err;

	cell_block_ends(&old);
	err = tcp_bench_run(b);
	preempt_close(&b->preempt);
	b->cut |= cell_unblock_ends(&old);
	return err;
}

static int exit_code(int err)
{
	return err == -EACCES	? EXIT_VIOLATION
	       : err == -ENOSYS ? EXIT_HOST
	       : err == -ENOENT ? EXIT_USAGE
	       : err		? EXIT_JOB
				: EXIT_OK;
}

static int measure(struct tcp_bench *b, const struct options *o)
{
	const char *json = options_json(&o->set);
	/* --json=- prints the results alone on stdout. */
	FILE *text = json && strcmp(json, "-") == 0 ? stderr : stdout;
	bool lost;
	int err;

	b->rounds.runs = option_whole(&o->set, OPT_RUNS);
	b->rounds.plan = options_plan(&o->set);
	host_warn(&b->host);
	if (b->seed)
		tcp_rows_say(o);
	tcp_print_conditions(b, text);
	fflush(text);
	err = run(b);
	if (err == -ENOENT)
		return EXIT_USAGE;
	/* The file first: whoever reads the table may be gone before its end. */
	lost = json && tcp_write_json(b, json) < 0;
	tcp_print(b, text);
	fflush(text);
	return cli_end_bench(b->cut, lost ? EXIT_JOB : exit_code(err));
}

static int check_usage(const struct options *o)
{
	const char *json = options_json(&o->set);
	int code;

	if (o->set.arguments) {
		log_error("%s: unexpected argument '%s'", o->set.command->name, o->set.argument[0]);
		return EXIT_USAGE;
	}
	if (!option_is(&o->set, OPT_GUEST, "linux")) {
		log_error("%s: --guest=%s: tandem's own guest has no TCP; use --guest=linux",
			  o->set.command->name, option_text(&o->set, OPT_GUEST));
		return EXIT_USAGE;
	}
	code = tcp_rows_check(o);
	return !code && json && bench_check_path(json) < 0 ? EXIT_USAGE : code;
}

static int bench(struct tcp_bench *b, struct options *o, struct guest_files *f)
{
	struct tcp_lines *l = calloc(1, sizeof(*l));
	int code = l ? check_usage(o) : cli_no_memory(f->command);

	b->seed = o->set.command->of == OF_SEED;
	if (!code && b->seed)
		tcp_rows_choose(o);
	/* Before a kernel is fetched for nothing. */
	if (!code && guest_files_fetched(&o->set))
		code = settle_host(o);
	if (!code)
		code = guest_files_read(f, &o->set);
	if (!code)
		code = tcp_rows_lines(f, &o->set, l);
	if (!code) {
		host_read(&b->host, "");
		code = tcp_rows_add(b, o, f, l);
	}
	if (!code)
		code = settle_host(o);
	if (!code)
		code = open_switches(b, o);
	if (!code)
		code = measure(b, o);
	free(l);
	return code;
}

int cmd_bench_tcp(int argc, char **argv)
{
	bool seed = strcmp(argv[0], "seed") == 0;
	struct guest_files f = { .command = seed ? "bench seed" : "bench tcp" };
	struct options o;
	int code = options_parse(&o, seed ? OF_SEED : OF_TCP, argc, argv);
	struct tcp_bench *b;

	if (code)
		return code;
	if (option_given(&o.set, OPT_HELP))
		return seed ? print_seed_help() : print_help();
	b = calloc(1, sizeof(*b));
	if (b)
		b->row = calloc(TCP_ROWS_MAX + 1, sizeof(*b->row));
	if (b && b->row) {
		b->argc = argc;
		b->argv = argv;
		b->preempt = PREEMPT_CLOSED;
		code = bench(b, &o, &f);
	} else {
		code = cli_no_memory(f.command);
	}
	if (b) {
		runs_free(&b->rounds);
		free(b->row);
	}
	free(b);
	guest_files_free(&f);
	return code;
}
