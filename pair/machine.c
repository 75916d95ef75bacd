// SPDX-License-Identifier: BSD-2-Clause
// One guest's machine, by its accel's table of functions.
#include "pair/machine.h"

#include <errno.h>
#include <string.h>

const struct accel_ops *const accels[] = { &accel_kvm, &accel_thread, NULL };

const struct accel_ops *accel_find(const char *name)
{
	for (size_t i = 0; accels[i]; i++)
		if (strcmp(accels[i]->name, name) == 0)
			return accels[i];
	return NULL;
}

const char *accel_irq_name(const struct accel_ops *accel, const struct vm_irq *irq)
{
	return accel->interrupt ? accel->interrupt : irq->name;
}

bool accel_defers(const struct accel_ops *accel, const struct vm_irq *irq)
{
	return !accel->interrupt && irq->deferred;
}

const char *accel_name(const struct accel_ops *accel)
{
	return accel->name;
}

bool accel_needs_kvm(const struct accel_ops *accel)
{
	return accel->needs_kvm;
}

int machine_create(struct machine *m, const struct accel_ops *accel,
		   const struct machine_config *config)
{
	*m = (struct machine){ .accel = accel, .config = *config };
	if (!m->config.vcpus)
		m->config.vcpus = 1;
	return accel->create(m);
}

int machine_start(struct machine *m, const cpu_set_t *cpus)
{
	return m->accel->start(m, cpus);
}

void machine_stop(struct machine *m)
{
	if (m->made)
		m->accel->stop(m);
}

void machine_destroy(struct machine *m)
{
	if (m->made)
		m->accel->destroy(m);
	m->made = NULL;
}

void machine_end(struct machine *m)
{
	m->accel->end(m);
}

const char *machine_failure(const struct machine *m)
{
	return m->made ? m->accel->failure(m) : NULL;
}

bool machine_lacks_threads(const struct machine *m)
{
	return m->made && m->accel->lacks_threads && m->accel->lacks_threads(m);
}

pid_t machine_tid(const struct machine *m, unsigned vcpu)
{
	return m->made ? m->accel->tid(m, vcpu) : 0;
}

int machine_stats(const struct machine *m, struct vm_stats *out)
{
	return m->made && m->accel->stats ? m->accel->stats(m, out) : -ENOSYS;
}

void machine_set_line(struct machine *m, struct vm_line *line, const struct pci_irq *irq)
{
	m->accel->set_line(m, line, irq);
}

void machine_move_doorbell(struct machine *m, unsigned queue, int fd, uint64_t from, uint64_t to)
{
	m->accel->move_doorbell(m, queue, fd, from, to);
}

void *machine_ptr(const struct machine *m, uint64_t offset, uint64_t bytes)
{
	const struct gmem *mem = m->config.mem;

	return mem ? gmem_ptr(mem, gpa(mem->base + offset), bytes) : NULL;
}
