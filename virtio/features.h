// SPDX-License-Identifier: BSD-2-Clause
// Feature bits by the names that the specification gives them, in small letters and without
// prefix: mrg_rxbuf is VIRTIO_NET_F_MRG_RXBUF.
#ifndef VIRTIO_FEATURES_H
#define VIRTIO_FEATURES_H

#include <stddef.h>
#include <stdint.h>

/* The nth name that is known, from 0 on; NULL: there are no more. *feature: its bit's value. */
const char *feature_at(size_t n, uint64_t *feature);

/*
 * The bit's value of a name of `len` characters; 0: unknown. ring_packed is known as packed, too.
 */
uint64_t feature_of(const char *name, size_t len);

/* Names of the bits in `features`, a blank between them; those without a name as numbers. */
const char *feature_text(uint64_t features, char *text, size_t size);

/* How `set` differs from `usual`: "+ring_packed,-event_idx"; "default": not at all. */
const char *feature_changes(uint64_t usual, uint64_t set, char *text, size_t size);

#endif
