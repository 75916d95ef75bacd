// SPDX-License-Identifier: BSD-2-Clause
// Can this KVM run a stock kernel?
#ifndef VMM_PROBE_H
#define VMM_PROBE_H

#define PROBE_WHY_BYTES 160u

/*
 * Control thread, before any other exists: a guest of a few instructions in kernel mode is run and
 * timed. 0; -ENOSYS: the host interprets such code, or cannot run it, and what that means, to be
 * said behind the words "/dev/kvm"; or another -errno (logged).
 */
int vm_probe(int kvm_fd, char why[PROBE_WHY_BYTES]);

/* For tests: what it means to take so long. NULL: nothing, a processor runs the instructions. */
const char *probe_verdict(unsigned long long took_ns, char why[PROBE_WHY_BYTES]);

#endif
