// SPDX-License-Identifier: BSD-2-Clause
// --features=: what is offered, by name with + or -.
#ifndef CLI_FEATURES_H
#define CLI_FEATURES_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Changes *features, at first all that tandem can offer, as `text` has it: "-mrg_rxbuf,+mtu".
 * False: a name is unknown or none of those, or has no sign (logged).
 */
bool features_parse(const char *text, uint64_t *features);

#endif
