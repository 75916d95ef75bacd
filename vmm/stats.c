// SPDX-License-Identifier: BSD-2-Clause
// KVM's counters: the binary statistics format, a header, descriptors, values.
#include "vmm/stats.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/fd.h"
#include "lib/sane.h"
#include "vmm/ioctl.h"
#include "vmm/state.h"

#define BLOB_MAX 32768u
#define DESCRIPTORS_MAX 1024u

struct reader {
	const uint8_t *blob;
	size_t bytes;
	struct kvm_stats_header head;
};

static const void *range(const struct reader *r, uint64_t offset, uint64_t len)
{
	return offset <= r->bytes && len <= r->bytes - offset ? r->blob + offset : NULL;
}

static int read_header(struct reader *r)
{
	const void *head = range(r, 0, sizeof(r->head));

	if (!head)
		return -EPROTO;
	memcpy(&r->head, head, sizeof(r->head));
	if (!r->head.name_size || r->head.name_size > VM_STAT_NAME ||
	    r->head.num_desc > DESCRIPTORS_MAX)
		return -EPROTO;
	return 0;
}

static struct vm_stat *find_or_add(struct vm_stats *s, const char *name)
{
	for (unsigned i = 0; i < s->n; i++)
		if (strcmp(s->stat[i].name, name) == 0)
			return &s->stat[i];
	if (s->n == VM_STATS_MAX)
		return NULL;
	s->stat[s->n] = (struct vm_stat){ 0 };
	strcpy(s->stat[s->n].name, name);
	return &s->stat[s->n++];
}

static bool is_histogram(uint32_t flags)
{
	uint32_t type = flags & KVM_STATS_TYPE_MASK;

	return type == KVM_STATS_TYPE_LINEAR_HIST || type == KVM_STATS_TYPE_LOG_HIST;
}

/* Number i of the descriptors, with its value. One too many of them for `out` is left out. */
static int read_stat(const struct reader *r, uint32_t i, struct vm_stats *out)
{
	uint64_t stride = sizeof(struct kvm_stats_desc) + r->head.name_size, value;
	const uint8_t *at = range(r, r->head.desc_offset + i * stride, stride);
	struct kvm_stats_desc d;
	struct vm_stat *stat;
	const void *data;
	char name[VM_STAT_NAME];

	if (!at)
		return -EPROTO;
	memcpy(&d, at, sizeof(d));
	memcpy(name, at + sizeof(d), r->head.name_size);
	data = range(r, (uint64_t)r->head.data_offset + d.offset, d.size * sizeof(value));
	if (!memchr(name, '\0', r->head.name_size) || !name[0] || !d.size || !data)
		return -EPROTO;
	if (is_histogram(d.flags) || d.size != 1)
		return 0;
	memcpy(&value, data, sizeof(value));
	stat = find_or_add(out, name);
	if (!stat)
		return 0;
	stat->value += value;
	stat->grows = (d.flags & KVM_STATS_TYPE_MASK) == KVM_STATS_TYPE_CUMULATIVE;
	return 0;
}

int vm_stats_parse(const void *blob, size_t bytes, struct vm_stats *out)
{
	struct reader r = { .blob = blob, .bytes = bytes };
	struct vm_stats sum = *out;
	int err = read_header(&r);

	for (uint32_t i = 0; i < r.head.num_desc && !err; i++)
		err = read_stat(&r, i, &sum);
	if (!err)
		*out = sum;
	return err;
}

static int read_fd(int fd, struct vm_stats *out)
{
	uint8_t blob[BLOB_MAX];
	ssize_t n;

	if (fd < 0)
		return -ENOSYS;
	n = pread(fd, blob, sizeof(blob), 0);
	return n < 0 ? -errno : vm_stats_parse(blob, (size_t)n, out);
}

void vm_stats_open(struct vm *vm)
{
	vm->stats_fd = vm_ioctl_again(vm->fd, KVM_GET_STATS_FD, NULL);
	for (unsigned i = 0; i < vm->config.vcpus; i++)
		vm->vcpu[i].stats_fd = vm_ioctl_again(vm->vcpu[i].fd, KVM_GET_STATS_FD, NULL);
}

void vm_stats_close(struct vm *vm)
{
	fd_close(&vm->stats_fd);
	for (unsigned i = 0; i < VM_VCPUS_MAX; i++)
		fd_close(&vm->vcpu[i].stats_fd);
}

int vm_stats_read(const struct vm *vm, struct vm_stats *out)
{
	int err;

	out->n = 0;
	err = read_fd(vm->stats_fd, out);
	for (unsigned i = 0; i < vm->config.vcpus && !err; i++)
		err = read_fd(vm->vcpu[i].stats_fd, out);
	return err;
}

bool vm_stats_are_sane(const struct vm_stats *s)
{
	if (s->n > VM_STATS_MAX)
		return false;
	for (unsigned i = 0; i < s->n; i++)
		if (!sane_text(s->stat[i].name, VM_STAT_NAME) || !sane_flag(&s->stat[i].grows))
			return false;
	return true;
}

bool vm_stats_find(const struct vm_stats *s, const char *name, uint64_t *value)
{
	for (unsigned i = 0; i < s->n; i++) {
		if (strcmp(s->stat[i].name, name) != 0)
			continue;
		*value = s->stat[i].value;
		return true;
	}
	return false;
}

void vm_stats_since(const struct vm_stats *end, const struct vm_stats *start, struct vm_stats *out)
{
	*out = *end;
	for (unsigned i = 0; i < out->n; i++) {
		uint64_t before = 0;

		vm_stats_find(start, out->stat[i].name, &before);
		if (out->stat[i].grows && before <= out->stat[i].value)
			out->stat[i].value -= before;
	}
}

void vm_stats_merge(struct vm_stats *to, const struct vm_stats *from)
{
	for (unsigned i = 0; i < from->n; i++) {
		const struct vm_stat *f = &from->stat[i];
		struct vm_stat *t = find_or_add(to, f->name);

		if (!t)
			continue;
		t->grows = f->grows;
		if (f->grows)
			t->value += f->value;
		else if (t->value < f->value)
			t->value = f->value;
	}
}
