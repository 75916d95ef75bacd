// SPDX-License-Identifier: BSD-2-Clause
// Patches of a source tree, applied to copies of the files that they touch.
#include "lab/patch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/log.h"

static int read_patch(const char *file, char **text)
{
	int err = lab_file_read(file, text, NULL);

	return err ? log_errno(err, "lab: --patch=%s: cannot read", file) : 0;
}

int lab_patch_state(const struct lab_patches *p, uint64_t *state)
{
	char *text;
	int err = 0;

	for (unsigned i = 0; i < p->n && !err; i++) {
		err = read_patch(p->file[i], &text);
		if (err)
			break;
		*state = lab_state_text(*state, text);
		free(text);
	}
	return err;
}

/* The name behind "--- " or "+++ ", without its first directory; false: it is none of the tree. */
static bool name_of(const char *line, struct lab_path *name)
{
	const char *at = line + 4, *slash;
	int len = (int)strcspn(at, "\t\r\n ");

	slash = memchr(at, '/', (size_t)len);
	if (!slash || !strncmp(at, "/dev/null", 9))
		return false;
	len -= (int)(slash + 1 - at);
	*name = lab_path("%.*s", len, slash + 1);
	return *name->s && *name->s != '/';
}

static bool leads_out(const char *name)
{
	return !strncmp(name, "../", 3) || strstr(name, "/../");
}

static int copy_in(const struct lab_tree *t, const char *stage, const char *name)
{
	struct lab_path to = lab_path("%s/%s", stage, name), dir = to;
	char *data;
	size_t len;
	int err;

	*strrchr(dir.s, '/') = '\0';
	err = lab_dir_make(dir.s);
	if (err || lab_file_exists(to.s) || !lab_tree_find(t, name))
		return err;
	err = lab_file_read(lab_path("%s/%s", t->root.s, name).s, &data, &len);
	if (err)
		return err;
	err = lab_file_write(to.s, data, len);
	free(data);
	return err;
}

/* A file of several patches is listed once. */
static int touch(struct lab_tree *touched, const char *name)
{
	struct lab_entry e = { .name = (char *)name };
	size_t i = 0;

	while (i < touched->n && strcmp(touched->entry[i].name, name))
		i++;
	return i < touched->n ? 0 : lab_tree_add(touched, &e);
}

static int take_line(const struct lab_tree *t, const char *stage, const char *line,
		     struct lab_tree *touched)
{
	struct lab_path name;
	int err;

	if ((strncmp(line, "--- ", 4) && strncmp(line, "+++ ", 4)) || !name_of(line, &name))
		return 0;
	if (leads_out(name.s))
		return -EXDEV;
	err = copy_in(t, stage, name.s);
	return err ? err : touch(touched, name.s);
}

static int take_files(const struct lab_tree *t, const char *file, const char *stage,
		      struct lab_tree *touched)
{
	size_t before = touched->n;
	char *text, *rest, *line;
	int err = read_patch(file, &text);

	if (err)
		return err;
	for (rest = text; !err && (line = strsep(&rest, "\n"));)
		err = take_line(t, stage, line, touched);
	free(text);
	if (err)
		return log_errno(err, "lab: --patch=%s: the files that it names", file);
	if (touched->n == before && before == 0) {
		log_error("lab: --patch=%s: no patch: it names no file as --- a/FILE, +++ b/FILE",
			  file);
		return -EBADMSG;
	}
	return 0;
}

/* patch's first lines say what does not fit where. */
static void explain(const char *file, char *said)
{
	char *line, *rest = said;

	for (int n = 0; rest && n < 8 && (line = strsep(&rest, "\n"));)
		if (*line && ++n)
			log_info("patch: %s", line);
	log_error("lab: --patch=%s: does not apply to this tree", file);
}

static int apply(struct lab_sig *sig, const char *file, const char *stage)
{
	struct lab_args a = { 0 };
	char *out = NULL;
	char *path = realpath(file, NULL);
	int status;

	lab_args_add(&a, "patch");
	lab_args_add(&a, "-p1");
	lab_args_add(&a, "--batch");
	lab_args_add(&a, "--forward");
	lab_args_add(&a, "--no-backup-if-mismatch");
	lab_args_add(&a, "--reject-file=-");
	lab_args_add(&a, "--directory=%s", stage);
	lab_args_add(&a, "--input=%s", path ? path : file);
	free(path);
	status = lab_run(sig, &a, &out, NULL);
	if (status == -ENOENT)
		log_error("lab: --patch needs the program patch; apt-get install patch");
	else if (status > 0)
		explain(file, out);
	free(out);
	return status > 0 ? -EBADMSG : status;
}

static int by_name(const void *a, const void *b)
{
	const struct lab_entry *x = a, *y = b;

	return strcmp(x->name, y->name);
}

int lab_patch(struct lab_sig *sig, const struct lab_tree *t, const struct lab_patches *p,
	      const char *stage, struct lab_tree *touched)
{
	int err;

	*touched = (struct lab_tree){ .n = 0 };
	lab_dir_remove(stage);
	err = lab_dir_make(stage);
	if (err)
		return log_errno(err, "lab: cache %s: cannot write", stage);
	for (unsigned i = 0; i < p->n && !err; i++) {
		err = take_files(t, p->file[i], stage, touched);
		if (!err)
			err = apply(sig, p->file[i], stage);
	}
	if (touched->n)
		qsort(touched->entry, touched->n, sizeof(*touched->entry), by_name);
	return err;
}
