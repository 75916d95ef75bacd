// SPDX-License-Identifier: BSD-2-Clause
// The producers by name: who moves the frames, and where that one spends its time.
#ifndef VHOST_PRODUCERS_H
#define VHOST_PRODUCERS_H

#include "vhost/backend.h"

/* All producers, NULL-terminated; the first is what NULL stands for. */
extern const struct producer_ops *const producers[];
const struct producer_ops *producer_find(const char *name); /* NULL: there is none */

/* Control thread: makes the backend that config->producer needs. 0 or -errno (logged). */
int backend_create(struct backend **out, const struct backend_config *config);

#endif
