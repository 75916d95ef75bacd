// SPDX-License-Identifier: BSD-2-Clause
// Guest memory.
#include "lib/gmem.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/fd.h"

static int map_memfd(struct gmem *m, const char *name)
{
	m->fd = memfd_create(name, MFD_CLOEXEC);
	if (m->fd < 0 || ftruncate(m->fd, (off_t)m->bytes) < 0)
		return -errno;
	m->host = mmap(NULL, m->bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, m->fd, 0);
	if (m->host == MAP_FAILED) {
		m->host = NULL;
		return -errno;
	}
	return 0;
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
