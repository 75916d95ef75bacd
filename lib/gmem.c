// SPDX-License-Identifier: BSD-2-Clause
// Guest memory.
#include "lib/gmem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/fd.h"

/* What the host can give without taking it from somebody, in bytes; UINT64_MAX: it does not say. */
static uint64_t host_available(void)
{
	FILE *f = fopen("/proc/meminfo", "re");
	unsigned long long kib = UINT64_MAX >> 10;
	char line[128];

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "MemAvailable: %llu kB", &kib) == 1)
			break;
	if (f)
		fclose(f);
	return (uint64_t)kib << 10;
}

/*
 * All pages are taken now, where their lack is an error, and not when somebody touches them, where it would
 * be a SIGBUS; and nobody can take them away again. The kernel would rather kill other processes than
 * refuse, so it is not asked for what is not there.
 */
static int reserve(struct gmem *m)
{
	int ret;

	if (m->bytes > host_available())
		return -ENOMEM;
	do {
		ret = fallocate(m->fd, 0, 0, (off_t)m->bytes);
	} while (ret < 0 && errno == EINTR);
	if (ret < 0 || fcntl(m->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
		return -errno;
	return 0;
}

static int map_memfd(struct gmem *m, const char *name)
{
	m->fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (m->fd < 0 || ftruncate(m->fd, (off_t)m->bytes) < 0)
		return -errno;
	m->host = mmap(NULL, m->bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, m->fd, 0);
	if (m->host == MAP_FAILED) {
		m->host = NULL;
		return -errno;
	}
	return reserve(m);
}

int gmem_create(struct gmem *m, const char *name, gpa_t base, uint64_t bytes)
{
	int err;

	*m = (struct gmem){ .base = base.v, .bytes = bytes, .fd = -1 };
	err = map_memfd(m, name);
	if (err)
		gmem_destroy(m);
	return err;
}

void gmem_destroy(struct gmem *m)
{
	if (m->host)
		munmap(m->host, m->bytes);
	m->host = NULL;
	fd_close(&m->fd);
}
