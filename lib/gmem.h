// SPDX-License-Identifier: BSD-2-Clause
// Guest memory: a memfd mapped once, and the only way from a guest physical address to a pointer.
#ifndef LIB_GMEM_H
#define LIB_GMEM_H

#include <stddef.h>
#include <stdint.h>

/* A guest physical address: a number, never a pointer the host could dereference by mistake. */
typedef struct {
	uint64_t v;
} gpa_t;

static inline gpa_t gpa(uint64_t v)
{
	return (gpa_t){ v };
}

struct gmem {
	uint64_t base; /* guest physical address of the first byte */
	uint64_t bytes;
	uint8_t *host;
	int fd; /* the memfd, for whoever maps it again; -1 once destroyed */
};

/*
 * Makes `bytes` (whole pages) of guest RAM at `base`, filled with zeros, all allocated
 * at once; its size is fixed for good. 0, or -errno. gmem_destroy() accepts what a failed create left.
 */
int gmem_create(struct gmem *m, const char *name, gpa_t base, uint64_t bytes);
void gmem_destroy(struct gmem *m);

/*
 * The host address of `len` bytes at `addr`, or NULL when any of them lies outside guest RAM.
 * Any thread. len 0 is valid inside RAM and at its end. What it points to belongs to the guest
 * and may change at any time: read each field once, into a local, and check the local.
 */
static inline void *gmem_ptr(const struct gmem *m, gpa_t addr, uint64_t len)
{
	uint64_t offset = addr.v - m->base; /* wraps to something huge below base */

	if (offset > m->bytes || len > m->bytes - offset)
		return NULL;
	return m->host + offset;
}

#endif
