// SPDX-License-Identifier: BSD-2-Clause
// The contract between tandem and its bundled guest: boot-info page, report page, doorbells.
#ifndef TANDEM_ABI_H
#define TANDEM_ABI_H

#include <stdint.h>

#include "tandem/cycles.h"

/*
 * Guest physical layout, as offsets from the start of guest RAM (boot.ram_gpa). The host writes
 * the boot page before the guest starts; the guest finds its address in the first argument
 * register. All other addresses are in the boot page.
 */
#define TANDEM_BOOT_OFFSET 0x1000u
#define TANDEM_TABLES_OFFSET 0x10000u /* page tables, when the host makes them */
#define TANDEM_TABLES_BYTES 0x10000u
#define TANDEM_X86_IDT_OFFSET \
	0x18000u /* in the tables' pages: x86_64's vectors, which the guest makes */
#define TANDEM_REPORT_OFFSET 0x20000u
#define TANDEM_LOAD_OFFSET 0x80000u /* open loop only: struct tandem_load */
#define TANDEM_IMAGE_OFFSET 0x100000u
#define TANDEM_IMAGE_MAX 0x80000u
#define TANDEM_STACK_OFFSET 0x1f0000u /* grows down */
#define TANDEM_STACK_BYTES 0x4000u    /* of each CPU; the next CPU's is below */
#define TANDEM_HEAP_OFFSET 0x200000u  /* rings and buffers */

#define TANDEM_BOOT_MAGIC 0x31746f6f62646e74ull /* "tndboot1" */

enum tandem_workload {
	TANDEM_STREAM_SEND = 1, /* windowed reliable sender */
	TANDEM_STREAM_RECV = 2, /* its receiver: checks, acknowledges */
	TANDEM_RR_PING = 3,	/* sends a request, waits for the response */
	TANDEM_RR_PONG = 4,	/* answers */
	TANDEM_ECHO = 5,	/* the irqfd -> handler -> doorbell floor: no virtio */
	TANDEM_CROWD = 16,	/* several CPUs, no virtio: tandem/crowd.h */
};

/* boot.flags */
#define TANDEM_IRQ_IS_MESSAGE 0x1u  /* no InterruptStatus to read or acknowledge */
#define TANDEM_VERIFY_FULL 0x2u	    /* fill and check every byte of every frame */
#define TANDEM_MISBEHAVE_FAULT 0x4u /* for tests: fault once up */
#define TANDEM_MISBEHAVE_MUTE 0x8u  /* for tests: come up, then never answer */
#define TANDEM_VIRTIO_IS_PCI 0x10u  /* the device is on the PCI bus; x86 */

struct tandem_boot {
	uint64_t magic;
	uint32_t workload;
	uint32_t flags;
	uint64_t ram_gpa;
	uint64_t ram_bytes;
	uint64_t virtio_gpa;  /* the virtio-mmio register page */
	uint64_t ctl_gpa;     /* struct tandem_ctl: control doorbells */
	uint64_t intc_gpa[2]; /* arm64: GICv3 distributor and redistributor */
	uint32_t irq;	      /* x86: vector; arm64: INTID of the SPI */
	uint32_t ring_size;   /* entries of each queue, a power of two */
	uint32_t frame_bytes; /* Ethernet frame, header included, without the virtio-net header */
	uint32_t window;      /* frames in flight at most */
	uint64_t clock_hz;
	uint64_t rto_cycles;   /* retransmission timeout */
	uint32_t tick_us;      /* period of the guest's timer tick */
	uint32_t stop;	       /* written by the host while the guest runs: drain and finish */
	uint64_t load_gpa;     /* open loop: struct tandem_load; 0: closed loop */
	uint64_t ns_per_cycle; /* of the clock, times 2^32 */
	uint64_t msi_address;  /* PCI: what a vector of MSI-X is to send; 0: INTx instead */
	uint64_t msi_data;
	uint64_t features; /* virtio: what the guest accepts, all of it; the device must offer it */
};

/* Offsets in the control page (boot.ctl_gpa); all registers are 32 bits wide, write only. */
#define TANDEM_CTL_STATE 0x0   /* enum tandem_state: an exit to the host */
#define TANDEM_CTL_ECHO 0x4    /* an ioeventfd: the echo floor's doorbell */
#define TANDEM_CTL_CONSOLE 0x8 /* one character to the debug console */

enum tandem_state {
	TANDEM_BOOTING = 0,
	TANDEM_RUNNING = 1, /* device is up, workload started */
	TANDEM_DONE = 2,    /* workload drained after boot.stop */
	TANDEM_FAILED = 3,  /* report.failure says why */
};

enum tandem_failure {
	TANDEM_FAIL_NONE = 0,
	TANDEM_FAIL_FAULT = 1,	  /* info: vector, error code, pc, address */
	TANDEM_FAIL_DEVICE = 2,	  /* info: offset, value read: not the device it expects */
	TANDEM_FAIL_FEATURES = 3, /* info: offered features */
	TANDEM_FAIL_MEMORY = 4,	  /* info: bytes wanted, bytes there */
	TANDEM_FAIL_BOOT = 5,	  /* the boot page makes no sense */
};

/*
 * What the guest did, per pick-up of frames after it had armed its interrupt. t3 is the first line
 * of the interrupt handler, or 0 when the guest found the frames itself before it went idle; t4
 * is the moment the workload has the first of them, or 0 when there was nothing (a spurious
 * interrupt). rx_idx is the device's used index (16 bits) at that moment. Clock cycles.
 */
struct tandem_stamp {
	uint64_t t3;
	uint64_t t4;
	uint64_t rx_idx;
	uint64_t reserved;
};

#define TANDEM_STAMPS 8192u /* a power of two */

struct tandem_report {
	uint32_t state; /* enum tandem_state, mirrored here for the host to sample */
	uint32_t failure;
	uint64_t failure_info[4];
	/* Counters only grow; the guest writes, the host samples. */
	uint64_t tx_frames; /* frames of the workload sent, retransmissions included */
	uint64_t rx_frames; /* frames accepted: in order, whole, right */
	uint64_t retransmits;
	uint64_t rx_out_of_order;
	uint64_t rx_duplicates;
	uint64_t rx_corrupt;
	uint64_t acks_tx;
	uint64_t acks_rx;
	uint64_t interrupts;
	uint64_t ticks;
	uint64_t kicks;
	uint64_t next_seq;     /* sender: first sequence number not yet sent */
	uint64_t acked_seq;    /* sender: first sequence number not yet acknowledged */
	uint64_t stamp_cycles; /* what one stamp costs this guest, measured before its workload */
	/* Of the frames in rx_frames and, in rr, a's responses: from sent to taken, in cycles. */
	uint64_t age[CYCLES_BUCKETS];
	/* Stamps: the guest writes entry stamp_head & (TANDEM_STAMPS - 1), then advances. */
	uint64_t stamp_head;
	struct tandem_stamp stamps[TANDEM_STAMPS];
};

#define TANDEM_REPORT_BYTES 0x60000u
_Static_assert(sizeof(struct tandem_report) <= TANDEM_REPORT_BYTES, "report page overflows");
_Static_assert(TANDEM_REPORT_OFFSET + TANDEM_REPORT_BYTES <= TANDEM_LOAD_OFFSET,
	       "report page overlaps the load's");

/*
 * An open loop's schedule: frame n is to be sent at start + n / TANDEM_ARRIVALS * period +
 * offset[n % TANDEM_ARRIVALS], whatever became of those before. All in clock cycles. The host fills
 * it in before the guest starts; guest a, which sends, sets `start`.
 */
#define TANDEM_ARRIVALS 16384u /* a power of two */

/*
 * At time t the frames below number `seq` had been taken (b), sent (a in stream) or answered (a in
 * rr).
 */
struct tandem_mark {
	uint64_t t;
	uint64_t seq;
};

#define TANDEM_MARKS 16384u /* a power of two */

struct tandem_load {
	uint64_t phase;	 /* from the workload's begin to the schedule's */
	uint64_t period; /* more than the last offset */
	uint64_t start;	 /* guest a; 0: not yet */
	/* marks ever made: the guest writes entry head & (TANDEM_MARKS - 1), then advances */
	uint64_t head;
	uint64_t offset[TANDEM_ARRIVALS]; /* ascending */
	struct tandem_mark marks[TANDEM_MARKS];
};

_Static_assert(TANDEM_LOAD_OFFSET + sizeof(struct tandem_load) <= TANDEM_IMAGE_OFFSET,
	       "load pages overlap the image");

#endif
