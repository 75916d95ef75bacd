// SPDX-License-Identifier: BSD-2-Clause
// Asking KVM.
#ifndef VMM_IOCTL_H
#define VMM_IOCTL_H

struct vm;

/* ioctl(), asked again when it was interrupted before it had begun. */
int vm_ioctl_again(int fd, unsigned long request, void *arg);

/* Of a VM's: `what` names it in the message when it fails. 0 or more, or -errno (logged). */
int vm_ioctl(struct vm *vm, int fd, unsigned long request, const char *what, void *arg);

#endif
