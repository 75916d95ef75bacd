// SPDX-License-Identifier: BSD-2-Clause
// Asking KVM.
#include "vmm/ioctl.h"

#include <errno.h>
#include <sys/ioctl.h>

#include "lib/log.h"
#include "vmm/state.h"

/*
 * A signal, or task work that io_uring has for this thread, may interrupt any of these before it
 * has begun (KVM_CREATE_VM is the one that does): it is simply asked again.
 */
int vm_ioctl_again(int fd, unsigned long request, void *arg)
{
	int ret;

	do {
		ret = ioctl(fd, request, arg);
	} while (ret < 0 && errno == EINTR);
	return ret;
}

int vm_ioctl(struct vm *vm, int fd, unsigned long request, const char *what, void *arg)
{
	int ret = vm_ioctl_again(fd, request, arg);

	return ret < 0 ? log_errno(-errno, "vm %s: %s", vm->config.name, what) : ret;
}
