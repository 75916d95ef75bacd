// SPDX-License-Identifier: BSD-2-Clause
// Where the sources of a kernel are: a tree, or one that is unpacked into the cache first.
#include "lab/source.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lab/lock.h"
#include "lab/tree.h"
#include "lib/fd.h"
#include "lib/log.h"

bool lab_source_is_tar(const char *path)
{
	const char *slash = strrchr(path, '/'), *tar = strstr(slash ? slash : path, ".tar");

	return tar && (!tar[4] || tar[4] == '.');
}

/* The newest linux-source-*.tar.* right in `dir`. */
static bool find_debian(const char *dir, struct lab_path *tar)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	char best[256] = "";

	while (d && (e = readdir(d)))
		if (!strncmp(e->d_name, "linux-source-", 13) && lab_source_is_tar(e->d_name) &&
		    strverscmp(e->d_name, best) > 0)
			snprintf(best, sizeof(best), "%s", e->d_name);
	if (d)
		closedir(d);
	*tar = lab_path("%s/%s", dir, best);
	return *best;
}

static int untar(struct lab_sig *sig, const char *tar, const char *dir)
{
	struct lab_args a = { 0 };
	char *err = NULL;
	int status;

	lab_args_add(&a, "tar");
	lab_args_add(&a, "-xf");
	lab_args_add(&a, "%s", tar);
	lab_args_add(&a, "--no-same-owner");
	lab_args_add(&a, "--strip-components=1");
	lab_args_add(&a, "-C");
	lab_args_add(&a, "%s", dir);
	status = lab_run(sig, &a, NULL, &err);
	if (status && status != -EINTR)
		log_error("lab: --build=%s: %.*s", tar, err ? (int)strcspn(err, "\n") : 20,
			  err ? err : "tar: no such program");
	free(err);
	return status > 0 ? -EBADMSG : status;
}

/* Under another name first: what has its final name is whole. */
static int unpack(struct lab_sig *sig, const char *tar, const char *to)
{
	struct lab_path tmp = lab_path("%s.part", to);
	int err;

	lab_dir_remove(tmp.s);
	err = lab_dir_make(tmp.s);
	if (err)
		return log_errno(err, "lab: cache %s: cannot write", tmp.s);
	log_info("lab: unpacking %s, once", tar);
	err = untar(sig, tar, tmp.s);
	if (!err && rename(tmp.s, to))
		err = log_errno(-errno, "lab: cache %s", to);
	if (err)
		lab_dir_remove(tmp.s);
	return err;
}

static int find_unpacked(struct lab_sig *sig, const char *cache, const char *tar,
			 struct lab_path *tree)
{
	struct lab_path sources = lab_path("%s/sources", cache);
	uint64_t state = lab_state_text(LAB_STATE, tar);
	struct stat st;
	int err, fd;

	if (stat(tar, &st))
		return log_errno(-errno, "lab: --build=%s", tar);
	state = lab_state_bytes(state, &st.st_size, sizeof(st.st_size));
	state = lab_state_bytes(state, &st.st_mtim, sizeof(st.st_mtim));
	*tree = lab_path("%s/%016llx", sources.s, (unsigned long long)state);
	err = lab_dir_make(sources.s);
	if (err)
		return log_errno(err, "lab: cache %s: cannot write", sources.s);
	fd = lab_lock(sig, lab_path("%s.lock", tree->s).s, "unpacking these sources");
	if (fd < 0)
		return fd;
	if (!lab_file_exists(tree->s))
		err = unpack(sig, tar, tree->s);
	fd_close(&fd);
	return err;
}

int lab_source_find(struct lab_sig *sig, const char *cache, const char *at, struct lab_path *tree)
{
	char *real = realpath(at, NULL);
	struct lab_path path, tar;

	if (!real)
		return log_errno(-errno, "lab: --build=%s: give a Linux source tree", at);
	*tree = path = lab_path("%s", real);
	free(real);
	if (lab_source_is_tar(path.s))
		return find_unpacked(sig, cache, path.s, tree);
	if (lab_file_exists(lab_path("%s/Makefile", path.s).s))
		return 0;
	if (find_debian(path.s, &tar) || find_debian(lab_path("%s/usr/src", path.s).s, &tar))
		return find_unpacked(sig, cache, tar.s, tree);
	return 0; /* lab_tree_read() says that it is none */
}
