// SPDX-License-Identifier: BSD-2-Clause
// Two guests, a backend between them and a notifier: made, started, sampled, stopped as one.
#ifndef PAIR_PAIR_H
#define PAIR_PAIR_H

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>

#include "pair/machine.h"
#include "pair/stock.h"
#include "tandem/abi.h"
#include "vhost/backend.h"
#include "vhost/producers.h"

enum { SIDE_A = 0, SIDE_B = 1, SIDES = 2 };

enum role { ROLE_A, ROLE_B, ROLE_BACKEND, ROLE_NOTIFIER, ROLES };

struct pair_config {
	const struct accel_ops *accel;
	const struct notify_ops *notify;
	const struct producer_ops *producer; /* NULL: user */
	uint32_t batch;			     /* producers in the kernel: frames per batch */
	int kvm_fd;			     /* the caller's; accel kvm only */
	uint32_t workload[SIDES];
	/* accel kvm: both guests are stock Linux kernels; NULL: the bundled one */
	const struct stock_config *stock;
	int notifier_fifo;	   /* SCHED_FIFO priority of notifier threads; 0: SCHED_OTHER */
	struct pool_layout pool;   /* of unbound; zeros: anywhere */
	int64_t halt_poll_ns;	   /* accel kvm; -1: the host's setting */
	const struct vm_irq *irq;  /* accel kvm; NULL: the architecture's default */
	bool pci;		   /* x86: devices on a PCI bus instead of virtio-mmio */
	uint64_t features_changed; /* of features_usual(): those that are otherwise */
	uint32_t flags;		   /* TANDEM_VERIFY_FULL, TANDEM_MISBEHAVE_* of side B */
	uint32_t frame_bytes;
	uint32_t ring_size;
	uint32_t window;
	uint32_t rto_us;
	uint32_t sq_idle_ms;
	bool open_loop;	   /* both guests get load pages, to be filled in before pair_start() */
	uint32_t delay_us; /* of the notification strategy for tests, "delayed" */
	uint32_t busy_poll_us;
	bool busy_poll_learns; /* busy_poll_us at most */
	uint32_t budget;
	enum vhost_thread vhost_thread; /* producer vhost-net only */
	uint64_t clock_hz;
	bool confine; /* threads are put under system call filters (needs no_new_privs) */
	cpu_set_t cpus[ROLES];
	/* accel kvm: an ELF executable instead of the bundled guest; NULL: that one. For tests. */
	const void *guest_image[SIDES];
	uint64_t guest_image_bytes[SIDES];
};

/* Bytes of RAM each guest of such a pair gets; 0 when it would be more than a guest can have. */
uint64_t pair_ram_bytes(const struct pair_config *config);

struct pair;

/* Control thread: everything that can fail is made here; nothing runs. 0 or -errno (logged). */
int pair_create(struct pair **out, const struct pair_config *config);

/* Control thread: starts backend, notifier and guests. 0 or -errno (logged). */
int pair_start(struct pair *p);

/*
 * Control thread: asks a guest to finish what it has begun and end; pair_state() tells when it
 * has.
 */
void pair_ask_to_end(struct pair *p, unsigned side);

/*
 * Control thread: stops guests, then backend, then notifier, whatever they were doing. Reports
 * and counters stay readable.
 */
void pair_stop(struct pair *p);
void pair_destroy(struct pair *p); /* accepts NULL */

enum pair_state {
	PAIR_BOOTING,
	PAIR_RUNNING, /* the workload has started */
	PAIR_DONE,    /* it has ended as asked */
	PAIR_FAILED,  /* pair_failure() says why */
};

/* Any thread. */
enum pair_state pair_state(const struct pair *p, unsigned side);

/* Control thread: why a side failed, in words. */
/* has it failed for want of threads? */
bool pair_lacks_threads(const struct pair *p, unsigned side);
void pair_failure(const struct pair *p, unsigned side, char *text, unsigned bytes);

/* Control thread: a Linux guest's console, and how it has ended itself; not of the bundled one. */
struct stock *pair_stock(struct pair *p, unsigned side);

/*
 * What a guest reports: guest memory, so any value may be there, and it may change while read. Of a
 * Linux guest NULL.
 */
const struct tandem_report *pair_report(const struct pair *p, unsigned side);

/* A guest's load pages: guest memory, as the report. Host and guest write them, see abi.h. */
struct tandem_load *pair_load(const struct pair *p, unsigned side);

/* Control thread: the virtio features that a side's driver has accepted, once it runs. */
uint64_t pair_features(const struct pair *p, unsigned side);

struct backend *pair_backend(const struct pair *p);

/* Control thread: a side's machine, for whoever looks into it. */
struct machine *pair_machine(struct pair *p, unsigned side);

/*
 * Thread ids: of a guest, and (for the echo floor) the eventfds of its interrupt and its
 * doorbell.
 */
pid_t pair_guest_tid(const struct pair *p, unsigned side);
int pair_call_fd(const struct pair *p, unsigned side);
int pair_echo_fd(const struct pair *p, unsigned side);

/* Control thread: KVM's counters of a guest, its vCPUs' included. -ENOSYS: there are none. */
int pair_stats(const struct pair *p, unsigned side, struct vm_stats *out);

/* Sides that exist: both, or only side B for the echo floor (workload[SIDE_A] == 0). */
bool pair_has(const struct pair *p, unsigned side);

#endif
