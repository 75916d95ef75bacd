// SPDX-License-Identifier: BSD-2-Clause
// A tree of kernel sources: its files and the state they are in.
#include "lab/tree.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/log.h"

#define DEPTH_MAX 64
#define NS_PER_S 1000000000

uint64_t lab_state_bytes(uint64_t state, const void *bytes, size_t len)
{
	const unsigned char *p = bytes;

	for (size_t i = 0; i < len; i++)
		state = (state ^ p[i]) * 0x100000001b3ull;
	return state;
}

/* With its 0, so that "ab", "c" is not "a", "bc". */
uint64_t lab_state_text(uint64_t state, const char *text)
{
	return lab_state_bytes(state, text, strlen(text) + 1);
}

uint64_t lab_tree_state(const struct lab_tree *t, uint64_t state)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct lab_entry *e = &t->entry[i];

		state = lab_state_text(state, e->name);
		state = lab_state_bytes(state, &e->size, sizeof(e->size));
		state = lab_state_bytes(state, &e->mtime_ns, sizeof(e->mtime_ns));
		state = lab_state_bytes(state, &e->mode, sizeof(e->mode));
	}
	return state;
}

int lab_tree_add(struct lab_tree *t, const struct lab_entry *e)
{
	struct lab_entry *more = t->entry;

	if (t->n == t->room) {
		t->room = t->room ? t->room * 2 : 1024;
		more = realloc(t->entry, t->room * sizeof(*more));
	}
	if (!more)
		return -ENOMEM;
	t->entry = more;
	t->entry[t->n] = *e;
	t->entry[t->n].name = strdup(e->name);
	if (!t->entry[t->n].name)
		return -ENOMEM;
	t->n++;
	return 0;
}

static int by_name(const void *a, const void *b)
{
	const struct lab_entry *x = a, *y = b;

	return strcmp(x->name, y->name);
}

struct lab_entry *lab_tree_find(const struct lab_tree *t, const char *name)
{
	struct lab_entry key = { .name = (char *)name };

	return t->n ? bsearch(&key, t->entry, t->n, sizeof(key), by_name) : NULL;
}

/* Files and links. A name of git's that is no longer there is no error, nor is a submodule. */
static int add_name(struct lab_tree *t, const char *name)
{
	struct lab_path file = lab_path("%s/%s", t->root.s, name);
	struct lab_entry e = { .name = (char *)name };
	struct stat st;

	if (lstat(file.s, &st))
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode))
		return 0;
	e.size = (uint64_t)st.st_size;
	e.mtime_ns = (int64_t)st.st_mtim.tv_sec * NS_PER_S + st.st_mtim.tv_nsec;
	e.mode = st.st_mode;
	return lab_tree_add(t, &e);
}

static int walk(struct lab_tree *t, const char *below, int depth)
{
	DIR *d = opendir(lab_path("%s/%s", t->root.s, below).s);
	struct dirent *e;
	int err = d ? 0 : -errno;

	if (depth == DEPTH_MAX)
		err = -ELOOP;
	while (!err && (e = readdir(d))) {
		struct lab_path name = lab_path("%s%s%s", below, *below ? "/" : "", e->d_name);

		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		err = e->d_type == DT_DIR ? walk(t, name.s, depth + 1) : add_name(t, name.s);
	}
	if (d)
		closedir(d);
	return err;
}

/* What git knows of and what is new, but nothing that it ignores, such as objects. */
static int ask_git(struct lab_sig *sig, struct lab_tree *t)
{
	struct lab_args a = { 0 };
	char *out = NULL, *rest, *name;
	int status;

	lab_args_add(&a, "git");
	/* Whoever builds a tree trusts it already. */
	lab_args_add(&a, "-c");
	lab_args_add(&a, "safe.directory=*");
	lab_args_add(&a, "-c");
	lab_args_add(&a, "core.quotePath=off");
	lab_args_add(&a, "-C");
	lab_args_add(&a, "%s", t->root.s);
	lab_args_add(&a, "ls-files");
	lab_args_add(&a, "--cached");
	lab_args_add(&a, "--others");
	lab_args_add(&a, "--exclude-standard");
	lab_args_add(&a, "--deduplicate");
	status = lab_run(sig, &a, &out, NULL);
	for (rest = out; !status && rest && (name = strsep(&rest, "\n"));)
		if (*name)
			status = add_name(t, name);
	free(out);
	return status > 0 ? -ENOEXEC : status;
}

static bool is_git(const struct lab_tree *t)
{
	return lab_file_exists(lab_path("%s/.git", t->root.s).s) && lab_have_program("git");
}

static int check_linux(const struct lab_tree *t)
{
	char *text, *version;
	int err = lab_file_read(lab_path("%s/Makefile", t->root.s).s, &text, NULL);

	if (err) {
		log_error("lab: --build=%s: no Linux source tree: there is no Makefile", t->root.s);
		return -ENOENT;
	}
	version = strncmp(text, "VERSION =", 9) ? strstr(text, "\nVERSION =") : text;
	free(text);
	if (version)
		return 0;
	log_error("lab: --build=%s: no Linux source tree: its Makefile has no VERSION", t->root.s);
	return -ENOEXEC;
}

static int check_clean(const struct lab_tree *t)
{
	if (!lab_file_exists(lab_path("%s/.config", t->root.s).s) &&
	    !lab_file_exists(lab_path("%s/include/config", t->root.s).s))
		return 0;
	log_error("lab: --build=%s: a kernel was built in it; run make mrproper there, or give a "
		  "copy that is clean (of a git tree the lab leaves out what was built)",
		  t->root.s);
	return -EBUSY;
}

int lab_tree_read(struct lab_sig *sig, const char *root, struct lab_tree *t)
{
	bool git;
	int err;

	*t = (struct lab_tree){ .root = lab_path("%s", root) };
	git = is_git(t);
	err = check_linux(t);
	if (!err && !git)
		err = check_clean(t);
	if (err)
		return err;
	err = git ? ask_git(sig, t) : walk(t, "", 0);
	if (err)
		return err == -EINTR ? err : log_errno(err, "lab: --build=%s: its files", root);
	qsort(t->entry, t->n, sizeof(*t->entry), by_name);
	return 0;
}

void lab_tree_free(struct lab_tree *t)
{
	for (size_t i = 0; i < t->n; i++)
		free(t->entry[i].name);
	free(t->entry);
	*t = (struct lab_tree){ .n = 0 };
}
