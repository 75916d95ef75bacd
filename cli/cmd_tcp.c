// SPDX-License-Identifier: BSD-2-Clause
// tandem bench tcp: TCP between two stock Linux guests.
#include "cli/cmd_tcp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/host/host_print.h"
#include "bench/options/help.h"
#include "bench/result/json.h"
#include "bench/tcp/json.h"
#include "bench/tcp/print.h"
#include "bench/tcp/run.h"
#include "bench/tcp/tcp.h"
#include "cli/cli.h"
#include "cli/guest_files.h"
#include "cli/options.h"
#include "lib/log.h"

/* What a guest is told: of one that has MSI-X, and of one that has not. */
struct lines {
	char msi[GUEST_LINE_BYTES], pin[GUEST_LINE_BYTES];
};

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

static uint32_t milliseconds(const struct option_set *set, enum option_id id)
{
	return (uint32_t)(option_real(set, id) * 1e3);
}

static struct tcp_work work_of(const struct option_set *set)
{
	return (struct tcp_work){
		.streams = option_whole(set, OPT_STREAMS),
		.size = option_whole(set, OPT_SIZE),
		.warmup_ms = milliseconds(set, OPT_WARMUP),
		.duration_ms = milliseconds(set, OPT_DURATION),
	};
}

static int make_lines(const struct guest_files *f, const struct option_set *set, struct lines *l)
{
	struct tcp_work work = work_of(set);
	char text[TCP_WORK_TEXT], own[TCP_WORK_TEXT + 64];
	int code;

	tcp_work_print(&work, text);
	snprintf(own, sizeof(own), "quiet " TCP_WORK_WORD "%s tandem.end=off", text);
	code = guest_files_line(f, set, own, l->msi);
	strncat(own, " pci=nomsi", sizeof(own) - strlen(own) - 1);
	return code ? code : guest_files_line(f, set, own, l->pin);
}

/* A driver of its own addresses its messages; what is left to choose is whether it has any. */
static int check_irq(const struct vm_irq *irq)
{
	uint64_t address;
	uint32_t data;

	if (irq == vm_irqs || !vm_irq_message(irq, &address, &data))
		return 0;
	log_error("bench tcp: --irq=%s: a Linux guest addresses its messages itself; use msi or "
		  "ioapic",
		  irq->name);
	return EXIT_USAGE;
}

static int add_row(struct tcp_bench *b, const struct options *o, const struct guest_files *f,
		   const struct lines *l, const struct options_cell *cell)
{
	struct tcp_spec *s = &b->row[b->nrows].spec;
	int code;

	if (b->nrows == TCP_ROWS_MAX) {
		log_error("bench tcp: more than %u combinations; ask for fewer", TCP_ROWS_MAX);
		return EXIT_USAGE;
	}
	code = options_spec(o, cell, b->host.clock.hz, &s->cell);
	if (code)
		return code;
	s->cell.pci = true;
	s->stock = guest_files_stock(f, &o->set, cell->irq == vm_irqs ? l->msi : l->pin);
	s->work = work_of(&o->set);
	s->limit_ms = milliseconds(&o->set, OPT_GUEST_TIMEOUT);
	b->nrows++;
	return b->nrows > 1 ? 0 : guest_files_check(f, &s->stock);
}

static int add_rows(struct tcp_bench *b, const struct options *o, const struct guest_files *f,
		    const struct lines *l)
{
	int code = 0;

	for (unsigned i = 0; i < o->nnotify * o->nproducer * o->nirq && !code; i++) {
		unsigned way = i / o->nnotify;
		struct options_cell cell = { .scenario = SCENARIO_STREAM,
					     .notify = o->notify[i % o->nnotify],
					     .producer = o->producer[way % o->nproducer],
					     .irq = o->irq[way / o->nproducer],
					     .accel = accel_find("kvm"),
					     .frame_bytes = TCP_FRAME_BYTES };

		code = add_row(b, o, f, l, &cell);
	}
	return code;
}

static int settle_host(const struct options *o)
{
	struct accel_choice choice = options_accel(&o->set);
	int code = guest_files_settle_kvm("bench tcp", &choice);

	return code ? code : options_settle_producers(o);
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
	tcp_print_conditions(b, text);
	fflush(text);
	err = tcp_bench_run(b);
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
	int code = 0;

	if (o->set.arguments) {
		log_error("bench tcp: unexpected argument '%s'", o->set.argument[0]);
		return EXIT_USAGE;
	}
	if (!option_is(&o->set, OPT_GUEST, "linux")) {
		log_error("bench tcp: --guest=%s: tandem's own guest has no TCP; use --guest=linux",
			  option_text(&o->set, OPT_GUEST));
		return EXIT_USAGE;
	}
	for (unsigned i = 0; i < o->nirq && !code; i++)
		code = check_irq(o->irq[i]);
	return !code && json && bench_check_path(json) < 0 ? EXIT_USAGE : code;
}

static int bench(struct tcp_bench *b, const struct options *o, struct guest_files *f)
{
	struct lines *l = calloc(1, sizeof(*l));
	int code = l ? check_usage(o) : cli_no_memory("bench tcp");

	/* Before a kernel is fetched for nothing. */
	if (!code && guest_files_fetched(&o->set))
		code = settle_host(o);
	if (!code)
		code = guest_files_read(f, &o->set);
	if (!code)
		code = make_lines(f, &o->set, l);
	if (!code) {
		host_read(&b->host, "");
		code = add_rows(b, o, f, l);
	}
	if (!code)
		code = settle_host(o);
	if (!code)
		code = measure(b, o);
	free(l);
	return code;
}

int cmd_bench_tcp(int argc, char **argv)
{
	struct guest_files f = { .command = "bench tcp" };
	struct options o;
	int code = options_parse(&o, OF_TCP, argc, argv);
	struct tcp_bench *b;

	if (code)
		return code;
	if (option_given(&o.set, OPT_HELP))
		return print_help();
	b = calloc(1, sizeof(*b));
	if (b)
		b->row = calloc(TCP_ROWS_MAX + 1, sizeof(*b->row));
	if (b && b->row) {
		b->argc = argc;
		b->argv = argv;
		code = bench(b, &o, &f);
	} else {
		code = cli_no_memory("bench tcp");
	}
	if (b) {
		runs_free(&b->rounds);
		free(b->row);
	}
	free(b);
	guest_files_free(&f);
	return code;
}
