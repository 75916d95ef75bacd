// SPDX-License-Identifier: BSD-2-Clause
// Looks packages up through a private apt root, downloads and unpacks them.
#include "lab/package.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lab/apt.h"
#include "lib/log.h"

static int cache_query(struct lab_apt *apt, const char *verb, const char *arg, char **out)
{
	struct lab_args a = { 0 };
	char *err = NULL;
	int status;

	*out = NULL;
	lab_apt_args(apt, &a, "apt-cache");
	lab_args_add(&a, "%s", verb);
	if (!strcmp(verb, "show"))
		lab_args_add(&a, "--no-all-versions"); /* the newest alone */
	lab_args_add(&a, "%s", arg);
	status = lab_run(apt->sig, &a, out, &err);
	free(err);
	return status > 0 ? -ENOENT : status;
}

int lab_apt_names(struct lab_apt *apt, const char *prefix, char **names)
{
	return cache_query(apt, "pkgnames", prefix, names);
}

int lab_apt_show(struct lab_apt *apt, const char *package, char **record)
{
	int err = cache_query(apt, "show", package, record);

	return !err && !strstr(*record, "Package: ") ? -ENOENT : err;
}

char *lab_apt_field(const char *record, const char *name)
{
	size_t n = strlen(name);
	const char *line;

	for (line = record; line && *line; line = strchr(line, '\n') + 1) {
		if (!strncmp(line, name, n) && !strncmp(line + n, ": ", 2))
			return strndup(line + n + 2, strcspn(line + n + 2, "\n"));
		if (!strchr(line, '\n'))
			break;
	}
	return NULL;
}

static int download(struct lab_apt *apt, const char *packages, const char *dir)
{
	struct lab_args a = { 0 };
	char *list = strdup(packages), *rest = list, *name;
	pid_t pid;
	int status;

	lab_apt_args(apt, &a, "apt-get");
	lab_args_add(&a, "download");
	while ((name = strsep(&rest, " ")))
		lab_args_add(&a, "%s", name);
	/* It downloads into the current directory. */
	pid = lab_spawn(&a, dir, -1, -1, STDERR_FILENO);
	status = pid;
	while (pid > 0 && (status = lab_wait(apt->sig, pid, -1)) == -EAGAIN)
		;
	if (status == -EINTR)
		lab_kill(pid);
	if (status > 0)
		log_error("lab: apt-get download %s (%s): failed, see above", packages, apt->suite);
	lab_args_free(&a);
	free(list);
	return status > 0 ? -EIO : status;
}

static int unpack(struct lab_apt *apt, const char *deb, const char *dir)
{
	struct lab_args a = { 0 };
	char *err = NULL;
	int status;

	lab_args_add(&a, "dpkg-deb");
	lab_args_add(&a, "-x");
	lab_args_add(&a, "%s", deb);
	lab_args_add(&a, "%s", dir);
	status = lab_run(apt->sig, &a, NULL, &err);
	if (status && status != -EINTR)
		log_error("lab: dpkg-deb -x %s: %s", deb,
			  status == -ENOENT ? "no such program; install dpkg" : err);
	free(err);
	unlink(deb);
	return status > 0 ? -EIO : status;
}

static bool is_deb(const char *name, const void *arg)
{
	const char *dot = strrchr(name, '.');

	(void)arg;
	return dot && !strcmp(dot, ".deb");
}

int lab_apt_unpack(struct lab_apt *apt, const char *packages, const char *dir)
{
	struct lab_path debs = lab_path("%s/debs", dir), deb;
	int err = lab_dir_make(debs.s);

	if (!err)
		err = download(apt, packages, debs.s);
	while (!err && !lab_dir_find(debs.s, is_deb, NULL, &deb))
		err = unpack(apt, deb.s, dir);
	lab_dir_remove(debs.s);
	return err;
}
