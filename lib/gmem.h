// SPDX-License-Identifier: BSD-2-Clause
// Guest memory: regions mapped once, and the only way from a guest physical address to a pointer.
#ifndef LIB_GMEM_H
#define LIB_GMEM_H

#include <stdbool.h>
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

#define GMEM_REGIONS_MAX 64u /* as many as the kernel's vhost takes */

/* Guest addresses that are one piece here. */
struct gmem_region {
	uint64_t base; /* guest physical address of the first byte */
	uint64_t bytes;
	uint8_t *host;
	uint64_t user;	/* the same byte's address in the process that runs the guest */
	uint64_t skew;	/* bytes mapped in front of it, since a mapping begins at a page */
	uint64_t end;	/* in its file, of what others describe: where it must not be cut short */
	int fd;		/* that file, our own descriptor; -1: nobody else has it */
	uint32_t again; /* how often more than once it was given, so it has to be taken away */
};

/*
 * The largest region stands first and its figures once more in front: nearly every address is
 * looked up there. The regions of tandem's own guests: that one.
 */
struct gmem {
	uint64_t base;
	uint64_t bytes;
	uint8_t *host;
	int fd; /* the memfd of gmem_create(), for whoever maps it again; else -1 */
	unsigned nregions;
	struct gmem_region region[GMEM_REGIONS_MAX];
};

/*
 * Makes `bytes` (whole pages) of guest RAM at `base`, filled with zeros, all allocated
 * at once; its size is fixed for good. 0, or -errno. gmem_destroy() accepts what a failed create
 * left.
 */
int gmem_create(struct gmem *m, const char *name, gpa_t base, uint64_t bytes);
void gmem_destroy(struct gmem *m);

/*
 * Why gmem_create() failed: log_reason(), or how much memory there is, and whose limit that is.
 * `text` may be used.
 */
const char *gmem_reason(int err, char *text, size_t room);

/*
 * A region as somebody else's guest describes it: `bytes` of `fd` from `offset` on. The fd stays
 * the caller's.
 */
struct gmem_slot {
	uint64_t guest;
	uint64_t user;
	uint64_t bytes;
	uint64_t offset;
	int fd;
};

/*
 * Maps one more region; m begins as GMEM_NONE. What is wrong with it is refused with -EINVAL
 * (-E2BIG: one too many) and the reason in *why, and changes nothing. No thread may use the memory
 * meanwhile.
 */
#define GMEM_NONE ((struct gmem){ .fd = -1 })
int gmem_add(struct gmem *m, const struct gmem_slot *slot, const char **why);

/*
 * Is this region there already, of the same file? True: it is counted, and is there until it was
 * removed as many times. Any use of the memory may go on.
 */
bool gmem_again(struct gmem *m, const struct gmem_slot *slot);

/*
 * Unmaps the region at these addresses, unless gmem_again() has counted it; -ENOENT: there is none.
 * Not while queues use the memory.
 */
int gmem_remove(struct gmem *m, const struct gmem_slot *slot);

/*
 * All regions anew, as gmem_add(): what there was is unmapped once the new ones are good, or stays.
 */
int gmem_replace(struct gmem *m, const struct gmem_slot *slots, unsigned n, const char **why);

/*
 * Are the files of all regions still as long as they were? False: somebody has cut one short; what
 * is gone must not be touched, see filter_outlive_cuts().
 */
bool gmem_is_whole(const struct gmem *m);

/*
 * The guest address of a byte that the guest's own process has at `user`. False: it has none there.
 */
bool gmem_from_user(const struct gmem *m, uint64_t user, gpa_t *out);

/* gmem_ptr() in all regions but the first. */
void *gmem_find(const struct gmem *m, gpa_t addr, uint64_t len);

/*
 * The host address of `len` bytes at `addr`, or NULL when any of them lies outside guest RAM or
 * they are not one piece here. Any thread. len 0 is valid inside RAM and at its end. What it points
 * to belongs to the guest and may change at any time: read each field once, into a local, and check
 * the local.
 */
static inline void *gmem_ptr(const struct gmem *m, gpa_t addr, uint64_t len)
{
	uint64_t offset = addr.v - m->base; /* wraps to something huge below base */

	if (__builtin_expect(offset <= m->bytes && len <= m->bytes - offset, 1))
		return m->host + offset;
	return gmem_find(m, addr, len);
}

/*
 * The same for as many of *len bytes as are one piece: *len becomes that many, at least 1. NULL:
 * none is.
 */
void *gmem_part(const struct gmem *m, gpa_t addr, uint64_t *len);

#endif
