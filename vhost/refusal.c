// SPDX-License-Identifier: BSD-2-Clause
// Tells apart why there is no ring: switched off, filtered, limited, or too old a kernel.
#include "vhost/refusal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define NEEDED "Linux 5.19 or later with CONFIG_IO_URING is needed"

/* The line that begins with `key`, behind it; the first of the file when `key` is "". */
static bool read_line(const char *root, const char *path, const char *key, char *text, int bytes)
{
	char full[256], line[256];
	bool found = false;
	FILE *f;

	snprintf(full, sizeof(full), "%s%s", root, path);
	f = fopen(full, "re");
	while (f && !found && fgets(line, sizeof(line), f))
		found = strncmp(line, key, strlen(key)) == 0;
	if (f)
		fclose(f);
	if (found)
		snprintf(text, (size_t)bytes, "%s", line + strlen(key));
	return found;
}

static int read_number(const char *root, const char *path, const char *key)
{
	char text[64];

	return read_line(root, path, key, text, sizeof(text)) ? atoi(text) : -1;
}

static uint64_t limit(int resource)
{
	struct rlimit l;

	return getrlimit(resource, &l) < 0 || l.rlim_cur == RLIM_INFINITY ? UINT64_MAX : l.rlim_cur;
}

void refusal_read(struct refusal_facts *f, const char *root)
{
	char release[64] = "";

	*f = (struct refusal_facts){
		.disabled = read_number(root, "/proc/sys/kernel/io_uring_disabled", ""),
		.filtered = read_number(root, "/proc/self/status", "Seccomp:") > 0,
		.selinux = read_number(root, "/sys/fs/selinux/enforce", "") > 0,
		.memlock = limit(RLIMIT_MEMLOCK),
		.files = limit(RLIMIT_NOFILE),
	};
	read_line(root, "/proc/sys/kernel/osrelease", "", release, sizeof(release));
	sscanf(release, "%u.%u", &f->major, &f->minor);
}

static void say(char *text, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void say(char *text, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, REFUSAL_TEXT_MAX, fmt, ap);
	va_end(ap);
}

static void say_filtered(int err, char *text)
{
	say(text,
	    "refused (%s) by a system call filter (seccomp) on this process, as containers "
	    "have; allow io_uring_setup, io_uring_enter and io_uring_register there, or leave "
	    "the container",
	    strerror(err));
}

static void say_denied(int err, const struct refusal_facts *f, char *text)
{
	if (f->filtered)
		say_filtered(err, text);
	else if (f->selinux)
		say(text,
		    "refused (%s) by SELinux, which is enforcing; ausearch -m avc shows the "
		    "rule that is missing",
		    strerror(err));
	else
		say(text, "refused (%s) by a security module of this kernel", strerror(err));
}

static void say_missing(int err, const struct refusal_facts *f, char *text)
{
	if (f->filtered)
		say_filtered(err, text);
	else
		say(text, "this Linux %u.%u is built without CONFIG_IO_URING", f->major, f->minor);
}

static bool is_old(const struct refusal_facts *f)
{
	return f->major && (f->major < 5 || (f->major == 5 && f->minor < 19));
}

/* Only a low limit can be the reason: else memory it is. */
static void say_no_memory(const struct refusal_facts *f, char *text)
{
	if (f->memlock == UINT64_MAX)
		say(text, "out of memory");
	else
		say(text,
		    "no memory within the limit of %llu KiB on locked memory (ulimit -l), against "
		    "which Linux 6.18 counts rings; raise it, or free memory",
		    (unsigned long long)f->memlock >> 10);
}

static void say_switched_off(const struct refusal_facts *f, char *text)
{
	if (f->disabled == 1)
		say(text,
		    "only root and the group of sysctl kernel.io_uring_group may use it, since "
		    "kernel.io_uring_disabled is 1; set that to 0, or join the group");
	else
		say(text, "switched off: sysctl kernel.io_uring_disabled is %d; set it to 0",
		    f->disabled);
}

const char *refusal_explain(int err, const struct refusal_facts *f, char text[REFUSAL_TEXT_MAX])
{
	err = abs(err);
	if (err == EMFILE)
		say(text,
		    "no file descriptor within the limit of %llu open files; raise it (ulimit -n)",
		    (unsigned long long)f->files);
	else if (err == ENFILE)
		say(text, "the system's limit on open files is reached (sysctl fs.file-max)");
	else if (err == ENOMEM)
		say_no_memory(f, text);
	else if (is_old(f))
		say(text, "this is Linux %u.%u; " NEEDED, f->major, f->minor);
	else if (err == EPERM && f->disabled > 0)
		say_switched_off(f, text);
	else if (err == EPERM || err == EACCES)
		say_denied(err, f, text);
	else if (err == ENOSYS)
		say_missing(err, f, text);
	else
		say(text, "%s; " NEEDED, strerror(err));
	return text;
}

const char *refusal_here(int err, char text[REFUSAL_TEXT_MAX])
{
	struct refusal_facts f;

	refusal_read(&f, "");
	return refusal_explain(err, &f, text);
}
