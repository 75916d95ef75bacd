// SPDX-License-Identifier: BSD-2-Clause
// Accel "kvm": each guest is a KVM virtual machine.
#include <linux/virtio_mmio.h>

#include "pair/side.h"
#include "vmm/vm.h"

#define PAGE 0x1000u

static uint64_t virtio_read(void *ctx, uint64_t offset, unsigned len)
{
	return mmio_read(&((struct side *)ctx)->mmio, offset, len);
}

static void virtio_write(void *ctx, uint64_t offset, unsigned len, uint64_t value)
{
	mmio_write(&((struct side *)ctx)->mmio, offset, len, value);
}

static uint64_t ctl_read(void *ctx, uint64_t offset, unsigned len)
{
	(void)ctx;
	(void)offset;
	(void)len;
	return 0;
}

static void ctl_write(void *ctx, uint64_t offset, unsigned len, uint64_t value)
{
	struct side *s = ctx;

	if (len == 4 && side_ctl_write(s, offset, (uint32_t)value))
		vm_end(s->machine);
}

static int add_doorbells(struct side *s, const struct vm_layout *at, const struct vm_irq *irq)
{
	struct vm *vm = s->machine;
	int err = vm_add_irqfd(vm, s->call_fd, irq ? irq : vm_irq_find("auto"));

	for (uint32_t q = 0; q < NET_QUEUES && err >= 0; q++)
		err = vm_add_doorbell(vm, s->kick_fd[q],
				      gpa(at->virtio_gpa + VIRTIO_MMIO_QUEUE_NOTIFY), q);
	if (err >= 0)
		err = vm_add_doorbell(vm, s->echo_fd, gpa(at->ctl_gpa + TANDEM_CTL_ECHO), 1);
	return err;
}

static int create(struct side *s, const struct pair_config *config)
{
	const struct vm_layout *at = vm_layout();
	struct vm_config vc = {
		.name = s->name,
		.kvm_fd = config->kvm_fd,
		.mem = &s->mem,
		.mmio = {
			{ gpa(at->virtio_gpa), PAGE, virtio_read, virtio_write, s },
			{ gpa(at->ctl_gpa), PAGE, ctl_read, ctl_write, s },
		},
		.nmmio = 2,
		.halt_poll_ns = config->halt_poll_ns,
		.console = side_console,
		.console_ctx = s,
		.confine = config->confine,
	};
	struct vm *vm;
	int err = vm_create(&vm, &vc);

	if (err)
		return err;
	s->machine = vm;
	err = add_doorbells(s, at, config->irq);
	if (err >= 0 && config->guest_image[s->index])
		return vm_load_elf(vm, config->guest_image[s->index],
				   config->guest_image_bytes[s->index]);
	return err < 0 ? err : vm_load_guest(vm);
}

static int start(struct side *s, const cpu_set_t *cpus)
{
	return vm_start(s->machine, cpus);
}

static void stop(struct side *s)
{
	if (s->machine)
		vm_stop(s->machine);
}

static void destroy(struct side *s)
{
	vm_destroy(s->machine);
	s->machine = NULL;
}

static const char *failure(const struct side *s)
{
	return vm_state(s->machine) == VM_FAILED ? vm_failure(s->machine) : NULL;
}

static bool lacks_threads(const struct side *s)
{
	return vm_lacks_threads(s->machine);
}

static pid_t tid(const struct side *s)
{
	return vm_tid(s->machine);
}

static int stats(const struct side *s, struct vm_stats *out)
{
	return vm_stats_read(s->machine, out);
}

const struct accel_ops accel_kvm = {
	.name = "kvm",
	.create = create,
	.start = start,
	.stop = stop,
	.destroy = destroy,
	.failure = failure,
	.lacks_threads = lacks_threads,
	.tid = tid,
	.stats = stats,
};
