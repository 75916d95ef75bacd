// SPDX-License-Identifier: BSD-2-Clause
// What these tests cannot do without: KVM, or the reason why they are skipped.
#ifndef TESTS_GUEST_NEED_KVM_H
#define TESTS_GUEST_NEED_KVM_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vmm/vm.h"

/* The KVM file descriptor; without one the program ends as skipped, saying why. */
static inline int need_kvm(void)
{
	int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);

	if (fd < 0) {
		printf("/dev/kvm: %s\n", strerror(errno));
		exit(77);
	}
	close(fd);
	fd = vm_open_kvm(); /* from here on it is ours to get right */
	if (fd < 0)
		exit(1);
	return fd;
}

#endif
