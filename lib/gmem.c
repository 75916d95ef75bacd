// SPDX-License-Identifier: BSD-2-Clause
// Guest memory.
#include "lib/gmem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/fd.h"
#include "lib/log.h"
#include "lib/room.h"

#ifndef MADV_POPULATE_WRITE /* glibc before 2.35, musl */
#define MADV_POPULATE_WRITE 23
#endif

/* For what comes with guests: page tables, stacks, rings, KVM's own. */
#define SPARE_BYTES (8ull << 20)

/*
 * fallocate() leaves zeroing and mapping a page to whoever touches it first: done here, it is in no
 * measurement. Linux before 5.14 cannot, and goes without.
 */
static void touch(const struct gmem *m)
{
	(void)madvise(m->host, m->bytes, MADV_POPULATE_WRITE);
}

/*
 * All pages are taken now, where their lack is an error, and not when somebody touches them, where
 * it would be a SIGBUS; and nobody can take them away again. The kernel would rather kill other
 * processes than refuse, so it is not asked for what is not there.
 */
static int reserve(struct gmem *m)
{
	int ret;

	if (m->bytes + SPARE_BYTES > room_of_memory("").left)
		return -ENOMEM;
	do {
		ret = fallocate(m->fd, 0, 0, (off_t)m->bytes);
	} while (ret < 0 && errno == EINTR);
	if (ret < 0 || fcntl(m->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
		return -errno;
	touch(m);
	return 0;
}

/* `offset` and what is in front of it are whole pages. */
static int map_region(struct gmem_region *r, int fd, uint64_t offset)
{
	uint8_t *p = mmap(NULL, r->skew + r->bytes, PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_NORESERVE, fd, (off_t)offset);

	if (p == MAP_FAILED)
		return -errno;
	r->host = p + r->skew;
	return 0;
}

static void unmap_region(struct gmem_region *r)
{
	munmap(r->host - r->skew, r->skew + r->bytes);
	fd_close(&r->fd);
}

static int map_memfd(struct gmem *m, const char *name)
{
	int err;

	m->fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (m->fd < 0 || ftruncate(m->fd, (off_t)m->bytes) < 0)
		return -errno;
	m->region[0] = (struct gmem_region){ .base = m->base, .bytes = m->bytes, .fd = -1 };
	err = map_region(&m->region[0], m->fd, 0);
	if (err)
		return err;
	m->region[0].user = (uint64_t)m->region[0].host;
	m->nregions = 1;
	m->host = m->region[0].host;
	return reserve(m);
}

const char *gmem_reason(int err, char *text, size_t room)
{
	struct room r = room_of_memory("");

	if (err != -ENOMEM || r.left == UINT64_MAX)
		return log_reason(err, text, room);
	snprintf(text, room, "%s has %llu MiB, of which %llu are left, and %llu are to be spared",
		 r.whose, (unsigned long long)r.limit >> 20, (unsigned long long)r.left >> 20,
		 SPARE_BYTES >> 20);
	return text;
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
	while (m->nregions)
		unmap_region(&m->region[--m->nregions]);
	m->host = NULL;
	fd_close(&m->fd);
}

void *gmem_find(const struct gmem *m, gpa_t addr, uint64_t len)
{
	for (unsigned i = 1; i < m->nregions; i++) {
		const struct gmem_region *r = &m->region[i];
		uint64_t offset = addr.v - r->base;

		if (offset <= r->bytes && len <= r->bytes - offset)
			return r->host + offset;
	}
	return NULL;
}

void *gmem_part(const struct gmem *m, gpa_t addr, uint64_t *len)
{
	for (unsigned i = 0; i < m->nregions; i++) {
		const struct gmem_region *r = &m->region[i];
		uint64_t offset = addr.v - r->base;

		if (offset >= r->bytes)
			continue;
		if (*len > r->bytes - offset)
			*len = r->bytes - offset;
		return r->host + offset;
	}
	return NULL;
}

bool gmem_from_user(const struct gmem *m, uint64_t user, gpa_t *out)
{
	for (unsigned i = 0; i < m->nregions; i++) {
		uint64_t offset = user - m->region[i].user;

		if (offset >= m->region[i].bytes)
			continue;
		*out = gpa(m->region[i].base + offset);
		return true;
	}
	return false;
}

/* ---- regions that others describe ---- */

static bool wraps(uint64_t start, uint64_t bytes)
{
	return start + bytes < start;
}

static bool overlaps(uint64_t a, uint64_t a_bytes, uint64_t b, uint64_t b_bytes)
{
	return a < b + b_bytes && b < a + a_bytes;
}

static const char *check_addresses(const struct gmem *m, const struct gmem_slot *s)
{
	if (!s->bytes)
		return "a region of no bytes";
	if (wraps(s->guest, s->bytes) || wraps(s->user, s->bytes) || wraps(s->offset, s->bytes))
		return "a region that wraps around the end of its address space";
	for (unsigned i = 0; i < m->nregions; i++) {
		const struct gmem_region *r = &m->region[i];

		if (overlaps(r->base, r->bytes, s->guest, s->bytes))
			return "guest addresses overlap another region's";
		if (overlaps(r->user, r->bytes, s->user, s->bytes))
			return "user addresses overlap another region's";
	}
	return NULL;
}

/* Of huge pages a mapping begins at a huge page; st_blksize is their size there. */
static const char *check_file(const struct gmem_slot *s, uint64_t *page)
{
	struct stat st;

	if (fstat(s->fd, &st) < 0 || !S_ISREG(st.st_mode))
		return "its descriptor is not a memory file";
	if ((uint64_t)st.st_size < s->offset + s->bytes)
		return "the file is shorter than the region";
	*page = (uint64_t)st.st_blksize;
	if (*page < 4096 || (*page & (*page - 1)))
		*page = 4096;
	return NULL;
}

/* The largest first: it is where gmem_ptr() looks before any other. */
static void insert(struct gmem *m, struct gmem_region r)
{
	unsigned at = m->nregions++;

	if (at && r.bytes > m->region[0].bytes) {
		m->region[at] = m->region[0];
		at = 0;
	}
	m->region[at] = r;
	m->base = m->region[0].base;
	m->bytes = m->region[0].bytes;
	m->host = m->region[0].host;
}

int gmem_add(struct gmem *m, const struct gmem_slot *s, const char **why)
{
	struct gmem_region r = {
		.base = s->guest, .bytes = s->bytes, .user = s->user, .end = s->offset + s->bytes
	};
	uint64_t page = 4096;
	int err;

	*why = m->nregions == GMEM_REGIONS_MAX ? "too many regions" : NULL;
	if (*why)
		return -E2BIG;
	*why = check_addresses(m, s);
	if (!*why)
		*why = check_file(s, &page);
	if (*why)
		return -EINVAL;
	r.skew = s->offset & (page - 1);
	r.fd = fcntl(s->fd, F_DUPFD_CLOEXEC, 0);
	err = r.fd < 0 ? -errno : map_region(&r, s->fd, s->offset - r.skew);
	if (!err)
		insert(m, r);
	else
		fd_close(&r.fd);
	*why = err ? "it cannot be mapped" : NULL;
	return err;
}

static bool is_same_file(int a, int b)
{
	struct stat sa, sb;

	return fstat(a, &sa) == 0 && fstat(b, &sb) == 0 && sa.st_dev == sb.st_dev &&
	       sa.st_ino == sb.st_ino;
}

static bool is_same(const struct gmem_region *r, const struct gmem_slot *s)
{
	return r->base == s->guest && r->user == s->user && r->bytes == s->bytes &&
	       r->end == s->offset + s->bytes && is_same_file(r->fd, s->fd);
}

bool gmem_again(struct gmem *m, const struct gmem_slot *s)
{
	for (unsigned i = 0; i < m->nregions; i++) {
		struct gmem_region *r = &m->region[i];

		if (!is_same(r, s) || r->again == UINT32_MAX)
			continue;
		r->again++;
		return true;
	}
	return false;
}

/* What is left is put in again, so that the largest comes first. */
static void take_out(struct gmem *m, unsigned index)
{
	struct gmem old = *m;

	unmap_region(&old.region[index]);
	*m = (struct gmem){ .fd = old.fd };
	for (unsigned i = 0; i < old.nregions; i++)
		if (i != index)
			insert(m, old.region[i]);
}

int gmem_remove(struct gmem *m, const struct gmem_slot *s)
{
	for (unsigned i = 0; i < m->nregions; i++) {
		struct gmem_region *r = &m->region[i];

		if (r->base != s->guest || r->user != s->user || r->bytes != s->bytes)
			continue;
		if (r->again)
			r->again--;
		else
			take_out(m, i);
		return 0;
	}
	return -ENOENT;
}

bool gmem_is_whole(const struct gmem *m)
{
	struct stat st;

	for (unsigned i = 0; i < m->nregions; i++) {
		const struct gmem_region *r = &m->region[i];

		if (r->fd >= 0 && (fstat(r->fd, &st) < 0 || (uint64_t)st.st_size < r->end))
			return false;
	}
	return true;
}

int gmem_replace(struct gmem *m, const struct gmem_slot *slots, unsigned n, const char **why)
{
	struct gmem fresh = GMEM_NONE;
	int err = 0;

	for (unsigned i = 0; i < n && !err; i++)
		err = gmem_add(&fresh, &slots[i], why);
	if (err) {
		gmem_destroy(&fresh);
		return err;
	}
	gmem_destroy(m);
	*m = fresh;
	return 0;
}
