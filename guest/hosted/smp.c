// SPDX-License-Identifier: BSD-2-Clause
// The hosted platform with several CPUs.
#include <poll.h>
#include <setjmp.h>
#include <unistd.h>

#include "crowd.h"
#include "crowd_take.h"
#include "hosted.h"
#include "lib/clock.h"

static void check_quit(struct crowd_ctx *c)
{
	if (shared_load_acquire(&hosted(c->g)->machine->quit))
		plat_exit(c->g);
}

void smp_init(struct crowd_ctx *c)
{
	(void)c;
}

/* They are threads of the host, which has started them. */
void smp_start_others(struct crowd_ctx *c)
{
	(void)c;
}

void smp_relax(struct crowd_ctx *c, uint32_t *word, uint32_t seen)
{
	(void)word;
	(void)seen;
	clock_relax();
	check_quit(c);
}

void smp_open(struct crowd_ctx *c)
{
	(void)c;
}

void smp_close(struct crowd_ctx *c)
{
	(void)c;
}

void smp_poll(struct crowd_ctx *c)
{
	check_quit(c);
	if (shared_load(&c->me->pending))
		crowd_ipi_take(c->page, c->cpu);
}

/*
 * The bit is set already. Only who sleeps has to be woken: (V) it says so before it looks for the
 * last time.
 */
void smp_ipi(struct crowd_ctx *c, uint32_t cpu)
{
	uint64_t one = 1;
	ssize_t n;

	shared_fence(); /* (V) */
	if (!shared_load(&c->page->cpu[cpu].asleep))
		return;
	n = write(hosted(c->g)->machine->ipi_fd[cpu], &one, sizeof(one));
	(void)n;
}

void smp_halt(struct crowd_ctx *c)
{
	int fd = hosted(c->g)->machine->ipi_fd[c->cpu];
	struct pollfd p = { .fd = fd, .events = POLLIN };
	uint64_t count;
	ssize_t n;

	shared_store(&c->me->asleep, 1);
	shared_fence(); /* (V) */
	if (!shared_load(&c->me->pending) && !shared_load(&hosted(c->g)->machine->quit))
		ppoll(&p, 1, NULL, NULL); /* as plat_idle(): the same filter holds */
	shared_store(&c->me->asleep, 0);
	n = read(fd, &count, sizeof(count));
	(void)n;
	smp_poll(c);
}

void smp_yield_to(struct crowd_ctx *c, uint32_t cpu)
{
	(void)c;
	(void)cpu;
}

void smp_off(struct crowd_ctx *c)
{
	plat_exit(c->g);
}
