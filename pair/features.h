// SPDX-License-Identifier: BSD-2-Clause
// Which virtio features a guest of tandem's own can negotiate, and which a pair's device can.
#ifndef PAIR_FEATURES_H
#define PAIR_FEATURES_H

#include <stddef.h>
#include <stdint.h>

/* The bundled guest: unless told otherwise; all it can do; those it cannot do without. */
uint64_t features_usual(void);
uint64_t features_can(void);
uint64_t features_needed(void);

/* What is otherwise than usual: "+ring_packed,-event_idx"; "default": nothing. */
const char *features_changed_text(uint64_t changed, char *text, size_t size);

#endif
