// SPDX-License-Identifier: BSD-2-Clause
// Kernel modules for the lab: found in a tree, decompressed, in the order to load them.
#include "lab/module.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lab/file.h"
#include "lib/log.h"

#define MODULES_MAX 32
#define DEPTH_MAX 8

struct collection {
	struct lab_sig *sig;
	const char *tree;
	const char *dir;
	char names[MODULES_MAX][64]; /* in loading order */
	int n;
};

/* File names have - or _ where dependencies have _. */
static bool same_name(const char *file, const char *name)
{
	size_t n = strlen(name), i;

	for (i = 0; i < n; i++) {
		char a = file[i] == '-' ? '_' : file[i];
		char b = name[i] == '-' ? '_' : name[i];

		if (a != b)
			return false;
	}
	return !strncmp(file + n, ".ko", 3) && (!file[n + 3] || file[n + 3] == '.');
}

static bool is_module(const char *file, const void *name)
{
	return same_name(file, name);
}

static const char *decompressor(const char *file)
{
	const char *dot = strrchr(file, '.');

	if (dot && !strcmp(dot, ".xz"))
		return "xz";
	if (dot && !strcmp(dot, ".zst"))
		return "zstd";
	return dot && !strcmp(dot, ".gz") ? "gzip" : NULL;
}

/* The decompressors write to a file that we name; their output is binary. */
static int unpack(struct lab_sig *sig, const char *tool, const char *file, const char *to)
{
	struct lab_args a = { 0 };
	struct lab_path packed = lab_path("%s%s", to, strrchr(file, '.'));
	char *data = NULL, *err = NULL;
	size_t len = 0;
	int status = lab_file_read(file, &data, &len);

	if (!status)
		status = lab_file_write(packed.s, data, len);
	free(data);
	if (status)
		return log_errno(status, "lab: %s: cannot copy", file);
	lab_args_add(&a, "%s", tool);
	lab_args_add(&a, "-dqf");
	lab_args_add(&a, "%s", packed.s);
	status = lab_run(sig, &a, NULL, &err);
	if (status && status != -EINTR)
		log_error("lab: %s -d %s: %s", tool, file,
			  status == -ENOENT ? "no such program; install it"
			  : err		    ? err
					    : "failed");
	free(err);
	unlink(packed.s);
	return status > 0 ? -EIO : status;
}

static int copy(const char *from, const char *to)
{
	char *data;
	size_t len;
	int err = lab_file_read(from, &data, &len);

	if (err)
		return log_errno(err, "lab: %s: cannot read", from);
	err = lab_file_write(to, data, len);
	free(data);
	return err ? log_errno(err, "lab: %s: cannot write", to) : 0;
}

/* The value of "depends=" in the module's .modinfo: names with commas between, to be freed. */
static char *depends(const char *file)
{
	static const char key[] = "\0depends=";
	char *data, *at, *value = NULL;
	size_t len;

	if (lab_file_read(file, &data, &len))
		return NULL;
	at = memmem(data, len, key, sizeof(key) - 1);
	if (at)
		value = strdup(at + sizeof(key) - 1);
	free(data);
	return value;
}

static bool have(const struct collection *c, const char *name)
{
	int i;

	for (i = 0; i < c->n; i++)
		if (!strcmp(c->names[i], name))
			return true;
	return false;
}

static int collect(struct collection *c, const char *name, int depth);

static int collect_depends(struct collection *c, const char *file, int depth)
{
	char *list = depends(file), *rest = list, *name;
	int err = 0;

	while (!err && (name = strsep(&rest, ",")))
		if (*name)
			err = collect(c, name, depth + 1);
	free(list);
	return err;
}

/* Depth first, so that a module's number is higher than those of all it needs. */
static int collect(struct collection *c, const char *name, int depth)
{
	struct lab_path file, raw = lab_path("%s/%s.ko", c->dir, name);
	int err = lab_dir_find(c->tree, is_module, name, &file);

	if (have(c, name) || err == -ENOENT)
		return 0;
	if (err)
		return log_errno(err, "lab: modules in %s: cannot read", c->tree);
	if (c->n == MODULES_MAX || depth == DEPTH_MAX)
		return -E2BIG;
	if (decompressor(file.s))
		err = unpack(c->sig, decompressor(file.s), file.s, raw.s);
	else
		err = copy(file.s, raw.s);
	if (!err)
		err = collect_depends(c, raw.s, depth);
	if (err)
		return err;
	snprintf(c->names[c->n], sizeof(c->names[0]), "%s", name);
	if (rename(raw.s, lab_path("%s/%02d-%s.ko", c->dir, c->n, name).s))
		return log_errno(-errno, "lab: %s: cannot rename", raw.s);
	c->n++;
	return 0;
}

int lab_modules_collect(struct lab_sig *sig, const struct lab_arch *arch, const char *tree,
			const char *dir)
{
	struct collection c = { .sig = sig, .tree = tree, .dir = dir };
	size_t i;
	int err = arch->kvm_module ? collect(&c, arch->kvm_module, 0) : 0;

	for (i = 0; arch->modules[i] && !err; i++)
		err = collect(&c, arch->modules[i], 0);
	return err ? err : c.n;
}
