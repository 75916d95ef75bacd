// SPDX-License-Identifier: BSD-2-Clause
// The guest's life: check the boot page, bring the device up, run the workload, report.
#include "main.h"

#include "guest.h"
#include "crowd.h"
#include "crowd_main.h"
#include "echo.h"
#include "net.h"
#include "over.h"
#include "report.h"

static void misbehave(struct guest *g)
{
	if (g->boot->flags & TANDEM_MISBEHAVE_FAULT)
		plat_fault(g);
	while (g->boot->flags & TANDEM_MISBEHAVE_MUTE && !guest_stopping(g))
		guest_idle(g);
}

static void run_workload(struct guest *g)
{
	switch (g->boot->workload) {
	case TANDEM_STREAM_SEND:
		g->streams->send(g);
		break;
	case TANDEM_STREAM_RECV:
		g->streams->receive(g);
		break;
	case TANDEM_RR_PING:
		g->trips->ping(g);
		break;
	case TANDEM_RR_PONG:
		g->trips->pong(g);
		break;
	case TANDEM_ECHO:
		echo(g);
		break;
	default:
		guest_fail(g, TANDEM_FAIL_BOOT, g->boot->workload, 0, 0, 0);
	}
}

#define STAMP_ROUNDS 16u
#define STAMP_PASSES 8u

/*
 * As a notification is stamped: two clocks, three stores, a count; into a place that nobody reads
 * yet. Cycles.
 */
static uint64_t stamp_some(struct tandem_stamp *stamp)
{
	uint64_t begin = plat_clock(), scratch = 0;

	for (unsigned i = 0; i < STAMP_ROUNDS; i++) {
		shared_store(&stamp->t3, plat_clock());
		shared_store(&stamp->t4, plat_clock());
		shared_store(&stamp->rx_idx, i);
		plat_count_release(&scratch);
	}
	return plat_clock() - begin;
}

/* The fastest pass: in the others somebody else had the CPU. */
static void measure_stamp(struct guest *g)
{
	uint64_t least = stamp_some(g->report->stamps);

	for (unsigned i = 1; i < STAMP_PASSES; i++) {
		uint64_t cycles = stamp_some(g->report->stamps);

		least = cycles < least ? cycles : least;
	}
	shared_store(&g->report->stamp_cycles, least / STAMP_ROUNDS);
}

void guest_main(struct guest *g, struct tandem_boot *boot)
{
	g->boot = boot;
	g->report = plat_ptr(g, boot->ram_gpa + TANDEM_REPORT_OFFSET);
	g->stamp = g->report->stamps;
	g->stamps_end = g->report->stamps + TANDEM_STAMPS;
	g->cpu = 0;
	g->doorbell[0] = g->doorbell[1] = 0;
	if (boot->magic != TANDEM_BOOT_MAGIC)
		guest_fail(g, TANDEM_FAIL_BOOT, boot->magic, 0, 0, 0);
	plat_init(g);
	if (boot->workload == TANDEM_CROWD)
		crowd_main(g);
	if (boot->workload != TANDEM_ECHO)
		net_start(g);
	measure_stamp(g);
	guest_set_state(g, TANDEM_RUNNING);
	misbehave(g);
	run_workload(g);
	guest_set_state(g, TANDEM_DONE);
	plat_exit(g);
}
