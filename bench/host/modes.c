// SPDX-License-Identifier: BSD-2-Clause
// The preemption modes by name.
#include "bench/host/modes.h"

#include <string.h>

const char *const preempt_modes[] = { "none", "voluntary", "full", "lazy", "rt", NULL };

bool preempt_is_mode(const char *name, size_t len)
{
	for (size_t i = 0; preempt_modes[i]; i++)
		if (strlen(preempt_modes[i]) == len && strncmp(preempt_modes[i], name, len) == 0)
			return true;
	return false;
}
