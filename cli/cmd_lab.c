// SPDX-License-Identifier: BSD-2-Clause
// `tandem lab`: a subcommand on stock kernels under emulation, once for each kernel and mode.
#include "cli/cmd_lab.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/plan/bench.h"
#include "bench/result/json.h"
#include "bench/result/tracefile.h"
#include "lab/lab.h"
#include "lab/build.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/lab_run.h"
#include "cli/lab_versus.h"
#include "lib/log.h"

static int boot_modes(struct lab *l, const struct lab_kernel *k, const char *modes)
{
	char mode[32];
	int err = 0;

	while (!err && lab_run_next_word(&modes, mode, sizeof(mode)))
		err = lab_run_boot(l, k, mode);
	return err;
}

/* --list: a line, and no boot. */
static void list_one(struct lab *l, const char *name, const char *modes, const char *what,
		     const char *state)
{
	printf("%-12s %-10s %-24s %s%s\n", name, l->opts.arch->name, modes, what, state);
	l->ran++;
}

static int list_stock(struct lab *l, const char *name, const char *modes)
{
	char package[320];
	bool cached;
	int err = lab_kernel_look(&l->sig, l->opts.arch, name, l->opts.refresh, package, &cached);

	if (!err) {
		list_one(l, name, modes, package, cached ? " (cached)" : " (to be fetched)");
	} else if (err != -EINTR) {
		lab_run_note(l, LAB_SKIPPED);
	}
	return err == -EINTR ? err : 0;
}

/* A kernel that is not to be had is one boot that could not start. */
static int stock(struct lab *l, const char *name, const char *modes)
{
	struct lab_kernel k;
	int err;

	if (l->opts.list)
		return list_stock(l, name, modes);
	err = lab_kernel_stock(&l->sig, l->opts.arch, name, l->opts.refresh, &k);
	if (err == -EINTR)
		return err;
	if (err) {
		lab_run_note(l, LAB_SKIPPED);
		return 0;
	}
	return boot_modes(l, &k, modes);
}

static int named(struct lab *l, const char *modes)
{
	const char *list = l->opts.kernels;
	char name[128];
	int err = 0;

	while (!err && lab_run_next_word(&list, name, sizeof(name)))
		err = stock(l, name, modes);
	return err;
}

/* One kernel for all modes where there is one, so that nothing else differs; else one for each. */
static int chosen(struct lab *l, const char *modes)
{
	const char *name = lab_kernel_default(l->opts.arch, modes);
	char mode[32];
	int err = 0;

	if (name)
		return stock(l, name, modes);
	while (!err && lab_run_next_word(&modes, mode, sizeof(mode))) {
		name = lab_kernel_default(l->opts.arch, mode);
		if (name) {
			err = stock(l, name, mode);
			continue;
		}
		log_error("lab: no stock %s kernel has preemption mode %s; give one with "
			  "--kernel=PATH",
			  l->opts.arch->name, mode);
		lab_run_note(l, LAB_SKIPPED);
	}
	return err;
}

static int own(struct lab *l, const char *modes)
{
	struct lab_kernel k;
	int err = lab_kernel_own(&l->sig, l->opts.arch, l->opts.kernel,
				 l->opts.list ? NULL : l->opts.modules, l->tmp.dir.s, &k);

	if (err == -EINTR)
		return err;
	if (!err && !l->opts.list)
		return boot_modes(l, &k, modes);
	if (err)
		lab_run_note(l, LAB_SKIPPED);
	else
		list_one(l, "-", modes, k.package, "");
	return 0;
}

/* Built from the sources that --build names. */
static int built(struct lab *l, const char *modes)
{
	struct lab_wish wish = { .arch = l->opts.arch,
				 .source = l->opts.build,
				 .patches = l->opts.patches };
	struct lab_kernel k;
	char name[160];
	bool cached;
	int err = l->opts.list ? lab_build_look(&l->sig, &wish, name, &cached)
			       : lab_build(&l->sig, &wish, &k);

	if (err == -EINTR)
		return err;
	if (!err && !l->opts.list)
		return boot_modes(l, &k, modes);
	if (!err)
		list_one(l, "-", modes, name, cached ? " (built)" : " (to be built)");
	else
		lab_run_note(l, LAB_SKIPPED);
	return 0;
}

/* What the options ask for, on one architecture. 0, or -EINTR. */
static int run_one(struct lab *l)
{
	const char *modes = l->opts.preempt ? l->opts.preempt : "current";
	int err = l->opts.list ? 0 : lab_run_prepare(l);

	if (err) {
		lab_run_note(l, LAB_SKIPPED);
		return err == -EINTR ? err : 0;
	}
	if (l->opts.build)
		return built(l, modes);
	if (l->opts.kernel)
		return own(l, modes);
	return l->opts.kernels ? named(l, modes) : chosen(l, modes);
}

/* Every mode there is, on the fewest kernels, and the newest ones. */
static int run_matrix(struct lab *l)
{
	static const struct {
		const char *arch, *kernels, *modes;
	} rows[] = {
		{ "x86_64", "6.18", "none,voluntary,full,lazy" },
		{ "x86_64", "newest", "full,lazy" },
		{ "x86_64", "newest-rt", "rt" },
		{ "arm64", "6.12", "voluntary" },
		{ "arm64", "newest", "lazy" },
		{ "arm64", "newest-rt", "rt" },
	};
	const struct lab_arch *only = l->opts.arch_given ? l->opts.arch : NULL;
	size_t i;
	int err = 0;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]) && !err; i++) {
		l->opts.arch = lab_arch_find(rows[i].arch);
		l->opts.kernels = rows[i].kernels;
		l->opts.preempt = rows[i].modes;
		if (!only || only == l->opts.arch)
			err = run_one(l);
	}
	return err;
}

static int run(struct lab *l)
{
	if (l->opts.versus)
		return lab_versus(l);
	return l->opts.matrix ? run_matrix(l) : run_one(l);
}

/* The results alone belong on standard output where they were asked for there. */
static bool prints(const struct lab_opts *o)
{
	return !o->json || strcmp(o->json, "-");
}

static int finish(struct lab *l)
{
	if (prints(&l->opts) && !l->opts.versus)
		lab_results_print(&l->results, stdout);
	if (l->opts.json && lab_results_write(&l->results, l->opts.json) && !l->status)
		l->status = 1;
	if (!l->ran && l->skipped)
		return LAB_SKIPPED;
	if (!l->ran && !l->status && !l->sig.caught) {
		log_error("lab: nothing was booted");
		return 1;
	}
	return l->status;
}

/* A kernel need not be booted to learn of a slip. Another tandem may have commands of its own. */
static int check_subcommand(const struct lab_opts *o)
{
	const char *name = o->cmd[0];

	if (o->shell || o->exec || o->tandem || command_find(name, NULL) ||
	    !strcmp(name, "--help") || !strcmp(name, "-h") || !strcmp(name, "--version"))
		return 0;
	log_error("lab: there is no command '%s'; `tandem help` lists them", name);
	return EXIT_USAGE;
}

int cmd_lab(int argc, char **argv)
{
	struct lab l = { 0 };
	int status = lab_opts_parse(&l.opts, argc, argv);

	if (status)
		return status < 0 ? 0 : status;
	status = check_subcommand(&l.opts);
	if (status)
		return status;
	if (l.opts.json && bench_check_path(l.opts.json) < 0)
		return 2;
	if (l.opts.trace && tracefile_check(l.opts.trace) < 0)
		return 2;
	if (lab_sig_open(&l.sig))
		return 1;
	if (!lab_tmp_open(&l.tmp))
		run(&l);
	else
		l.status = 1;
	lab_tmp_close(&l.tmp);
	status = finish(&l);
	lab_results_free(&l.results);
	lab_sig_close(&l.sig);
	return status;
}
