// SPDX-License-Identifier: BSD-2-Clause
// What all cells have: a scenario, and reasons to fail.
#include "bench/run/cell.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *scenario_name(enum scenario s)
{
	return s == SCENARIO_STREAM ? "stream" : "rr";
}

bool scenario_find(const char *name, enum scenario *s)
{
	for (unsigned i = 0; i < SCENARIOS; i++) {
		if (strcmp(scenario_name(i), name) != 0)
			continue;
		*s = i;
		return true;
	}
	return false;
}

int cell_error(char *error, size_t size, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(error, size, fmt, ap);
	va_end(ap);
	return -EIO;
}

bool cell_host_lacks(int err)
{
	return err == -ENOSYS || err == -ENODEV || err == -ENOENT || err == -EPERM ||
	       err == -EACCES || err == -ENOMEM || err == -EMFILE || err == -ENFILE ||
	       err == -EAGAIN || err == -EFBIG;
}
