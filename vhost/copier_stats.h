// SPDX-License-Identifier: BSD-2-Clause
// A sample of what tandem's own backend counts.
#ifndef VHOST_COPIER_STATS_H
#define VHOST_COPIER_STATS_H

#include "vhost/copier_state.h"

struct backend_stats copier_stats(const struct backend *b);

#endif
