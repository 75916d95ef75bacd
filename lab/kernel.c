// SPDX-License-Identifier: BSD-2-Clause
// The kernels that the lab boots: which one a name means, and the user's own.
#include "lab/kernel.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/fetch.h"
#include "lab/module.h"
#include "lib/log.h"

/* Where a series is at home; the others are in the last one. */
static const struct {
	const char *series, *suite;
} homes[] = {
	{ "6.1", "bookworm" },
	{ "6.12", "trixie" },
	{ "", "trixie-backports" },
};

/*
 * Which kernel for which modes, the first that has all of them: docs/lab.md has what was read
 * inside each. 6.18 is the last series but one with four modes in one binary.
 */
static const struct {
	const char *arch, *modes, *name;
} defaults[] = {
	{ "x86_64", "current,full,lazy", "newest" },
	{ "x86_64", "none,voluntary,full,lazy", "6.18" },
	{ "x86_64", "rt", "newest-rt" },
	{ "arm64", "current,lazy", "newest" },
	{ "arm64", "voluntary", "6.12" },
	{ "arm64", "rt,full", "newest-rt" },
};

struct lab_path lab_cache_dir(void)
{
	const char *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");

	/* The XDG rules say to ignore a relative one. */
	if (xdg && *xdg == '/')
		return lab_path("%s/tandem/lab", xdg);
	return lab_path("%s/.cache/tandem/lab", home && *home == '/' ? home : "/root");
}

static bool in_list(const char *list, const char *word, size_t n)
{
	const char *p;

	for (p = list; p; p = strchr(p, ',') ? strchr(p, ',') + 1 : NULL)
		if (strcspn(p, ",") == n && !strncmp(p, word, n))
			return true;
	return false;
}

static bool has_all(const char *list, const char *words)
{
	const char *p;

	for (p = words; p; p = strchr(p, ',') ? strchr(p, ',') + 1 : NULL)
		if (!in_list(list, p, strcspn(p, ",")))
			return false;
	return true;
}

const char *lab_kernel_default(const struct lab_arch *arch, const char *modes)
{
	size_t i;

	for (i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++)
		if (!strcmp(defaults[i].arch, arch->name) && has_all(defaults[i].modes, modes))
			return defaults[i].name;
	return NULL;
}

/* NAME into suite, series ("" for any) and flavour. */
static int parse(const char *name, struct lab_wanted *w)
{
	const char *slash = strrchr(name, '/'), *series = slash ? slash + 1 : name;
	size_t n = strlen(series), i = 0;

	memset(w, 0, sizeof(*w));
	w->flavour = "cloud";
	if (n > 3 && !strcmp(series + n - 3, "-rt")) {
		w->flavour = "rt";
		n -= 3;
	}
	if (n >= sizeof(w->series) || (size_t)(series - name) >= sizeof(w->suite))
		return -EINVAL;
	if (n != 6 || strncmp(series, "newest", n))
		memcpy(w->series, series, n);
	while (*homes[i].series && strcmp(homes[i].series, w->series))
		i++;
	snprintf(w->suite, sizeof(w->suite), "%.*s", slash ? (int)(slash - name) : 64,
		 slash ? name : homes[i].suite);
	return 0;
}

/* Fills in what lies in a directory of the cache. */
static int open_cached(const char *dir, struct lab_kernel *k)
{
	char *text;
	int err = lab_file_read(lab_path("%s/package", dir).s, &text, NULL);

	if (err)
		return log_errno(err, "lab: cache %s: cannot read; remove it and try again", dir);
	snprintf(k->package, sizeof(k->package), "%.*s", (int)strcspn(text, "\n"), text);
	free(text);
	k->image = lab_path("%s/image", dir);
	k->config = lab_path("%s/config", dir);
	k->modules = lab_path("%s/modules", dir);
	if (!lab_file_exists(k->config.s))
		k->config.s[0] = '\0';
	return lab_image_look(k->image.s, &k->info);
}

int lab_kernel_stock(struct lab_sig *sig, const struct lab_arch *arch, const char *name,
		     bool refresh, struct lab_kernel *k)
{
	struct lab_path cache = lab_cache_dir(), dir;
	struct lab_wanted w;
	int err = parse(name, &w);

	memset(k, 0, sizeof(*k));
	if (err)
		return log_errno(err, "lab: kernel '%s'", name);
	w.arch = arch;
	err = lab_fetch(sig, cache.s, &w, refresh, &dir);
	return err ? err : open_cached(dir.s, k);
}

int lab_kernel_look(struct lab_sig *sig, const struct lab_arch *arch, const char *name,
		    bool refresh, char package[320], bool *cached)
{
	struct lab_wanted w;
	struct lab_found f;
	struct lab_kernel k;
	int err = parse(name, &w);

	if (err)
		return log_errno(err, "lab: kernel '%s'", name);
	w.arch = arch;
	err = lab_fetch_look(sig, lab_cache_dir().s, &w, refresh, &f);
	if (!err && f.cached)
		err = open_cached(f.dir.s, &k);
	if (err)
		return err;
	snprintf(package, 320, "%s", f.cached ? k.package : f.about);
	*cached = f.cached;
	return 0;
}

/* Beside an installed image, or above one in a build tree. */
static void find_config(struct lab_kernel *k, const char *image)
{
	const char *slash = strrchr(image, '/');
	int n = slash ? (int)(slash - image) : 1;
	const char *dir = slash ? image : ".";

	k->config = lab_path("%.*s/config-%s", n, dir, k->info.release);
	if (!lab_file_exists(k->config.s))
		k->config = lab_path("%.*s/../../../.config", n, dir);
	if (!lab_file_exists(k->config.s))
		k->config.s[0] = '\0';
}

int lab_kernel_own(struct lab_sig *sig, const struct lab_arch *arch, const char *image,
		   const char *modules, const char *tmp, struct lab_kernel *k)
{
	int err;

	memset(k, 0, sizeof(*k));
	k->image = lab_path("%s", image);
	snprintf(k->package, sizeof(k->package), "%s", image);
	err = lab_image_look(image, &k->info);
	if (err)
		return err;
	if (k->info.arch != arch) {
		log_error("lab: %s: this is an %s kernel; add --arch=%s", image, k->info.arch->name,
			  k->info.arch->name);
		return -ENOEXEC;
	}
	find_config(k, image);
	if (!modules)
		return 0;
	k->modules = lab_path("%s/modules", tmp);
	err = lab_dir_make(k->modules.s);
	if (!err)
		err = lab_modules_collect(sig, arch, modules, k->modules.s);
	if (err == 0)
		log_warn("lab: %s: none of the modules that the lab loads are in there", modules);
	return err < 0 ? err : 0;
}
