// SPDX-License-Identifier: BSD-2-Clause
// Writes the cpio archive that a kernel unpacks as its initramfs.
#include "lab/cpio.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lab/file.h"

#define ALIGN 4

static void put(struct lab_cpio *c, const void *data, size_t len)
{
	if (!c->err && len && fwrite(data, len, 1, c->f) != 1)
		c->err = errno ? -errno : -EIO;
	c->at += len;
}

static void pad(struct lab_cpio *c)
{
	static const char zero[ALIGN];

	put(c, zero, (ALIGN - c->at % ALIGN) % ALIGN);
}

/* Documentation/driver-api/early-userspace/buffer-format.rst: thirteen numbers of 8 hex digits. */
static void entry(struct lab_cpio *c, const char *name, unsigned int mode, const void *data,
		  size_t len)
{
	char head[6 + 13 * 8 + 1];
	size_t name_len = strlen(name) + 1;

	if (len > UINT32_MAX && !c->err)
		c->err = -EFBIG;
	snprintf(head, sizeof(head), "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x",
		 ++c->ino, mode, 0u, 0u, 1u, 0u, (unsigned int)len, 0u, 0u, 0u, 0u,
		 (unsigned int)name_len, 0u);
	put(c, head, sizeof(head) - 1);
	put(c, name, name_len);
	pad(c);
	put(c, data, len);
	pad(c);
}

static bool seen(struct lab_cpio *c, const char *guest)
{
	char **more;
	size_t i;

	for (i = 0; i < c->n_seen; i++)
		if (!strcmp(c->seen[i], guest))
			return true;
	more = realloc(c->seen, (c->n_seen + 1) * sizeof(*more));
	if (more) {
		c->seen = more;
		c->seen[c->n_seen] = strdup(guest);
		if (c->seen[c->n_seen])
			c->n_seen++;
	}
	return false;
}

int lab_cpio_open(struct lab_cpio *c, const char *path)
{
	memset(c, 0, sizeof(*c));
	c->f = fopen(path, "we");
	c->err = c->f ? 0 : -errno;
	return c->err;
}

/* The kernel makes no directory that the archive does not list before its content. */
static void parents(struct lab_cpio *c, const char *guest)
{
	struct lab_path p = lab_path("%s", guest);
	char *slash;

	for (slash = strchr(p.s + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (!seen(c, p.s))
			entry(c, p.s + 1, S_IFDIR | 0755, NULL, 0);
		*slash = '/';
	}
}

void lab_cpio_dir(struct lab_cpio *c, const char *guest)
{
	struct lab_path p = lab_path("%s/", guest);

	parents(c, p.s);
}

void lab_cpio_data(struct lab_cpio *c, const char *guest, int mode, const void *data, size_t len)
{
	parents(c, guest);
	if (!seen(c, guest))
		entry(c, guest + 1, S_IFREG | (unsigned int)mode, data, len);
}

void lab_cpio_link(struct lab_cpio *c, const char *guest, const char *target)
{
	parents(c, guest);
	if (!seen(c, guest))
		entry(c, guest + 1, S_IFLNK | 0777, target, strlen(target));
}

int lab_cpio_file(struct lab_cpio *c, const char *guest, int mode, const char *host)
{
	char *data;
	size_t len;
	int err = lab_file_read(host, &data, &len);

	if (err)
		return err;
	lab_cpio_data(c, guest, mode, data, len);
	free(data);
	return 0;
}

int lab_cpio_close(struct lab_cpio *c)
{
	if (!c->f)
		return c->err;
	entry(c, "TRAILER!!!", 0, NULL, 0);
	if (fclose(c->f) && !c->err)
		c->err = -errno;
	while (c->n_seen)
		free(c->seen[--c->n_seen]);
	free(c->seen);
	return c->err;
}
