// SPDX-License-Identifier: BSD-2-Clause
// One guest of a pair: its memory, device, doorbells; and what an accel has to do for it.
#ifndef PAIR_SIDE_H
#define PAIR_SIDE_H

#include "lib/gmem.h"
#include "pair/pair.h"
#include "virtio/mmio.h"
#include "virtio/net.h"

struct side {
	const char *name; /* "a", "b" */
	unsigned index;
	struct pair *pair;
	struct backend *backend;
	struct gmem mem;
	struct virtio_device dev;
	struct virtio_mmio mmio;
	int kick_fd[NET_QUEUES];
	int call_fd;
	int echo_fd;
	int attach_err; /* -errno: the host could not attach its device */
	int state;	/* enum tandem_state, as the guest last told through its doorbell */
	char line[128]; /* the debug console's */
	unsigned line_len;
	unsigned lines; /* shown so far */
	void *machine;	/* the accel's */
};

/* An accel: runs one side's guest. All calls are the control thread's. */
struct accel_ops {
	const char *name;
	int (*create)(struct side *s, const struct pair_config *config); /* 0 or -errno (logged) */
	int (*start)(struct side *s, const cpu_set_t *cpus);
	void (*stop)(struct side *s);
	void (*destroy)(struct side *s); /* accepts a side that was never created */
	/* Why it can't go on, or NULL. Any thread. */
	const char *(*failure)(const struct side *s);
	bool (*lacks_threads)(const struct side *s); /* and that is why; NULL: never */
	pid_t (*tid)(const struct side *s);
	/* The hypervisor's counters; NULL: it has none. 0 or -errno. */
	int (*stats)(const struct side *s, struct vm_stats *out);
};

/* The control page, as either accel sees it. Called on the guest's thread. true: the guest has ended. */
bool side_ctl_write(struct side *s, uint64_t offset, uint32_t value);
void side_console(void *side, char c);

/* What a host thread that stands in for a vCPU may ask of the kernel, besides what any thread may. */
extern const struct filter_rule guest_filter[];

/* What an enum tandem_failure says, in words, its numbers named. */
const char *pair_failure_text(uint32_t failure);

#endif
