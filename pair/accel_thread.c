// SPDX-License-Identifier: BSD-2-Clause
// Accel "thread": each vCPU is a host thread, everything but KVM as with accel kvm.
#include "pair/accel_thread.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>

#include "lib/fd.h"
#include "lib/log.h"
#include "lib/thread.h"
#include "pair/machine.h"
#include "tandem/abi.h"
#include "tandem/crowd.h"
#include "tandem/hosted.h"
#include "tandem/shared.h"

_Static_assert(VM_VCPUS_MAX <= CROWD_CPUS_MAX, "an eventfd for each vCPU");

struct hosted;

/* What a thread that stands in for a vCPU is given. */
struct seat {
	struct hosted *hosted;
	struct thread thread;
	unsigned cpu;
};

struct hosted {
	const struct machine *machine;
	struct hosted_machine platform;
	int ipi_fd[CROWD_CPUS_MAX]; /* wakes a CPU of several */
	struct seat seat[VM_VCPUS_MAX];
};

const struct filter_rule guest_filter[] = {
	ALLOW(ppoll, "idle until the device calls or the tick comes"),
	ALLOW(read, "take the call"),
	ALLOW_IF(prctl, 0, FILTER_WORD, PR_SET_TIMERSLACK,
		 "a schedule's times are kept to the point"),
	FILTER_END,
};

/* The window an address lies in, or NULL: there nothing answers. */
static const struct vm_mmio *window_at(const struct machine *m, uint64_t at)
{
	for (unsigned i = 0; i < m->config.nwindows; i++)
		if (at - m->config.window[i].base.v < m->config.window[i].bytes)
			return &m->config.window[i];
	return NULL;
}

static uint32_t read_window(void *ctx, uint64_t at, unsigned len)
{
	const struct vm_mmio *w = window_at(((struct hosted *)ctx)->machine, at);

	return w ? (uint32_t)w->read(w->ctx, at - w->base.v, len) : 0;
}

static void write_window(void *ctx, uint64_t at, unsigned len, uint32_t value)
{
	const struct vm_mmio *w = window_at(((struct hosted *)ctx)->machine, at);

	if (w)
		w->write(w->ctx, at - w->base.v, len, value);
}

/* Its only ports are those of a PCI bus: the address, and the data behind it. */
static uint32_t pci_read(void *ctx, uint32_t address)
{
	const struct vm_ports *p = ((struct hosted *)ctx)->machine->config.ports;

	p->write(p->ctx, 0, 4, address);
	return p->read(p->ctx, 4, 4);
}

static void pci_write(void *ctx, uint32_t address, uint32_t value)
{
	const struct vm_ports *p = ((struct hosted *)ctx)->machine->config.ports;

	p->write(p->ctx, 0, 4, address);
	p->write(p->ctx, 4, 4, value);
}

/* The thread that takes the interrupts is the driver's. */
static void set_line(struct machine *m, struct vm_line *line, const struct pci_irq *irq)
{
	struct hosted *h = m->made;
	bool opens = vm_line_opens(line, irq);

	h->platform.call_fd[line->fd != m->config.call_fd] = opens ? line->fd : -1;
}

static void move_doorbell(struct machine *m, unsigned queue, int fd, uint64_t from, uint64_t to)
{
	struct hosted *h = m->made;

	(void)from;
	h->platform.kick_fd[queue] = to ? fd : -1;
}

/* The platform signals its doorbells itself: the echo's, and QueueNotify's by their values. */
static void set_doorbells(struct hosted_machine *p, const struct machine_config *c)
{
	for (unsigned i = 0; i < c->ndoorbells; i++) {
		const struct machine_doorbell *d = &c->doorbell[i];

		if (d->at.v == vm_layout()->ctl_gpa + TANDEM_CTL_ECHO)
			p->echo_fd = d->fd;
		else if (d->value < sizeof(p->kick_fd) / sizeof(p->kick_fd[0]))
			p->kick_fd[d->value] = d->fd;
	}
}

static int make_ipi_fds(struct hosted *h)
{
	const struct machine_config *c = &h->machine->config;

	for (unsigned i = 0; i < c->vcpus; i++) {
		h->ipi_fd[i] = fd_eventfd();
		if (h->ipi_fd[i] < 0)
			return log_errno(h->ipi_fd[i], "guest %s: eventfd", c->name);
	}
	return 0;
}

static int create(struct machine *m)
{
	struct hosted *h = calloc(1, sizeof(*h));

	if (!h)
		return log_errno(-ENOMEM, "guest %s: create", m->config.name);
	m->made = h;
	h->machine = m;
	for (unsigned i = 0; i < CROWD_CPUS_MAX; i++)
		h->ipi_fd[i] = -1;
	h->platform = (struct hosted_machine){
		.ram = m->config.mem->host,
		.ram_gpa = m->config.mem->base,
		.ctx = h,
		.read = read_window,
		.write = write_window,
		.pci_read = m->config.nports ? pci_read : NULL,
		.pci_write = m->config.nports ? pci_write : NULL,
		.kick_fd = { -1, -1 },
		.call_fd = { m->config.call_fd, -1 },
		.echo_fd = -1,
		.ipi_fd = h->ipi_fd,
	};
	set_doorbells(&h->platform, &m->config);
	return make_ipi_fds(h);
}

static void seat_main(void *arg)
{
	struct seat *s = arg;

	/*
	 * A timer set for a frame's time is not to be late by the 50 us that a thread gets by
	 * default.
	 */
	if (s->hosted->machine->config.call_fd >= 0)
		prctl(PR_SET_TIMERSLACK, 1);
	if (s->cpu)
		hosted_cpu_run(&s->hosted->platform, s->cpu);
	else
		hosted_guest_run(&s->hosted->platform);
}

/* "tandem-b", as with KVM; of several vCPUs the others "tandem-b.1" */
static int start_seat(struct hosted *h, unsigned cpu, const cpu_set_t *cpus)
{
	const struct machine_config *c = &h->machine->config;
	struct seat *s = &h->seat[cpu];
	char name[16];

	snprintf(name, sizeof(name), cpu ? "tandem-%.5s.%u" : "tandem-%.8s", c->name, cpu);
	s->hosted = h;
	s->cpu = cpu;
	s->thread.filter = c->confine ? guest_filter : NULL;
	return thread_start(&s->thread, name, cpus, seat_main, s);
}

static void stop(struct machine *m)
{
	struct hosted *h = m->made;

	shared_store_release(&h->platform.quit, 1);
	if (m->config.call_fd >= 0 && h->seat[0].thread.started)
		fd_signal(m->config.call_fd);
	for (unsigned i = 0; i < m->config.vcpus; i++) {
		if (h->ipi_fd[i] >= 0)
			fd_signal(h->ipi_fd[i]);
		thread_join(&h->seat[i].thread);
	}
}

static int start(struct machine *m, const cpu_set_t *cpus)
{
	int err = 0;

	for (unsigned i = 0; i < m->config.vcpus && !err; i++)
		err = start_seat(m->made, i, cpus);
	if (err)
		log_error("guest %s: starting its threads: %s", m->config.name, thread_error(err));
	return err;
}

static void destroy(struct machine *m)
{
	struct hosted *h = m->made;

	stop(m);
	for (unsigned i = 0; i < CROWD_CPUS_MAX; i++)
		fd_close(&h->ipi_fd[i]);
	free(h);
}

/* The guest's code returns by itself. */
static void end(struct machine *m)
{
	(void)m;
}

static const char *failure(const struct machine *m)
{
	(void)m;
	return NULL;
}

static pid_t tid(const struct machine *m, unsigned vcpu)
{
	return ((const struct hosted *)m->made)->seat[vcpu].thread.tid;
}

const struct accel_ops accel_thread = {
	.name = "thread",
	.interrupt = "eventfd",
	.create = create,
	.start = start,
	.set_line = set_line,
	.move_doorbell = move_doorbell,
	.stop = stop,
	.destroy = destroy,
	.end = end,
	.failure = failure,
	.tid = tid,
};
