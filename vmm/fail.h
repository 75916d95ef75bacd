// SPDX-License-Identifier: BSD-2-Clause
// A virtual machine that can't go on.
#ifndef VMM_FAIL_H
#define VMM_FAIL_H

struct vm;

/* vCPU thread: what went wrong, kept for vm_failure() and logged; of several the first. */
void vm_fail(struct vm *vm, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
