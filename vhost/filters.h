// SPDX-License-Identifier: BSD-2-Clause
// What the backend's, the notifiers' and the doors' threads may ask of the kernel.
#ifndef VHOST_FILTERS_H
#define VHOST_FILTERS_H

#include "lib/filter.h"

extern const struct filter_rule backend_filter[];
extern const struct filter_rule notifier_filter[];
extern const struct filter_rule door_filter[];

#endif
