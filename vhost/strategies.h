// SPDX-License-Identifier: BSD-2-Clause
// The notification strategies by name.
#ifndef VHOST_STRATEGIES_H
#define VHOST_STRATEGIES_H

#include "vhost/notify.h"

/*
 * All strategies, in the order in which they are listed, run and drawn: the option list, --help,
 * tables and pages come from here. A new one: its line here, see docs/adding-a-strategy.md.
 */
#define NOTIFY_STRATEGIES(X) \
	X(notify_direct)     \
	X(notify_deferred)   \
	X(notify_unbound)

#define NOTIFY_DECLARE(ops) extern const struct notify_ops ops;
NOTIFY_STRATEGIES(NOTIFY_DECLARE)

/* The same, NULL-terminated. */
extern const struct notify_ops *const notify_strategies[];

/* One of them; NULL: none of this name. */
const struct notify_ops *notify_find(const char *name);

/* The same, and the one for tests that no list has. */
const struct notify_ops *notify_find_any(const char *name);

/* For tests, and not among the strategies above: --notify=delayed:US names it, no list does. */
extern const struct notify_ops notify_delayed;

#endif
