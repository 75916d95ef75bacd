// SPDX-License-Identifier: BSD-2-Clause
// Packages of any suite of the Debian archive that this machine is configured for.
#include "lab/apt.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/log.h"

#define KEYRING "/usr/share/keyrings/debian-archive-keyring.gpg"
#define INDEX_MAX_AGE_S (24 * 3600)

/* What of the machine's apt configuration has to be different; all else (proxies, login) stays. */
static const char conf_format[] = "#clear APT::Update;\n"
				  "#clear APT::Architectures;\n"
				  "APT::Architecture \"%s\";\n"
				  "APT::Architectures { \"%s\"; };\n"
				  "APT::Sandbox::User \"\";\n"
				  "APT::Get::List-Cleanup \"false\";\n"
				  "Acquire::Languages \"none\";\n"
				  "Acquire::Retries \"3\";\n"
				  "Dir::State \"%s\";\n"
				  "Dir::State::lists \"%s/lists\";\n"
				  "Dir::State::status \"%s/status\";\n"
				  "Dir::Cache \"%s\";\n"
				  "Dir::Cache::archives \"%s/archives\";\n"
				  "Dir::Etc::sourcelist \"/dev/null\";\n"
				  "Dir::Etc::sourceparts \"%s/sources\";\n"
				  "Dir::Etc::preferences \"/dev/null\";\n"
				  "Dir::Etc::preferencesparts \"/dev/null\";\n";

void lab_apt_args(struct lab_apt *apt, struct lab_args *a, const char *tool)
{
	lab_args_add(a, "%s", tool);
	lab_args_add(a, "-c");
	lab_args_add(a, "%s", apt->conf.s);
	lab_args_add(a, "-q");
}

/* The last line that tells what went wrong, for a message. */
static const char *reason(char *err)
{
	char *line = err ? strstr(err, "E: ") : NULL;

	if (!line)
		return err && *err ? err : "no reason given";
	line[strcspn(line, "\n")] = '\0';
	return line + 3;
}

/* A suite of the Debian archive proper; security and debug archives hold no other suites. */
static bool is_debian_suite(const char *suite)
{
	static const char *const names[] = { "bookworm", "trixie",  "forky",	 "duke",
					     "sid",	 "stable",  "oldstable", "testing",
					     "unstable", "bullseye" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t n = strlen(names[i]);

		if (!strncmp(suite, names[i], n) && (!suite[n] || !strcmp(suite + n, "-updates") ||
						     !strcmp(suite + n, "-backports")))
			return true;
	}
	return false;
}

/*
 * The address of the archive, from what apt itself makes of the machine's sources, whatever
 * their format. The lines are SUITE COMPONENT ADDRESS.
 */
static int find_archive(struct lab_sig *sig, char *address, size_t len)
{
	struct lab_args a = { 0 };
	char *out = NULL, *err = NULL, *rest, *line, suite[64], component[64], uri[256];
	int status, found = -ENOENT;

	lab_args_add(&a, "apt-get");
	lab_args_add(&a, "indextargets");
	lab_args_add(&a, "--no-release-info");
	lab_args_add(&a, "--format=$(RELEASE) $(COMPONENT) $(REPO_URI)");
	lab_args_add(&a, "Created-By: Packages");
	status = lab_run(sig, &a, &out, &err);
	rest = out;
	while (status == 0 && found && (line = strsep(&rest, "\n"))) {
		if (sscanf(line, "%63s %63s %255s", suite, component, uri) == 3 &&
		    is_debian_suite(suite) && !strcmp(component, "main")) {
			snprintf(address, len, "%s", uri);
			found = 0;
		}
	}
	free(out);
	free(err);
	return status < 0 ? status : found;
}

static int write_sources(struct lab_apt *apt, const char *address)
{
	struct lab_path file = lab_path("%s/sources/lab.sources", apt->root.s);
	char text[1024];
	int n = snprintf(text, sizeof(text),
			 "Types: deb\nURIs: %s\nSuites: %s\nComponents: main\n%s", address,
			 apt->suite, lab_file_exists(KEYRING) ? "Signed-By: " KEYRING "\n" : "");

	return lab_file_write(file.s, text, (size_t)n);
}

static int write_conf(struct lab_apt *apt)
{
	const char *r = apt->root.s, *deb = apt->arch->deb;
	char *text;
	int n = asprintf(&text, conf_format, deb, deb, r, r, r, r, r, r), err;

	if (n < 0)
		return -ENOMEM;
	err = lab_file_write(apt->conf.s, text, (size_t)n);
	free(text);
	return err;
}

static int make_root(struct lab_apt *apt, const char *address)
{
	const char *r = apt->root.s;
	int err = lab_dir_make(lab_path("%s/lists/partial", r).s);

	if (!err)
		err = lab_dir_make(lab_path("%s/archives/partial", r).s);
	if (!err)
		err = lab_dir_make(lab_path("%s/sources", r).s);
	if (!err)
		err = lab_file_write(lab_path("%s/status", r).s, "", 0);
	if (!err)
		err = write_sources(apt, address);
	if (!err)
		err = write_conf(apt);
	return err ? log_errno(err, "lab: cache %s: cannot write", r) : 0;
}

static int update(struct lab_apt *apt, bool refresh)
{
	struct lab_path stamp = lab_path("%s/updated", apt->root.s);
	struct lab_args a = { 0 };
	char *err = NULL;
	int status;

	if (!refresh && lab_file_age(stamp.s) < INDEX_MAX_AGE_S)
		return 0;
	lab_apt_args(apt, &a, "apt-get");
	lab_args_add(&a, "-o");
	lab_args_add(&a, "APT::Update::Error-Mode=any");
	lab_args_add(&a, "update");
	status = lab_run(apt->sig, &a, NULL, &err);
	if (status > 0) {
		log_error("lab: package index of %s (%s): apt-get update: %s; give a kernel with "
			  "--kernel=PATH",
			  apt->suite, apt->arch->deb, reason(err));
		status = -EIO;
	}
	free(err);
	return status ? status : lab_file_write(stamp.s, "", 0);
}

int lab_apt_open(struct lab_apt *apt, struct lab_sig *sig, const struct lab_arch *arch,
		 const char *cache, const char *suite, bool refresh)
{
	char address[256];
	int err = find_archive(sig, address, sizeof(address));

	if (err == -ENOENT) {
		log_error("lab: stock kernels: this machine has no %s; give a kernel with "
			  "--kernel=PATH [--modules=DIR]",
			  lab_have_program("apt-get") ? "Debian archive among its package sources"
						      : "apt-get");
		return err;
	}
	if (err)
		return err;
	memset(apt, 0, sizeof(*apt));
	apt->sig = sig;
	apt->arch = arch;
	snprintf(apt->suite, sizeof(apt->suite), "%s", suite);
	apt->root = lab_path("%s/apt/%s-%s", cache, suite, arch->deb);
	apt->conf = lab_path("%s/apt.conf", apt->root.s);
	err = make_root(apt, address);
	return err ? err : update(apt, refresh);
}
