// SPDX-License-Identifier: BSD-2-Clause
// tandem's own backend: one thread on an io_uring loop that owns both devices' data queues and
// copies frames.
#ifndef VHOST_COPIER_H
#define VHOST_COPIER_H

#include "vhost/backend.h"

/* Of the producers that copy here: user, batch, sqpoll. */
extern const struct backend_ops backend_copier;

#endif
