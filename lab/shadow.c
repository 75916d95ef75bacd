// SPDX-License-Identifier: BSD-2-Clause
// A shadow of a source tree: links to its files, and copies of those that are patched or changed.
#include "lab/shadow.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/log.h"

struct shadow {
	const struct lab_tree *tree, *touched;
	const char *stage;
	struct lab_path source, manifest;
	struct lab_tree before; /* as the last shadow was */
	bool first;
};

static struct lab_path inside(const struct shadow *s, const char *name)
{
	return lab_path("%s/%s", s->source.s, name);
}

/* ---- what was there: a line a file: mode, size, time, patched, name */

static int read_line(struct lab_tree *before, char *line)
{
	struct lab_entry e = { .name = NULL };
	int patched, at = 0;

	if (sscanf(line, "%" SCNo32 " %" SCNu64 " %" SCNd64 " %d %n", &e.mode, &e.size, &e.mtime_ns,
		   &patched, &at) != 4 ||
	    !at)
		return -EBADMSG;
	e.name = line + at;
	e.patched = patched;
	return lab_tree_add(before, &e);
}

/* Without a manifest, or with a broken one, nothing can be said of what was built: from scratch. */
static int read_manifest(struct shadow *s)
{
	char *text, *rest, *line;
	int err = lab_file_read(s->manifest.s, &text, NULL);

	s->first = err != 0;
	if (err)
		return err == -ENOENT ? 0 : err;
	for (rest = text; !err && (line = strsep(&rest, "\n"));)
		if (*line)
			err = read_line(&s->before, line);
	free(text);
	return err;
}

/* Anew, and not in place: a lab that is killed leaves the old one or the new one. */
static int write_manifest(const struct shadow *s)
{
	struct lab_path new = lab_path("%s.new", s->manifest.s);
	FILE *f = fopen(new.s, "we");
	int err = f ? 0 : -errno;

	for (size_t i = 0; f && i < s->tree->n; i++) {
		const struct lab_entry *e = &s->tree->entry[i];
		bool patched = lab_tree_find(s->touched, e->name) != NULL;

		fprintf(f, "%" PRIo32 " %" PRIu64 " %" PRId64 " %d %s\n", e->mode, e->size,
			e->mtime_ns, patched, e->name);
	}
	/* What patches add is not the tree's, and goes when they do. */
	for (size_t i = 0; f && i < s->touched->n; i++)
		if (!lab_tree_find(s->tree, s->touched->entry[i].name))
			fprintf(f, "0 0 0 1 %s\n", s->touched->entry[i].name);
	if (f && (ferror(f) | fclose(f)))
		err = -EIO;
	return !err && rename(new.s, s->manifest.s) ? -errno : err;
}

/* ---- one file */

static int make_parent(const struct lab_path *file)
{
	struct lab_path dir = *file;

	*strrchr(dir.s, '/') = '\0';
	return lab_dir_make(dir.s);
}

static int link_to(const char *target, const struct lab_path *to)
{
	int err;

	unlink(to->s);
	if (!symlink(target, to->s))
		return 0;
	err = errno == ENOENT ? make_parent(to) : -errno;
	return err ? err : symlink(target, to->s) ? -errno : 0;
}

/* The tree's own links stay as they are: they lead to its shadow. */
static int link_file(const struct shadow *s, const struct lab_entry *e)
{
	struct lab_path from = lab_path("%s/%s", s->tree->root.s, e->name);
	struct lab_path target = { "" }, to = inside(s, e->name);

	if (!S_ISLNK(e->mode))
		return link_to(from.s, &to);
	if (readlink(from.s, target.s, sizeof(target.s) - 1) < 0)
		return -errno;
	return link_to(target.s, &to);
}

static bool is_own(const char *file)
{
	struct stat st;

	return !lstat(file, &st) && S_ISREG(st.st_mode);
}

static bool holds(const char *file, const char *data, size_t len)
{
	char *there;
	size_t n;
	bool same;

	if (!is_own(file) || lab_file_read(file, &there, &n))
		return false;
	same = n == len && !memcmp(there, data, len);
	free(there);
	return same;
}

/* A copy that says the same already keeps its time. */
static int copy_file(const struct lab_path *from, const struct lab_path *to, uint32_t mode)
{
	char *data;
	size_t len;
	int err = lab_file_read(from->s, &data, &len);

	if (err)
		return err;
	if (!holds(to->s, data, len)) {
		unlink(to->s);
		err = make_parent(to);
		if (!err)
			err = lab_file_write(to->s, data, len);
	}
	free(data);
	if (!err && chmod(to->s, (mode & 0777) | 0200))
		err = -errno;
	return err;
}

static bool changed(const struct lab_entry *was, const struct lab_entry *is)
{
	return was->patched || was->size != is->size || was->mtime_ns != is->mtime_ns ||
	       was->mode != is->mode;
}

static int show_file(const struct shadow *s, const struct lab_entry *e)
{
	const struct lab_entry *was = lab_tree_find(&s->before, e->name);
	struct lab_path from = lab_path("%s/%s", s->tree->root.s, e->name);
	struct lab_path to = inside(s, e->name);

	if (lab_tree_find(s->touched, e->name))
		return 0; /* show_patched() does it */
	if (s->first || S_ISLNK(e->mode))
		return link_file(s, e);
	return was && !changed(was, e) ? 0 : copy_file(&from, &to, e->mode);
}

static int show_patched(const struct shadow *s, const char *name)
{
	const struct lab_entry *e = lab_tree_find(s->tree, name);
	struct lab_path from = lab_path("%s/%s", s->stage, name), to = inside(s, name);

	if (lab_file_exists(from.s))
		return copy_file(&from, &to, e ? e->mode : 0644);
	return unlink(to.s) && errno != ENOENT ? -errno : 0;
}

static int remove_gone(const struct shadow *s)
{
	for (size_t i = 0; i < s->before.n; i++) {
		const char *name = s->before.entry[i].name;

		if (!lab_tree_find(s->tree, name) && !lab_tree_find(s->touched, name) &&
		    unlink(inside(s, name).s) && errno != ENOENT)
			return -errno;
	}
	return 0;
}

static int show_all(const struct shadow *s)
{
	int err = remove_gone(s);

	for (size_t i = 0; i < s->tree->n && !err; i++)
		err = show_file(s, &s->tree->entry[i]);
	for (size_t i = 0; i < s->touched->n && !err; i++)
		err = show_patched(s, s->touched->entry[i].name);
	return err;
}

int lab_shadow_make(const struct lab_tree *t, const char *stage, const struct lab_tree *touched,
		    const char *dir)
{
	struct shadow s = {
		.tree = t,
		.touched = touched,
		.stage = stage,
		.source = lab_path("%s/source", dir),
		.manifest = lab_path("%s/manifest", dir),
	};
	int err = lab_dir_make(s.source.s);

	if (!err)
		err = read_manifest(&s);
	if (!err)
		err = show_all(&s);
	if (!err)
		err = write_manifest(&s);
	lab_tree_free(&s.before);
	return err ? log_errno(err, "lab: cache %s: the shadow of %s; remove it and try again", dir,
			       t->root.s)
		   : 0;
}
