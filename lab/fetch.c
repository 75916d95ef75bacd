// SPDX-License-Identifier: BSD-2-Clause
// The cache of stock kernels, and how one gets into it.
#include "lab/fetch.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lab/apt.h"
#include "lab/lock.h"
#include "lab/module.h"
#include "bench/result/replace.h"
#include "lab/package.h"
#include "lib/fd.h"
#include "lib/log.h"

#define PREFIX "linux-image-"

/* The number goes up when more is taken out of the packages than what a cache may have. */
#define KERNELS "kernels.3"

/* Is this release one of those wanted: 6.12.107+deb13-cloud-amd64? */
static bool fits(const struct lab_wanted *w, const char *release)
{
	struct lab_path tail = lab_path("-%s-%s", w->flavour, w->arch->deb);
	size_t n = strlen(w->series), len = strlen(release), t = strlen(tail.s);

	if (strncmp(release, w->series, n) || len <= t || strcmp(release + len - t, tail.s))
		return false;
	return n ? strchr(".+-", release[n]) != NULL : release[0] >= '0' && release[0] <= '9';
}

/* "newest" is what it was when last asked for, not the newest that happens to be cached. */
static struct lab_path newest_file(const char *kernels, const struct lab_wanted *w)
{
	return lab_path("%s/newest-%s", kernels, w->flavour);
}

static int find_newest(const char *kernels, const struct lab_wanted *w, struct lab_path *dir)
{
	char *release;

	bool named;

	if (lab_file_read(newest_file(kernels, w).s, &release, NULL))
		return -ENOENT;
	named = *release;
	*dir = lab_path("%s/%s", kernels, release);
	free(release);
	return named && lab_file_exists(dir->s) ? 0 : -ENOENT;
}

static int find_series(const char *kernels, const struct lab_wanted *w, struct lab_path *dir)
{
	DIR *d = opendir(kernels);
	struct dirent *e;
	char best[256] = "";

	while (d && (e = readdir(d)))
		if (fits(w, e->d_name) && strverscmp(e->d_name, best) > 0)
			snprintf(best, sizeof(best), "%s", e->d_name);
	if (d)
		closedir(d);
	*dir = lab_path("%s/%s", kernels, best);
	return *best ? 0 : -ENOENT;
}

static int find_cached(const char *kernels, const struct lab_wanted *w, struct lab_path *dir)
{
	return *w->series ? find_series(kernels, w, dir) : find_newest(kernels, w, dir);
}

/* 0; -ENOENT: the archive does not have it; another -errno: that is not known. */
static int available(struct lab_apt *apt, const char *package)
{
	char *record = NULL;
	int err = lab_apt_show(apt, package, &record);

	free(record);
	return err;
}

/*
 * Since 6.18: the image has a package, the modules, and the config where it is not among the
 * modules.
 */
static int parts_of(struct lab_apt *apt, const char *release, struct lab_path *list)
{
	struct lab_path binary = lab_path("linux-binary-%s", release);
	struct lab_path modules = lab_path("linux-modules-%s", release);
	struct lab_path base = lab_path("linux-base-%s", release);
	int config = available(apt, base.s), err = available(apt, binary.s);

	if (!err)
		err = available(apt, modules.s);
	*list = lab_path("%s %s%s%s", binary.s, modules.s, config ? "" : " ", config ? "" : base.s);
	return config && config != -ENOENT ? config : err;
}

/*
 * The packages that make up a release: one until 6.18, then two, and a third for its config
 * alone. -ENOENT when the archive lists it but no longer has all that a boot needs.
 */
static int packages_of(struct lab_apt *apt, const char *release, struct lab_path *list,
		       char **version)
{
	char *record = NULL;
	int err = lab_apt_show(apt, lab_path(PREFIX "%s", release).s, &record);

	*list = lab_path(PREFIX "%s", release);
	if (!err && strstr(record, " linux-binary-"))
		err = parts_of(apt, release, list);
	if (!err)
		*version = lab_apt_field(record, "Version");
	free(record);
	return !err && !*version ? -ENOENT : err;
}

/* The highest release in the list of package names that fits and lies below `limit`. */
static void best_below(const struct lab_wanted *w, const char *names, const char *limit,
		       char best[256])
{
	const char *line = names;

	best[0] = '\0';
	while (line && *line) {
		char name[256];

		snprintf(name, sizeof(name), "%.*s", (int)strcspn(line, "\n"), line);
		if (!strncmp(name, PREFIX, strlen(PREFIX)) && fits(w, name + strlen(PREFIX)) &&
		    strverscmp(name + strlen(PREFIX), best) > 0 &&
		    (!*limit || strverscmp(name + strlen(PREFIX), limit) < 0))
			snprintf(best, 256, "%s", name + strlen(PREFIX));
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
}

/* The newest release that fits and can be had; an archive lists some that it lacks parts of. */
static int choose(struct lab_apt *apt, const struct lab_wanted *w, char release[256],
		  struct lab_path *packages, char **version)
{
	char limit[256] = "", *names = NULL;
	int err = lab_apt_names(apt, PREFIX, &names);

	while (!err) {
		best_below(w, names, limit, release);
		err = *release ? packages_of(apt, release, packages, version) : -ENOENT;
		if (err != -ENOENT || !*release)
			break;
		err = 0;
		memcpy(limit, release, sizeof(limit));
	}
	free(names);
	return err;
}

static bool is_image(const char *name, const void *arg)
{
	(void)arg;
	return !strncmp(name, "vmlinuz", 7);
}

static bool is_config(const char *name, const void *arg)
{
	(void)arg;
	return !strncmp(name, "config-", 7) || !strcmp(name, "config");
}

/* Takes out of the unpacked packages what a boot needs: a few of some hundred megabytes. */
static int harvest(struct lab_sig *sig, const struct lab_wanted *w, const char *from,
		   const char *to)
{
	struct lab_path found, modules = lab_path("%s/modules", to);
	int err = lab_dir_find(from, is_image, NULL, &found);

	if (!err && rename(found.s, lab_path("%s/image", to).s))
		err = -errno;
	if (!err)
		err = lab_dir_make(modules.s);
	if (err)
		return log_errno(err, "lab: kernel in %s", from);
	if (!lab_dir_find(from, is_config, NULL, &found) &&
	    rename(found.s, lab_path("%s/config", to).s))
		return log_errno(-errno, "lab: %s", found.s);
	err = lab_modules_collect(sig, w->arch, from, modules.s);
	return err < 0 ? err : 0;
}

static int fill(struct lab_apt *apt, const struct lab_wanted *w, const char *packages,
		const char *about, const char *tmp)
{
	struct lab_path tree = lab_path("%s/tree", tmp);
	int err = lab_dir_make(tree.s);

	if (err)
		return log_errno(err, "lab: cache %s: cannot write", tmp);
	err = lab_apt_unpack(apt, packages, tree.s);
	if (!err)
		err = harvest(apt->sig, w, tree.s, tmp);
	lab_dir_remove(tree.s);
	if (!err)
		err = lab_file_write(lab_path("%s/package", tmp).s, about, strlen(about));
	return err;
}

static int none_such(const struct lab_wanted *w)
{
	log_error("lab: no %s %s kernel%s%s in %s of this machine's Debian archive; see "
		  "--kernels in tandem-lab(1), or give one with --kernel=PATH",
		  w->arch->name, w->flavour, *w->series ? " " : "", w->series, w->suite);
	return -ENOENT;
}

/* What the archive has for us, and whether we have it already. */
static int look(struct lab_apt *apt, const char *kernels, const struct lab_wanted *w,
		struct lab_found *f, struct lab_path *packages)
{
	char release[256], *version = NULL;
	int err = choose(apt, w, release, packages, &version);

	if (err == -ENOENT)
		return none_such(w);
	if (err)
		return err == -EINTR ? err : log_errno(err, "lab: package lists of %s", w->suite);
	f->dir = lab_path("%s/%s", kernels, release);
	f->cached = lab_file_exists(f->dir.s);
	snprintf(f->about, sizeof(f->about), PREFIX "%s %s", release, version);
	free(version);
	return 0;
}

static int look_only(struct lab_apt *apt, const char *kernels, const struct lab_wanted *w,
		     struct lab_found *f)
{
	struct lab_path packages;

	return look(apt, kernels, w, f, &packages);
}

/* Without it the archive is asked again the next time: nothing is lost. */
static void remember_newest(const char *kernels, const struct lab_wanted *w, const char *release)
{
	struct lab_path file = newest_file(kernels, w);
	int err = replace_file(file.s, release, strlen(release), NULL);

	if (err)
		log_warn("lab: %s: %s", file.s, strerror(-err));
}

/* Into a directory of its own first: what has its final name is complete. */
static int fetch(struct lab_apt *apt, const char *kernels, const struct lab_wanted *w,
		 struct lab_found *f)
{
	struct lab_path packages, tmp;
	int err = look(apt, kernels, w, f, &packages);
	const char *release;

	if (err)
		return err;
	release = strrchr(f->dir.s, '/') + 1;
	tmp = lab_path("%s/.%s", kernels, release);
	if (!f->cached) {
		log_info("lab: fetching %s from %s, once", f->about, w->suite);
		lab_dir_remove(tmp.s); /* of one that was killed */
		err = fill(apt, w, packages.s, f->about, tmp.s);
		if (!err && rename(tmp.s, f->dir.s))
			err = log_errno(-errno, "lab: %s", f->dir.s);
		if (err)
			lab_dir_remove(tmp.s);
	}
	if (!err && !*w->series)
		remember_newest(kernels, w, release);
	return err;
}

/* From the cache, else by `ask`ing the archive. */
static int find(struct lab_sig *sig, const char *cache, const struct lab_wanted *w, bool refresh,
		struct lab_found *f,
		int (*ask)(struct lab_apt *, const char *, const struct lab_wanted *,
			   struct lab_found *))
{
	struct lab_path kernels = lab_path("%s/" KERNELS "/%s/%s", cache, w->arch->deb, w->suite);
	struct lab_apt apt;
	int fd, err = lab_dir_make(kernels.s);

	*f = (struct lab_found){ .cached = true };
	if (err)
		return log_errno(err, "lab: cache %s: cannot write", kernels.s);
	if (!refresh && !find_cached(kernels.s, w, &f->dir))
		return 0;
	fd = lab_lock(sig, lab_path("%s/lock", cache).s, "fetching a kernel");
	if (fd < 0)
		return fd;
	/* Another lab may have fetched it meanwhile. */
	if (refresh || find_cached(kernels.s, w, &f->dir)) {
		err = lab_apt_open(&apt, sig, w->arch, cache, w->suite, refresh);
		if (!err)
			err = ask(&apt, kernels.s, w, f);
	}
	fd_close(&fd);
	return err;
}

int lab_fetch_look(struct lab_sig *sig, const char *cache, const struct lab_wanted *w, bool refresh,
		   struct lab_found *found)
{
	return find(sig, cache, w, refresh, found, look_only);
}

int lab_fetch(struct lab_sig *sig, const char *cache, const struct lab_wanted *w, bool refresh,
	      struct lab_path *dir)
{
	struct lab_found f;
	int err = find(sig, cache, w, refresh, &f, fetch);

	*dir = f.dir;
	return err;
}
