// SPDX-License-Identifier: BSD-2-Clause
// The hosted platform.
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <time.h>
#include <unistd.h>

#include "guest.h"
#include "hosted.h"
#include "lib/clock.h"

#define LOOK_NS 10000000u

static void signal_fd(int fd)
{
	uint64_t one = 1;
	ssize_t n = write(fd, &one, sizeof(one));

	(void)n;
}

uint64_t plat_clock(void)
{
	return clock_now();
}

void *plat_ptr(struct guest *g, uint64_t at)
{
	return hosted(g)->machine->ram + (at - hosted(g)->machine->ram_gpa);
}

uint64_t plat_gpa(struct guest *g, const void *p)
{
	return (uint64_t)((const uint8_t *)p - hosted(g)->machine->ram) +
	       hosted(g)->machine->ram_gpa;
}

uint32_t plat_read32(struct guest *g, uint64_t at)
{
	return plat_read(g, at, 4);
}

uint32_t plat_read(struct guest *g, uint64_t at, unsigned len)
{
	return hosted(g)->machine->read(hosted(g)->machine->ctx, at, len);
}

void plat_write(struct guest *g, uint64_t at, unsigned len, uint32_t value)
{
	hosted(g)->machine->write(hosted(g)->machine->ctx, at, len, value);
}

uint32_t plat_pci_read(struct guest *g, uint32_t address)
{
	struct hosted_machine *m = hosted(g)->machine;

	return m->pci_read ? m->pci_read(m->ctx, address) : ~0u;
}

void plat_pci_write(struct guest *g, uint32_t address, uint32_t value)
{
	struct hosted_machine *m = hosted(g)->machine;

	if (m->pci_write)
		m->pci_write(m->ctx, address, value);
}

void plat_write32(struct guest *g, uint64_t at, uint32_t value)
{
	struct hosted_machine *m = hosted(g)->machine;

	if (at == g->boot->ctl_gpa + TANDEM_CTL_ECHO && m->echo_fd >= 0)
		signal_fd(m->echo_fd);
	else
		plat_write(g, at, 4, value);
}

void plat_kick(struct guest *g, uint32_t queue)
{
	int fd = hosted(g)->machine->kick_fd[queue & 1];

	if (fd >= 0)
		signal_fd(fd);
	else if (g->doorbell[queue & 1])
		plat_write(g, g->doorbell[queue & 1], 2, queue);
}

/*
 * How long an idle lasts at most; 0: for ever. A timer that was due while nobody slept goes off at
 * once.
 */
static uint64_t idle_ns(struct guest *g)
{
	uint64_t at = hosted(g)->timer, now;

	if (!hosted(g)->one_shot)
		return g->boot->tick_us * 1000ull;
	now = plat_clock();
	return !at ? 0 : at > now ? ((at - now) * g->boot->ns_per_cycle >> 32) + 1 : 1;
}

static void take(const struct pollfd *p)
{
	uint64_t count;
	ssize_t n = p->revents ? read(p->fd, &count, sizeof(count)) : 0;

	(void)n;
}

/* At most so long; 0: for ever. How many are readable. */
static int wait_for(struct pollfd p[2], uint64_t ns)
{
	struct timespec end = { .tv_sec = (time_t)(ns / 1000000000),
				.tv_nsec = (long)(ns % 1000000000) };
	int ready;

	do {
		ready = ppoll(p, p[1].fd < 0 ? 1 : 2, ns ? &end : NULL, NULL);
	} while (ready < 0 && errno == EINTR);
	return ready;
}

/*
 * The same where the interrupt that also says that the power is off is masked: it has to be looked
 * for.
 */
static int wait_masked(struct hosted_machine *m, struct pollfd p[2], uint64_t ns)
{
	uint64_t end = ns ? clock_mono_ns() + ns : UINT64_MAX;
	int ready = 0;

	while (ready < 1 && !shared_load(&m->quit) && clock_mono_ns() < end)
		ready = wait_for(p, ns && ns < LOOK_NS ? ns : LOOK_NS);
	return ready;
}

enum plat_wake plat_idle(struct guest *g, uint64_t *t3)
{
	struct hosted_machine *m = hosted(g)->machine;
	struct pollfd p[2] = { { .fd = m->call_fd[0], .events = POLLIN },
			       { .fd = m->call_fd[1], .events = POLLIN } };
	uint64_t ns = idle_ns(g);

	if ((p[0].fd < 0 ? wait_masked(m, p, ns) : wait_for(p, ns)) < 1) {
		hosted(g)->timer = 0;
		return shared_load(&m->quit) ? (plat_exit(g), PLAT_TICK) : PLAT_TICK;
	}
	shared_store(t3, clock_now());
	take(&p[0]);
	take(&p[1]);
	if (shared_load_acquire(&m->quit))
		plat_exit(g);
	return PLAT_DEVICE;
}

void plat_exit(struct guest *g)
{
	longjmp(hosted(g)->end, 1);
}

void plat_init(struct guest *g)
{
	(void)g;
}

void plat_one_shot(struct guest *g)
{
	hosted(g)->one_shot = true;
}

void plat_set_timer(struct guest *g, uint64_t cycles)
{
	hosted(g)->timer = plat_clock() + cycles;
}
