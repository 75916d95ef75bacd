// SPDX-License-Identifier: BSD-2-Clause
// Kernels that the lab builds from a source tree, kept in the cache by the state of the tree.
#include "lab/build.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lab/kconfig.h"
#include "lab/lock.h"
#include "lab/make.h"
#include "lab/shadow.h"
#include "lab/source.h"
#include "lib/clock.h"
#include "lib/fd.h"
#include "lib/log.h"

/* Changes whenever the same inputs would give another kernel. */
#define RECIPE "1"

/* One wish being fulfilled. */
struct build {
	struct lab_sig *sig;
	const struct lab_wish *wish;
	struct lab_path cache;
	struct lab_tree tree;
	const char *config, *cross;
	struct lab_path work; /* what is built for this tree and architecture, state after state */
	struct lab_path done; /* what was built from just this state */
	char name[160];
};

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

/* "linux-source-7.3 + irqfd-dfl.patch": what results call it. */
static void name_kernel(struct build *b)
{
	const struct lab_patches *p = &b->wish->patches;
	struct lab_path given = lab_path("%s", b->wish->source);
	size_t n = strlen(given.s);

	while (n > 1 && given.s[n - 1] == '/')
		given.s[--n] = '\0';
	n = (size_t)snprintf(b->name, sizeof(b->name), "%.100s", base_name(given.s));
	for (unsigned i = 0; i < p->n && n < sizeof(b->name); i++)
		n += (size_t)snprintf(b->name + n, sizeof(b->name) - n, " + %s",
				      base_name(p->file[i]));
}

/* The first line of `gcc --version`: another compiler makes another kernel. */
static int compiler_state(struct build *b, uint64_t *state)
{
	struct lab_args a = { 0 };
	char *out = NULL;
	int status;

	lab_args_add(&a, "%sgcc", b->cross);
	lab_args_add(&a, "--version");
	status = lab_run(b->sig, &a, &out, NULL);
	if (out)
		*state = lab_state_text(*state, out);
	free(out);
	return status > 0 ? -EIO : status;
}

static int find_places(struct build *b)
{
	const char *arch = b->wish->arch->name;
	uint64_t state = lab_state_text(LAB_STATE, RECIPE);
	int err;

	b->work = lab_path("%s/builds/%s/%016llx", b->cache.s, arch,
			   (unsigned long long)lab_state_text(state, b->tree.root.s));
	state = lab_tree_state(&b->tree, lab_state_text(state, b->config));
	err = lab_patch_state(&b->wish->patches, &state);
	if (!err)
		err = compiler_state(b, &state);
	b->done = lab_path("%s/built/%s/%016llx", b->cache.s, arch, (unsigned long long)state);
	return err;
}

static int open_build(struct build *b, struct lab_sig *sig, const struct lab_wish *wish)
{
	struct lab_path root;
	int err;

	*b = (struct build){ .sig = sig, .wish = wish, .cache = lab_cache_dir() };
	b->config = wish->arch->config;
	b->cross = lab_arch_native() == wish->arch ? "" : wish->arch->cross;
	name_kernel(b);
	err = lab_source_find(sig, b->cache.s, wish->source, &root);
	if (!err)
		err = lab_tree_read(sig, root.s, &b->tree);
	if (!err)
		err = lab_make_check(wish->arch, b->cross);
	return err ? err : find_places(b);
}

/* How many steps the last whole build took: an estimate for the next one. */
static unsigned expected_steps(const struct build *b)
{
	struct lab_path objects = lab_path("%s/objects/vmlinux", b->work.s);
	char *text = NULL;
	unsigned n = b->wish->arch->build_steps;

	if (lab_file_exists(objects.s))
		return 0; /* what changed, and nobody knows how much that is */
	if (!lab_file_read(lab_path("%s/builds/%s/steps", b->cache.s, b->wish->arch->name).s, &text,
			   NULL) &&
	    atoi(text) > 0)
		n = (unsigned)atoi(text);
	free(text);
	return n;
}

static void keep_steps(const struct build *b, const struct lab_make *m)
{
	struct lab_path file = lab_path("%s/builds/%s/steps", b->cache.s, b->wish->arch->name);
	struct lab_path text = lab_path("%u\n", m->steps);

	/* A wrong estimate is no reason to fail. */
	if (m->expected)
		lab_file_write(file.s, text.s, strlen(text.s));
}

static int copy(const char *from, const char *to)
{
	char *data;
	size_t len;
	int err = lab_file_read(from, &data, &len);

	if (err)
		return log_errno(err, "lab: --build: %s", from);
	err = lab_file_write(to, data, len);
	free(data);
	return err ? log_errno(err, "lab: cache %s: cannot write", to) : 0;
}

/* Under another name first: what has its final name is whole. */
static int keep_result(const struct build *b, const struct lab_make *m)
{
	const struct lab_arch *arch = b->wish->arch;
	struct lab_path tmp = lab_path("%s.part", b->done.s);
	int err;

	lab_dir_remove(tmp.s);
	err = lab_dir_make(tmp.s);
	if (err)
		return log_errno(err, "lab: cache %s: cannot write", tmp.s);
	err = copy(lab_path("%s/arch/%s/boot/%s", m->objects.s, arch->srcarch, arch->image).s,
		   lab_path("%s/image", tmp.s).s);
	if (!err)
		err = copy(lab_path("%s/.config", m->objects.s).s, lab_path("%s/config", tmp.s).s);
	if (!err && rename(tmp.s, b->done.s))
		err = log_errno(-errno, "lab: cache %s", b->done.s);
	if (err)
		lab_dir_remove(tmp.s);
	return err;
}

/* The sources as they are to be built. */
static int lay_out(const struct build *b)
{
	struct lab_path stage = lab_path("%s/stage", b->work.s);
	struct lab_tree touched;
	int err = lab_patch(b->sig, &b->tree, &b->wish->patches, stage.s, &touched);

	if (!err)
		err = lab_shadow_make(&b->tree, stage.s, &touched, b->work.s);
	lab_tree_free(&touched);
	return err;
}

static int make(const struct build *b, struct lab_make *m)
{
	int err;

	*m = (struct lab_make){
		.sig = b->sig,
		.arch = b->wish->arch,
		.cross = b->cross,
		.source = lab_path("%s/source", b->work.s),
		.objects = lab_path("%s/objects", b->work.s),
		.log = lab_path("%s/build.log", b->work.s),
		.config = lab_path("%s/wanted.config", b->work.s),
		.expected = expected_steps(b),
		.what = b->name,
	};
	err = lab_dir_make(m->objects.s);
	if (!err)
		err = lab_file_write(m->config.s, b->config, strlen(b->config));
	if (err)
		return log_errno(err, "lab: cache %s: cannot write", b->work.s);
	if (m->expected)
		log_info("lab: building %s for %s: about %u files, once; later only what changed",
			 b->name, b->wish->arch->name, m->expected);
	return lab_make(m);
}

/* What was edited meanwhile is in some of what was built, and must be in all of it. */
static int check_same(const struct build *b)
{
	struct build now;
	int err = open_build(&now, b->sig, b->wish);

	if (!err && strcmp(now.done.s, b->done.s))
		err = -EAGAIN;
	lab_tree_free(&now.tree);
	return err;
}

static int build_locked(const struct build *b)
{
	uint64_t start = clock_mono_ns();
	struct lab_make m;
	int err = lay_out(b);

	if (!err)
		err = make(b, &m);
	if (!err)
		err = check_same(b);
	if (!err)
		err = keep_result(b, &m);
	if (err)
		return err;
	keep_steps(b, &m);
	log_info("lab: built %s: %u files in %.0f s", b->name, m.steps,
		 (double)(clock_mono_ns() - start) / 1e9);
	return 0;
}

static int build(const struct build *b)
{
	int err = lab_dir_make(b->work.s), fd;

	if (err)
		return log_errno(err, "lab: cache %s: cannot write", b->work.s);
	fd = lab_lock(b->sig, lab_path("%s/lock", b->work.s).s, "building from these sources");
	if (fd < 0)
		return fd;
	/* Another lab may have built it while this one waited. */
	err = lab_file_exists(b->done.s) ? 0 : build_locked(b);
	fd_close(&fd);
	return err;
}

static int open_kernel(const struct build *b, struct lab_kernel *k)
{
	memset(k, 0, sizeof(*k));
	k->image = lab_path("%s/image", b->done.s);
	k->config = lab_path("%s/config", b->done.s);
	snprintf(k->package, sizeof(k->package), "%s", b->name);
	return lab_image_look(k->image.s, &k->info);
}

static int build_once(struct lab_sig *sig, const struct lab_wish *wish, struct lab_kernel *k)
{
	struct build b;
	int err = open_build(&b, sig, wish);

	if (!err && !lab_file_exists(b.done.s))
		err = build(&b);
	if (!err)
		err = open_kernel(&b, k);
	lab_tree_free(&b.tree);
	return err;
}

int lab_build(struct lab_sig *sig, const struct lab_wish *wish, struct lab_kernel *k)
{
	int err;

	while ((err = build_once(sig, wish, k)) == -EAGAIN)
		log_info("lab: %s changed while it was built: building what changed", wish->source);
	return err;
}

int lab_build_look(struct lab_sig *sig, const struct lab_wish *wish, char name[160], bool *cached)
{
	struct build b;
	int err = open_build(&b, sig, wish);

	if (!err) {
		memcpy(name, b.name, sizeof(b.name));
		*cached = lab_file_exists(b.done.s);
	}
	lab_tree_free(&b.tree);
	return err;
}

bool lab_build_is_source(const char *path)
{
	struct stat st;

	return !stat(path, &st) && (S_ISDIR(st.st_mode) || lab_source_is_tar(path));
}
