// SPDX-License-Identifier: BSD-2-Clause
// A virtual machine that can't go on.
#include "vmm/fail.h"

#include <stdarg.h>
#include <stdio.h>

#include "lib/log.h"
#include "tandem/shared.h"
#include "vmm/state.h"

void vm_fail(struct vm *vm, const char *fmt, ...)
{
	va_list ap;

	if (__atomic_exchange_n(&vm->failing, true, __ATOMIC_RELAXED))
		return;
	va_start(ap, fmt);
	vsnprintf(vm->failure, sizeof(vm->failure), fmt, ap);
	va_end(ap);
	log_error("vm %s: %s", vm->config.name, vm->failure);
	shared_store_release(&vm->state, VM_FAILED);
}
