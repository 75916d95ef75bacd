// SPDX-License-Identifier: BSD-2-Clause
// The bundled guest: one virtio-net driver, a handful of workloads, no operating system.
#ifndef GUEST_GUEST_H
#define GUEST_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* On the way of every frame: no call, whatever the compiler thinks of its size. */
#define HOT static inline __attribute__((always_inline))

#include "ring.h"
#include "tandem/abi.h"
#include "tandem/frame.h"
#include "tandem/shared.h"

struct streams;
struct trips;

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
	struct tandem_stamp *stamps_end;
	uint64_t registers;   /* PCI: of the device */
	uint64_t doorbell[2]; /* PCI: where each queue is kicked; 0: QueueNotify */
	void *platform;	      /* hosted: its own */
	uint32_t cpu;	      /* 0 but in a crowd */
	/* over the kind of rings that was negotiated */
	const struct streams *streams;
	const struct trips *trips;
};

/*
 * The platform (guest/x86, guest/arm64, guest/hosted) provides, in platform.h:
 *
 *   uint64_t plat_clock(void)            cycles of the clock shared with the host
 *   void *plat_ptr(g, gpa)               a guest physical address as a pointer, and back
 *   uint64_t plat_gpa(g, ptr)
 *   uint32_t plat_read32(g, gpa)         device registers
 *   void plat_write32(g, gpa, value)
 *   uint32_t plat_read(g, gpa, len)      the same, of 1, 2 or 4 bytes
 *   void plat_write(g, gpa, len, value)
 *   uint32_t plat_pci_read(g, address)   a word of the PCI configuration, all ones without a bus
 *   void plat_pci_write(g, address, value)
 *   void plat_kick(g, queue)             the queue's doorbell
 *   enum plat_wake plat_idle(g, t3)      sleep until an interrupt, one that is pending included; a
 *                                        device interrupt stores its handler's time in *t3
 *   void plat_count(counter, n)          adds to a counter that only this guest writes
 *   void plat_count_release(counter)     adds 1, after all earlier stores
 *   void plat_init(g)                    interrupt controller, vectors; the tick when tick_us != 0
 *   void plat_one_shot(g)                no periodic tick from here on: the timer goes off when set
 *   void plat_set_timer(g, cycles)       PLAT_TICK once, in so many cycles (1 .. a tick's worth)
 *   void plat_log(g, text)               debug console
 *   void plat_exit(g) noreturn
 */
enum plat_wake { PLAT_DEVICE, PLAT_TICK };

#include "platform.h"

/* Has the host asked to drain and finish? */
static inline bool guest_stopping(const struct guest *g)
{
	return shared_load(&g->boot->stop);
}

/*
 * Hands the stamp that was filled to the host. t4: 0 for a spurious interrupt. The count is stored
 * after the entry; this guest's only other party, the host, reads it with acquire.
 */
HOT void guest_stamp(struct guest *g, uint64_t t4, uint16_t rx_idx)
{
	struct tandem_stamp *stamp = g->stamp;

	shared_store(&stamp->t4, t4);
	shared_store(&stamp->rx_idx, rx_idx);
	plat_count_release(&g->report->stamp_head);
	stamp++;
	g->stamp = stamp == g->stamps_end ? g->report->stamps : stamp;
}

/* Sleeps until an interrupt, counts it; device interrupts leave their time in g->stamp. */
HOT enum plat_wake guest_idle(struct guest *g)
{
	enum plat_wake wake = plat_idle(g, &g->stamp->t3);

	if (__builtin_expect(wake == PLAT_TICK, 0))
		plat_count(&g->report->ticks, 1);
	else
		plat_count(&g->report->interrupts, 1);
	return wake;
}

/*
 * Waits until the receive queue has used buffers, or there was an interrupt, or a tick has passed.
 * The receive queue's interrupt must be armed (ring_arm), with a fence since. Returns how many
 * buffers are used.
 */
HOT uint16_t guest_wait_rx(struct guest *g)
{
	uint16_t n = ring_used(&g->rx);

	if (n) {
		ring_answered(&g->rx);
		shared_store(&g->stamp->t3, 0);
		guest_stamp(g, plat_clock(), g->rx.used_seen + n);
		return n;
	}
	if (guest_idle(g) == PLAT_TICK)
		return 0;
	ring_answered(&g->rx);
	n = ring_used(&g->rx);
	guest_stamp(g, n ? plat_clock() : 0, g->rx.used_seen + n);
	return n;
}

/* `n` frames that were sent at `sent` are here. Clocks that two CPUs do not share make no sense. */
HOT void guest_count_age(struct guest *g, uint64_t sent, uint64_t now, uint32_t n)
{
	uint64_t age = now > sent ? now - sent : 0;

	plat_count(&g->report->age[cycles_bucket_of(age)], n);
}

/* Kicks the queue if the device asked for it. Fences. */
HOT void guest_kick(struct guest *g, struct ring *r)
{
	shared_fence(); /* (D), of a packed ring (N) */
	if (!ring_wants_kick(r))
		return;
	plat_kick(g, r->queue);
	plat_count(&g->report->kicks, 1);
}

/* The device gets all receive buffers. */
static inline void guest_give_buffers(struct guest *g)
{
	ring_publish(&g->rx, g->rx.size);
	guest_kick(g, &g->rx);
}

#endif
