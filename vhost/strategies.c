// SPDX-License-Identifier: BSD-2-Clause
// The notification strategies by name.
#include "vhost/strategies.h"

#include <string.h>

const struct notify_ops *const notify_strategies[] = {
	&notify_direct,
	&notify_deferred,
	&notify_unbound,
	NULL,
};

const struct notify_ops *notify_find(const char *name)
{
	for (size_t i = 0; notify_strategies[i]; i++)
		if (strcmp(notify_strategies[i]->name, name) == 0)
			return notify_strategies[i];
	return NULL;
}

const struct notify_ops *notify_find_any(const char *name)
{
	return strcmp(name, notify_delayed.name) == 0 ? &notify_delayed : notify_find(name);
}
