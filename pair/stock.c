// SPDX-License-Identifier: BSD-2-Clause
// A stock Linux kernel as a guest.
#include "pair/stock.h"

#include <errno.h>
#include <string.h>

#include "lib/fd.h"
#include "lib/log.h"
#include "tandem/shared.h"

static void end(void *ctx, enum pc_end how)
{
	struct stock *s = ctx;

	shared_store_release(&s->ended, (int)how);
	machine_end(s->machine);
}

int stock_init(struct stock *s, const struct stock_config *config, struct machine *machine)
{
	s->config = config;
	s->machine = machine;
	s->serial_fd = fd_eventfd();
	if (s->serial_fd < 0)
		return s->serial_fd;
	s->pc.end = end;
	s->pc.ctx = s;
	uart_init(&s->pc.serial, console_put, &s->console, s->serial_fd);
	return 0;
}

void stock_fini(struct stock *s)
{
	if (s->serial_fd < 0)
		return;
	uart_fini(&s->pc.serial);
	fd_close(&s->serial_fd);
}

void stock_wire(struct stock *s, struct machine_config *machine)
{
	machine->stock = true;
	machine->vcpus = s->config->vcpus;
	machine->serial_fd = s->serial_fd;
	pc_ports(&s->pc, machine->ports + machine->nports);
	machine->nports += PC_PORTS;
}

enum pc_end stock_ended(const struct stock *s)
{
	return (enum pc_end)shared_load_acquire(&s->ended);
}

static int load(struct machine *m, const struct guest_config *config)
{
	const struct stock_config *c = config->stock;
	char why[LINUX_WHY_BYTES];
	int err;

	if (!m->accel->load_linux) {
		log_error("guest %s: a Linux guest needs KVM; use --accel=kvm", m->config.name);
		return -ENOSYS;
	}
	err = m->accel->load_linux(m, &c->image, why);
	if (err)
		log_error("guest %s: %s: %s", m->config.name, c->kernel_name, why);
	return err;
}

/* Nothing in it listens. */
static void ask_to_end(struct machine *m)
{
	(void)m;
}

static const struct tandem_report *report(const struct machine *m)
{
	(void)m;
	return NULL;
}

const struct guest_ops guest_linux = {
	.name = "linux",
	.load = load,
	.ask_to_end = ask_to_end,
	.report = report,
};
