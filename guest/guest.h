// SPDX-License-Identifier: BSD-2-Clause
// The bundled guest: one virtio-net driver, a handful of workloads, no operating system.
#ifndef GUEST_GUEST_H
#define GUEST_GUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "ring.h"
#include "tandem/abi.h"
#include "tandem/frame.h"
#include "tandem/shared.h"

/*
 * Everything a guest knows. It lives on the boot stack (or, hosted, in the pair), so that two
 * guests can share a process. Interrupts are disabled except inside plat_idle(): the handler
 * never runs in the middle of anything.
 */
struct guest {
	struct tandem_boot *boot;
	struct tandem_report *report;
	struct ring rx;
	struct ring tx;
	struct tandem_stamp *stamp; /* where the next one goes */
	void *platform;		    /* hosted: its own */
};

/*
 * The platform (guest/x86, guest/arm64, guest/hosted) provides, in platform.h:
 *
 *   uint64_t plat_clock(void)            cycles of the clock shared with the host
 *   void *plat_ptr(g, gpa)               a guest physical address as a pointer, and back
 *   uint64_t plat_gpa(g, ptr)
 *   uint32_t plat_read32(g, gpa)         device registers
 *   void plat_write32(g, gpa, value)
 *   void plat_kick(g, queue)             QueueNotify
 *   enum plat_wake plat_idle(g, t3)      sleep until an interrupt, one that is pending included; a
 *                                        device interrupt stores its handler's time in *t3
 *   void plat_init(g)                    interrupt controller, vectors; the tick when tick_us != 0
 *   void plat_log(g, text)               debug console
 *   void plat_exit(g) noreturn
 */
enum plat_wake { PLAT_DEVICE, PLAT_TICK };

#include "platform.h"

/* Runs the guest from its boot page to the end of its workload. */
void guest_main(struct guest *g, struct tandem_boot *boot);

/* Says why in the report and on the console, and ends the guest. */
void guest_fail(struct guest *g, enum tandem_failure why, uint64_t a, uint64_t b, uint64_t c,
		uint64_t d) __attribute__((noreturn));

/* Tells the host the guest's state: report page and doorbell. */
void guest_set_state(struct guest *g, enum tandem_state state);

/* Has the host asked to drain and finish? */
static inline bool guest_stopping(const struct guest *g)
{
	return shared_load(&g->boot->stop);
}

/* Brings the device up (virtio 1.2, 3.1.1) with both queues laid out in the heap. */
void net_start(struct guest *g);

/* Hands the stamp that was filled to the host. t4: 0 for a spurious interrupt. */
static inline void guest_stamp(struct guest *g, uint64_t t4, uint16_t rx_idx)
{
	struct tandem_report *r = g->report;
	uint64_t next = r->stamp_head + 1;

	shared_store(&g->stamp->t4, t4);
	shared_store(&g->stamp->rx_idx, rx_idx);
	shared_store_release(&r->stamp_head, next);
	g->stamp = &r->stamps[next & (TANDEM_STAMPS - 1)];
}

/* Sleeps until an interrupt, counts it; device interrupts leave their time in g->stamp. */
static inline enum plat_wake guest_idle(struct guest *g)
{
	enum plat_wake wake = plat_idle(g, &g->stamp->t3);
	uint64_t *counter = wake == PLAT_DEVICE ? &g->report->interrupts : &g->report->ticks;

	shared_store(counter, *counter + 1);
	return wake;
}

/*
 * Waits until the receive queue has used buffers, or `others` says there is something else to do,
 * or a tick has passed. The receive queue's interrupt must be armed (ring_arm), with a fence since. Returns how many
 * buffers are used.
 */
static inline uint16_t guest_wait_rx(struct guest *g)
{
	uint16_t n = ring_used(&g->rx);

	if (n) {
		shared_store(&g->stamp->t3, 0);
		guest_stamp(g, plat_clock(), g->rx.used_seen + n);
		return n;
	}
	if (guest_idle(g) == PLAT_TICK)
		return 0;
	n = ring_used(&g->rx);
	guest_stamp(g, n ? plat_clock() : 0, g->rx.used_seen + n);
	return n;
}

/* Kicks the queue if the device asked for it. Fences. */
static inline void guest_kick(struct guest *g, struct ring *r)
{
	shared_fence(); /* (D) */
	if (!ring_wants_kick(r))
		return;
	plat_kick(g, r->queue);
	shared_store(&g->report->kicks, g->report->kicks + 1);
}

void stream_send(struct guest *g);
void stream_receive(struct guest *g);
void rr_ping(struct guest *g);
void rr_pong(struct guest *g);
void echo(struct guest *g);

#endif
