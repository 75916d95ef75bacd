// SPDX-License-Identifier: BSD-2-Clause
// KVM's counters of a VM and its vCPUs, through the stats file descriptors (KVM API, 4.133).
#ifndef VMM_STATS_H
#define VMM_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VM_STATS_MAX 160u
#define VM_STAT_NAME 48u

struct vm_stat {
	char name[VM_STAT_NAME];
	uint64_t value;
	/* only ever, so that a difference means something; else it is a state or a peak */
	bool grows;
};

/* Plain data: can live in shared memory. */
struct vm_stats {
	unsigned n;
	struct vm_stat stat[VM_STATS_MAX];
};

struct vm;

/* vm_create()'s: opens the descriptors. Without them (before Linux 5.15) there are no counters. */
void vm_stats_open(struct vm *vm);
void vm_stats_close(struct vm *vm);

/*
 * Control thread: all single counters of the VM and its vCPUs, those of the same name added up.
 * What KVM keeps as a histogram is left out. 0; -ENOSYS: there are none; -EPROTO: not the format
 * that is documented.
 */
int vm_stats_read(const struct vm *vm, struct vm_stats *out);

/*
 * What one such descriptor gives, from its start, added to `out`. 0; -EPROTO, and `out` is what it
 * was.
 */
int vm_stats_parse(const void *blob, size_t bytes, struct vm_stats *out);

/* The difference: what grows as it grew, anything else as it is at the end. */
void vm_stats_since(const struct vm_stats *end, const struct vm_stats *start, struct vm_stats *out);

/* Adds what grows; of anything else keeps the larger. */
void vm_stats_merge(struct vm_stats *to, const struct vm_stats *from);

/* Can this be what vm_stats_read() gave? For what came from a process that is not trusted. */
bool vm_stats_are_sane(const struct vm_stats *s);

/* The counter of this name; false: KVM has none such. */
bool vm_stats_find(const struct vm_stats *s, const char *name, uint64_t *value);

#endif
