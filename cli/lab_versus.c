// SPDX-License-Identifier: BSD-2-Clause
// `tandem lab --versus`: two kernels booted by turns, and compared.
#include "cli/lab_versus.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bench/result/results.h"
#include "bench/show/doses_print.h"
#include "cli/cli.h"
#include "cli/comparison.h"
#include "lab/boots.h"
#include "lab/build.h"
#include "lib/clock.h"
#include "lib/log.h"

struct side {
	struct lab_kernel kernel;
	struct lab_results results;
};

struct versus {
	struct lab *lab;
	struct side side[LAB_SIDES];
	struct comparison comparison;
	const char *modes;
	unsigned made, of; /* boots */
	uint64_t start_ns;
};

static bool is_file(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISREG(st.st_mode);
}

/* --build's sources: as they are, and with the patches. */
static struct lab_wish wish_of(const struct lab_opts *o, unsigned s)
{
	struct lab_wish wish = { .arch = o->arch, .source = o->side[s] };

	if (o->build) {
		wish.source = o->build;
		if (s == NEW)
			wish.patches = o->patches;
	}
	return wish;
}

/* A source tree, an image, or else the name of a stock kernel. */
static int get_kernel(struct versus *v, unsigned s)
{
	struct lab *l = v->lab;
	struct lab_wish wish = wish_of(&l->opts, s);
	struct lab_kernel *k = &v->side[s].kernel;

	if (l->opts.build || lab_build_is_source(wish.source))
		return lab_build(&l->sig, &wish, k);
	if (is_file(wish.source))
		return lab_kernel_own(&l->sig, wish.arch, wish.source, NULL, l->tmp.dir.s, k);
	return lab_kernel_stock(&l->sig, wish.arch, wish.source, l->opts.refresh, k);
}

static int look_at_kernel(struct versus *v, unsigned s, char name[320], bool *cached)
{
	struct lab *l = v->lab;
	struct lab_wish wish = wish_of(&l->opts, s);

	*cached = true;
	if (l->opts.build || lab_build_is_source(wish.source))
		return lab_build_look(&l->sig, &wish, name, cached);
	snprintf(name, 320, "%s", wish.source);
	if (is_file(wish.source))
		return 0;
	return lab_kernel_look(&l->sig, wish.arch, wish.source, l->opts.refresh, name, cached);
}

static int list(struct versus *v)
{
	char name[320];
	bool cached;
	int err = 0;

	for (unsigned s = 0; s < LAB_SIDES && !err; s++) {
		err = look_at_kernel(v, s, name, &cached);
		if (!err)
			v->lab->ran += printf("%c: %s%s\n", "AB"[s], name,
					      cached ? "" : " (to be fetched or built)") > 0;
	}
	return err;
}

static void say_boot(const struct versus *v, unsigned s, const char *mode)
{
	double each = v->made ? (double)(clock_mono_ns() - v->start_ns) / 1e9 / v->made : 0;
	char left[48] = "";

	if (v->made)
		snprintf(left, sizeof(left), ", about %.0f min left",
			 each * (v->of - v->made) / 60 + 0.5);
	log_info("lab: boot %u of %u: %c, %s, preempt %s%s", v->made + 1, v->of, "AB"[s],
		 v -> side[s].kernel.package, mode, left);
}

static int boot_side(struct versus *v, unsigned s, const char *mode)
{
	int err;

	say_boot(v, s, mode);
	v->lab->also = &v->side[s].results;
	err = lab_run_boot(v->lab, &v->side[s].kernel, mode);
	v->lab->also = NULL;
	v->made++;
	return err;
}

/* A B, then B A, and so on: what drifts with time hits both alike. */
static int boot_round(struct versus *v, unsigned round)
{
	const char *modes = v->modes;
	char mode[32];
	int err = 0;

	while (!err && lab_run_next_word(&modes, mode, sizeof(mode)))
		for (unsigned i = 0; i < LAB_SIDES && !err; i++)
			err = boot_side(v, round % 2 ? LAB_SIDES - 1 - i : i, mode);
	return err;
}

static int boot_all(struct versus *v)
{
	const char *modes = v->modes;
	char mode[32];
	int err = 0;

	while (lab_run_next_word(&modes, mode, sizeof(mode)))
		v->of += LAB_SIDES * v->lab->opts.boots;
	v->start_ns = clock_mono_ns();
	for (unsigned round = 0; round < v->lab->opts.boots && !err; round++)
		err = boot_round(v, round);
	return err;
}

/* The boots of a side as one. 0, or -errno after a message. */
static int merge(const struct versus *v, unsigned s, struct results *out)
{
	const struct side *side = &v->side[s];
	unsigned failed;
	json_t *doc = lab_boots_merge(&side->results, &failed);
	int err;

	if (!doc) {
		log_error("lab: %c, %s: no boot had a result: nothing to compare", "AB"[s],
			  side -> kernel.package);
		return -ENODATA;
	}
	if (failed)
		log_warn("lab: %c, %s: %u measurement%s failed in one boot or another: it has no "
			 "value of that boot",
			 "AB"[s], side -> kernel.package, failed, failed == 1 ? "" : "s");
	err = results_from(doc, side->kernel.package, out);
	json_decref(doc);
	return err;
}

/* The dose tables of either side, where there are doses, then the comparison. Its status. */
static int conclude(struct versus *v)
{
	struct results file[LAB_SIDES] = { 0 };
	/* A script that asks is not to take a kernel without results for one that fails. */
	int err = 0, code = v->comparison.output.nfail_if ? EXIT_USAGE : EXIT_JOB;

	for (unsigned s = 0; s < LAB_SIDES && !err; s++)
		err = merge(v, s, &file[s]);
	for (unsigned s = 0; s < LAB_SIDES && !err; s++)
		doses_print(&file[s], stdout);
	if (!err) {
		puts("");
		code = comparison_run(&v->comparison, &file[OLD], &file[NEW]);
	}
	for (unsigned s = 0; s < LAB_SIDES; s++)
		results_free(&file[s]);
	return code;
}

/* A kernel that is not to be had or does not build is no verdict on either. */
static int measure(struct versus *v)
{
	int err = lab_run_prepare(v->lab);

	for (unsigned s = 0; s < LAB_SIDES && !err; s++)
		err = get_kernel(v, s);
	if (err) {
		lab_run_note(v->lab, LAB_SKIPPED);
		return err == -EINTR ? err : 0;
	}
	err = boot_all(v);
	if (!err && v->lab->ran)
		v->lab->status = conclude(v);
	return err;
}

static int run(struct versus *v)
{
	int err;

	if (!v->lab->opts.list)
		return measure(v);
	err = list(v);
	if (err)
		lab_run_note(v->lab, LAB_SKIPPED);
	return err == -EINTR ? err : 0;
}

int lab_versus(struct lab *l)
{
	struct versus *v = calloc(1, sizeof(*v));
	int err;

	if (!v) {
		l->status = cli_no_memory("lab");
		return 0;
	}
	v->lab = l;
	v->modes = l->opts.preempt ? l->opts.preempt : "current";
	l->status = comparison_read(&v->comparison, &l->opts.set);
	err = l->status ? 0 : run(v);
	for (unsigned s = 0; s < LAB_SIDES; s++)
		lab_results_free(&v->side[s].results);
	free(v);
	return err;
}
