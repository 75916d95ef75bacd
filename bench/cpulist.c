// SPDX-License-Identifier: BSD-2-Clause
// A set of CPUs as people write it.
#include "bench/cpulist.h"

#include <stdio.h>

void cpulist_print(const cpu_set_t *set, char *out, size_t size)
{
	size_t len = 0;

	out[0] = '\0';
	for (unsigned c = 0; c < CPU_SETSIZE && len < size; c++) {
		unsigned last = c;

		if (!CPU_ISSET(c, set))
			continue;
		while (last + 1 < CPU_SETSIZE && CPU_ISSET(last + 1, set))
			last++;
		len += (size_t)snprintf(out + len, size - len, last > c ? "%s%u-%u" : "%s%u",
					len ? "," : "", c, last);
		c = last;
	}
}
