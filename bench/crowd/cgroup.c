// SPDX-License-Identifier: BSD-2-Clause
// A control group for each guest's vCPUs: made, filled, and removed on every exit.
#include "bench/crowd/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/fd.h"
#include "lib/log.h"

#define PREFIX "tandem-crowd-"
#define PATH_BYTES CLAIM_PATH_MAX

/* Is `word` one of a list with commas? */
static bool has_word(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = list; (p = strstr(p, word)); p += len)
		if ((p == list || p[-1] == ',') && (p[len] == ',' || !p[len]))
			return true;
	return false;
}

/* Where the hierarchy is mounted: version 1's with the cpu controller, or version 2's. */
static bool find_mount(bool v2, char *at, size_t bytes)
{
	FILE *f = fopen("/proc/self/mounts", "re");
	char line[1024], dir[256], type[64], options[512];
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%*s %255s %63s %511s", dir, type, options) != 3)
			continue;
		found = v2 ? !strcmp(type, "cgroup2")
			   : !strcmp(type, "cgroup") && has_word(options, "cpu");
	}
	if (f)
		fclose(f);
	if (found)
		snprintf(at, bytes, "%s", dir);
	return found;
}

/* Our own group below the mount: "N:cpu,cpuacct:/path", or "0::/path". */
static bool find_path(bool v2, char *path, size_t bytes)
{
	FILE *f = fopen("/proc/self/cgroup", "re");
	char line[1024];
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f)) {
		char *list = strchr(line, ':'), *name = list ? strchr(list + 1, ':') : NULL;

		line[strcspn(line, "\n")] = '\0';
		if (!name)
			continue;
		*name++ = '\0';
		found = v2 ? !list[1] : has_word(list + 1, "cpu");
		if (found)
			snprintf(path, bytes, "%s", strcmp(name, "/") ? name : "");
	}
	if (f)
		fclose(f);
	return found;
}

static int find_base(struct cgroups *c)
{
	char mount[256], path[1024];

	for (unsigned i = 0; i < 2; i++) {
		c->v2 = i;
		if (!find_mount(c->v2, mount, sizeof(mount)) ||
		    !find_path(c->v2, path, sizeof(path)))
			continue;
		if (snprintf(c->base, sizeof(c->base), "%s%s", mount, path) < (int)sizeof(c->base))
			return 0;
	}
	log_error("--cgroup: no control group hierarchy with the cpu controller is mounted here; "
		  "mount -t cgroup2 none /sys/fs/cgroup, or go without --cgroup");
	return -ENOSYS;
}

static int write_text(const char *dir, const char *file, const char *text)
{
	char path[PATH_BYTES + 64];
	int fd, err;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = fd_write_all(fd, text, strlen(text));
	fd_close(&fd);
	return err;
}

static void remove_group(const char *path)
{
	if (rmdir(path) == 0)
		log_warn("removed %s, which a killed tandem had left", path);
}

static int make_group(struct cgroups *c, unsigned i)
{
	int err = claim_make(&c->group[i], c->base, PREFIX);

	if (err)
		return err;
	c->n = i + 1;
	return c->v2 ? write_text(c->group[i].path, "cgroup.type", "threaded") : 0;
}

static bool cpu_is_on(const struct cgroups *c)
{
	char path[PATH_BYTES], text[256] = "";
	FILE *f;

	snprintf(path, sizeof(path), "%s/cgroup.subtree_control", c->base);
	f = fopen(path, "re");
	if (!f)
		return false;
	if (!fgets(text, sizeof(text), f))
		text[0] = '\0';
	fclose(f);
	for (char *p = text; *p; p++)
		*p = *p == ' ' || *p == '\n' ? ',' : *p;
	return has_word(text, "cpu");
}

/*
 * Once there are threaded children, or the kernel would refuse a group with processes of its own.
 */
static int enable_cpu(struct cgroups *c)
{
	int err;

	if (!c->v2 || cpu_is_on(c))
		return 0;
	err = write_text(c->base, "cgroup.subtree_control", "+cpu");
	c->enabled_cpu = !err;
	return err;
}

int cgroups_create(struct cgroups *c, unsigned n)
{
	int err;

	memset(c, 0, sizeof(*c));
	for (unsigned i = 0; i < CGROUPS_MAX; i++)
		c->fd[i] = -1;
	err = find_base(c);
	if (err)
		return err;
	claim_sweep(c->base, PREFIX, remove_group);
	for (unsigned i = 0; i < n && i < CGROUPS_MAX && !err; i++)
		err = make_group(c, i);
	if (!err)
		err = enable_cpu(c);
	if (!err)
		return 0;
	log_errno(err,
		  "--cgroup: a group with the cpu controller below %s; run as root, or in a group "
		  "of your own (systemd-run --scope -p Delegate=yes)",
		  c->base);
	cgroups_destroy(c);
	return err;
}

int cgroups_open(struct cgroups *c)
{
	char path[PATH_BYTES + 16];

	for (unsigned i = 0; i < c->n; i++) {
		snprintf(path, sizeof(path), "%s/%s", c->group[i].path,
			 c->v2 ? "cgroup.threads" : "tasks");
		c->fd[i] = open(path, O_WRONLY | O_CLOEXEC);
		if (c->fd[i] < 0)
			return log_errno(-errno, "--cgroup: %s", path);
	}
	return 0;
}

void cgroups_close(struct cgroups *c)
{
	for (unsigned i = 0; i < c->n; i++)
		fd_close(&c->fd[i]);
}

int cgroups_add(const struct cgroups *c, unsigned group, pid_t tid)
{
	char text[16];
	int n = snprintf(text, sizeof(text), "%d", tid), err;

	err = group < c->n ? fd_write_all(c->fd[group], text, (size_t)n) : -EINVAL;
	return err ? log_errno(err, "--cgroup: moving thread %d into group %u", tid, group) : 0;
}

void cgroups_destroy(struct cgroups *c)
{
	for (unsigned i = 0; i < c->n; i++) {
		if (rmdir(c->group[i].path) < 0)
			log_errno(-errno, "--cgroup: removing %s", c->group[i].path);
		claim_drop(&c->group[i]);
	}
	c->n = 0;
	if (c->enabled_cpu)
		write_text(c->base, "cgroup.subtree_control", "-cpu");
	c->enabled_cpu = false;
}
