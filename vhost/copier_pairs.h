// SPDX-License-Identifier: BSD-2-Clause
// tandem's own backend where devices have several pairs of queues.
#ifndef VHOST_COPIER_PAIRS_H
#define VHOST_COPIER_PAIRS_H

#include "vhost/copier_state.h"

/* Backend thread: other rings of device `to` run than before: frames for it go to those. */
void copier_aim(struct copier *c, unsigned to);

/* Backend thread: one turn of all pairs, both directions. true: there may be more to do at once. */
bool copier_turn_pairs(struct copier *c);

#endif
