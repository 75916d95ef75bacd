// SPDX-License-Identifier: BSD-2-Clause
// `tandem lab`: a subcommand on stock kernels under emulation, once for each kernel and mode.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/plan/bench.h"
#include "lab/lab.h"
#include "lab/boot.h"
#include "lab/build.h"
#include "lab/initrd.h"
#include "lab/kernel.h"
#include "lab/opts.h"
#include "lab/proc.h"
#include "lab/qemu.h"
#include "lab/result.h"
#include "lab/tmp.h"
#include "cli/cli.h"
#include "lib/log.h"

#define SKIPPED 77

struct lab {
	struct lab_opts opts;
	struct lab_sig sig;
	struct lab_tmp tmp;
	struct lab_results results;
	struct lab_path tandem;
	char qemu[128];
	int status;	  /* of the whole: the first failure */
	int ran, skipped; /* boots */
};

/* Keeps the first failure; 77 counts only if nothing ran. */
static void note_status(struct lab *l, int status)
{
	if (status == SKIPPED) {
		l->skipped++;
		return;
	}
	l->ran++;
	if (!l->status)
		l->status = status;
}

static void note_refused(const struct lab_boot *b, const struct lab_outcome *o)
{
	log_error("lab: %s: not in preemption mode %s; inside it says %s (%s); see tandem lab "
		  "--list for a kernel that has it",
		  b->kernel->package, b->mode, o->preempt_model, o->preempt_source);
}

static void note_done(const struct lab_boot *b, const struct lab_outcome *o)
{
	const char *kvm = b->opts->arch->kvm_module;
	char retries[64] = "";

	if (o->retries)
		snprintf(retries, sizeof(retries), ", %u boots lost to the emulator (Oops: int3)",
			 o->retries);
	if (o->modules_failed[0])
		log_warn("lab: %s: modules not loaded: %s", b->kernel->package, o->modules_failed);
	if (!strcmp(o->kvm, "no"))
		log_warn("lab: %s: no /dev/kvm inside: the kernel needs KVM%s%s, built in or in "
			 "--modules=DIR",
			 b->kernel->package, kvm ? " and " : "", kvm ? kvm : "");
	log_info("lab: %s, preempt %s (%s), %u CPU%s%s: ready after %.1f s, done after %.1f s, "
		 "status %d%s",
		 b->kernel->package, o->preempt, o->preempt_model, b->opts->smp,
		 b->opts->smp > 1 ? "s" : "",
		 b->opts->deterministic	   ? ", instruction-counted"
		 : lab_opts_turns(b->opts) ? ", in one thread"
					   : "",
		 o->ready_s, o->total_s, o->status, retries);
}

/* A result that was asked for must be there when the command says that all is well. */
static int take_result(struct lab *l, const struct lab_boot *b, const struct lab_outcome *o)
{
	if (o->file)
		return lab_results_add(&l->results, b, o, l->qemu);
	if (o->status)
		return 0;
	log_error("lab: %s: no result file came back; does %s write one with --json?",
		  b->kernel->package, b->opts->cmd[0]);
	return -ENOENT;
}

/* One kernel in one mode. 0, or -EINTR. */
static int boot(struct lab *l, const struct lab_kernel *k, const char *mode)
{
	struct lab_boot b = { .sig = &l->sig,
			      .opts = &l->opts,
			      .kernel = k,
			      .mode = mode,
			      .tandem = l->tandem.s,
			      .dir = l->tmp.dir.s };
	struct lab_outcome o;
	int err = lab_boot_run(&b, &o);

	if (err == -EINTR)
		return err;
	if (err) {
		note_status(l, err == -ECANCELED ? SKIPPED : 1);
		return 0;
	}
	if (o.refused) {
		note_refused(&b, &o);
		note_status(l, SKIPPED);
		return 0;
	}
	note_done(&b, &o);
	note_status(l, o.status);
	if (l->opts.results && take_result(l, &b, &o))
		note_status(l, 1);
	free(o.file);
	return 0;
}

/* Copies the next word of a list with commas; false at its end. */
static bool next_word(const char **list, char *word, size_t len)
{
	size_t n = *list ? strcspn(*list, ",") : 0;

	if (!n)
		return false;
	snprintf(word, len, "%.*s", (int)n, *list);
	*list += n + ((*list)[n] == ',');
	return true;
}

static int boot_modes(struct lab *l, const struct lab_kernel *k, const char *modes)
{
	char mode[32];
	int err = 0;

	while (!err && next_word(&modes, mode, sizeof(mode)))
		err = boot(l, k, mode);
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
		note_status(l, SKIPPED);
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
		note_status(l, SKIPPED);
		return 0;
	}
	return boot_modes(l, &k, modes);
}

static int named(struct lab *l, const char *modes)
{
	const char *list = l->opts.kernels;
	char name[128];
	int err = 0;

	while (!err && next_word(&list, name, sizeof(name)))
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
	while (!err && next_word(&modes, mode, sizeof(mode))) {
		name = lab_kernel_default(l->opts.arch, mode);
		if (name) {
			err = stock(l, name, mode);
			continue;
		}
		log_error("lab: no stock %s kernel has preemption mode %s; give one with "
			  "--kernel=PATH",
			  l->opts.arch->name, mode);
		note_status(l, SKIPPED);
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
		note_status(l, SKIPPED);
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
		note_status(l, SKIPPED);
	return 0;
}

/* Everything that can be known to be missing is said before anything is fetched. */
static int prepare(struct lab *l)
{
	int err = lab_qemu_check(&l->sig, &l->opts, l->qemu, sizeof(l->qemu));

	return err ? err : lab_tandem_find(&l->opts, &l->tandem);
}

/* What the options ask for, on one architecture. 0, or -EINTR. */
static int run_one(struct lab *l)
{
	const char *modes = l->opts.preempt ? l->opts.preempt : "current";
	int err = l->opts.list ? 0 : prepare(l);

	if (err) {
		note_status(l, SKIPPED);
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
	return l->opts.matrix ? run_matrix(l) : run_one(l);
}

/* The results alone belong on standard output where they were asked for there. */
static bool prints(const struct lab_opts *o)
{
	return !o->json || strcmp(o->json, "-");
}

static int finish(struct lab *l)
{
	if (prints(&l->opts))
		lab_results_print(&l->results, stdout);
	if (l->opts.json && lab_results_write(&l->results, l->opts.json) && !l->status)
		l->status = 1;
	if (!l->ran && l->skipped)
		return SKIPPED;
	if (!l->ran && !l->status) {
		log_error("lab: nothing was booted");
		return 1;
	}
	return l->status;
}

/* A kernel need not be booted to learn of a slip. Another tandem may have commands of its own. */
static int check_subcommand(const struct lab_opts *o)
{
	const char *name = o->cmd[0];

	if (o->exec || o->tandem || command_exists(name) || !strcmp(name, "--help") ||
	    !strcmp(name, "-h") || !strcmp(name, "--version"))
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
