// SPDX-License-Identifier: BSD-2-Clause
// Accel "kvm": a guest's machine is a KVM virtual machine.
#include <string.h>

#include "pair/machine.h"
#include "vmm/linux.h"
#include "vmm/loader.h"
#include "vmm/pc.h"

static int add_interrupt(struct vm *vm, const struct machine_config *c)
{
	const struct vm_irq *irq = c->irq ? c->irq : vm_irq_find("auto");
	uint64_t address;
	uint32_t data;
	int gsi;

	/* A guest that sets its vectors routes them, too; a pin is set up for it. */
	if (c->call_fd < 0 || (c->has_lines && vm_irq_message(irq, &address, &data)))
		return 0;
	gsi = vm_add_irq(vm, irq);
	return gsi < 0 || c->has_lines ? gsi : vm_irqfd(vm, gsi, c->call_fd);
}

static void set_line(struct machine *m, struct vm_line *line, const struct pci_irq *irq)
{
	vm_line_set(m->made, line, irq);
}

static void move_doorbell(struct machine *m, unsigned queue, int fd, uint64_t from, uint64_t to)
{
	(void)queue;
	vm_move_doorbell(m->made, fd, from, to);
}

static int wire(struct vm *vm, const struct machine_config *c)
{
	int err = add_interrupt(vm, c);

	if (err >= 0 && c->stock)
		err = vm_irqfd(vm, PC_SERIAL_GSI, c->serial_fd);
	for (unsigned i = 0; i < c->ndoorbells && err >= 0; i++)
		err = vm_add_doorbell(vm, c->doorbell[i].fd, c->doorbell[i].at,
				      c->doorbell[i].value);
	return err < 0 ? err : 0;
}

static int create(struct machine *m)
{
	const struct machine_config *c = &m->config;
	struct vm_config vc = {
		.name = c->name,
		.kvm_fd = c->kvm_fd,
		.mem = c->mem,
		.vcpus = c->vcpus,
		.stock = c->stock,
		.nmmio = c->nwindows,
		.nports = c->nports,
		.halt_poll_ns = c->halt_poll_ns,
		.no_pause_exits = c->no_pause_exits,
		.console = c->console,
		.console_ctx = c->console_ctx,
		.confine = c->confine,
	};
	struct vm *vm;
	int err;

	memcpy(vc.mmio, c->window, sizeof(vc.mmio));
	memcpy(vc.ports, c->ports, sizeof(vc.ports));
	err = vm_create(&vm, &vc);
	if (err)
		return err;
	m->made = vm;
	return wire(vm, c);
}

static int load(struct machine *m, const void *image, uint64_t bytes)
{
	return image ? vm_load_elf(m->made, image, bytes) : vm_load_guest(m->made);
}

static int load_linux(struct machine *m, const struct linux_image *image, char why[LINUX_WHY_BYTES])
{
	return vm_load_linux(m->made, image, why);
}

static int start(struct machine *m, const cpu_set_t *cpus)
{
	return vm_start(m->made, cpus);
}

static void stop(struct machine *m)
{
	vm_stop(m->made);
}

static void destroy(struct machine *m)
{
	vm_destroy(m->made);
}

static void end(struct machine *m)
{
	vm_end(m->made);
}

static const char *failure(const struct machine *m)
{
	return vm_state(m->made) == VM_FAILED ? vm_failure(m->made) : NULL;
}

static bool lacks_threads(const struct machine *m)
{
	return vm_lacks_threads(m->made);
}

static pid_t tid(const struct machine *m, unsigned vcpu)
{
	return vm_vcpu_tid(m->made, vcpu);
}

static int stats(const struct machine *m, struct vm_stats *out)
{
	return vm_stats_read(m->made, out);
}

const struct accel_ops accel_kvm = {
	.name = "kvm",
	.needs_kvm = true,
	.create = create,
	.load = load,
	.load_linux = load_linux,
	.start = start,
	.set_line = set_line,
	.move_doorbell = move_doorbell,
	.stop = stop,
	.destroy = destroy,
	.end = end,
	.failure = failure,
	.lacks_threads = lacks_threads,
	.tid = tid,
	.stats = stats,
};
