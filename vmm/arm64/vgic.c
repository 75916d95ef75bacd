// SPDX-License-Identifier: BSD-2-Clause
// arm64: making the in-kernel GICv3 (KVM API, "ARM Virtual Generic Interrupt Controller v3").
#include "vmm/arm64/vgic.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "lib/fd.h"
#include "lib/log.h"
#include "vmm/arch.h"
#include "vmm/ioctl.h"

#define INTERRUPTS 64u /* as few as KVM accepts: 32 private ones, 32 SPIs */

static int set_attr(struct vm *vm, int gic, uint32_t group, uint64_t attr, const char *what,
		    void *value)
{
	struct kvm_device_attr a = {
		.group = group,
		.attr = attr,
		.addr = (uint64_t)value,
	};

	return vm_ioctl(vm, gic, KVM_SET_DEVICE_ATTR, what, &a);
}

static int configure(struct vm *vm, int gic)
{
	uint64_t dist = arch_layout.intc_gpa[0], redist = arch_layout.intc_gpa[1];
	uint32_t interrupts = INTERRUPTS;
	int err = set_attr(vm, gic, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_DIST,
			   "KVM_VGIC_V3_ADDR_TYPE_DIST", &dist);

	if (err >= 0)
		err = set_attr(vm, gic, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_REDIST,
			       "KVM_VGIC_V3_ADDR_TYPE_REDIST", &redist);
	if (err >= 0)
		err = set_attr(vm, gic, KVM_DEV_ARM_VGIC_GRP_NR_IRQS, 0,
			       "KVM_DEV_ARM_VGIC_GRP_NR_IRQS", &interrupts);
	if (err >= 0)
		err = set_attr(vm, gic, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT,
			       "KVM_DEV_ARM_VGIC_CTRL_INIT", NULL);
	return err;
}

static int explain_create(struct vm *vm, int err)
{
	if (err == -ENODEV)
		log_error("vm %s: KVM_CREATE_DEVICE: no GICv3 for guests on this host (a GICv2 "
			  "does not do); use --accel=thread, or a host with a GICv3",
			  vm->config.name);
	else
		log_errno(err, "vm %s: KVM_CREATE_DEVICE: GICv3", vm->config.name);
	return err;
}

int vgic_create(struct vm *vm)
{
	struct kvm_create_device device = { .type = KVM_DEV_TYPE_ARM_VGIC_V3 };
	int gic, err;

	if (vm_ioctl_again(vm->fd, KVM_CREATE_DEVICE, &device) < 0)
		return explain_create(vm, -errno);
	gic = (int)device.fd;
	err = configure(vm, gic);
	fd_close(&gic); /* the device lives as long as its VM */
	return err;
}
