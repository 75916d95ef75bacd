// SPDX-License-Identifier: BSD-2-Clause
// The notification strategies by name.
#ifndef VHOST_STRATEGIES_H
#define VHOST_STRATEGIES_H

#include "vhost/notify.h"

extern const struct notify_ops notify_direct, notify_deferred, notify_unbound;

/*
 * All of them, NULL-terminated, in the order in which they are listed, run and drawn: the option
 * list, --help, tables and pages come from here. A new one: docs/adding-a-strategy.md.
 */
extern const struct notify_ops *const notify_strategies[];

/* One of them; NULL: none of this name. */
const struct notify_ops *notify_find(const char *name);

/* The same, and the one for tests that no list has. */
const struct notify_ops *notify_find_any(const char *name);

/* For tests, and not among the strategies above: --notify=delayed:US names it, no list does. */
extern const struct notify_ops notify_delayed;

#endif
