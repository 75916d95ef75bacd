// SPDX-License-Identifier: BSD-2-Clause
// --features=: what is offered, by name with + or -.
#ifndef CLI_FEATURES_H
#define CLI_FEATURES_H

#include <stdbool.h>
#include <stdint.h>

/* Whose features they are. */
struct features_of {
	uint64_t can, needed;
	const char *lacks; /* "tandem does not offer this"; what it has follows: */
	const char *has;   /* "it offers" */
};

/*
 * Changes *features as `text` has it: "-mrg_rxbuf,+mtu". False: a name is unknown or none of those
 * that can be changed, or has no sign (logged).
 */
bool features_parse(const char *text, const struct features_of *of, uint64_t *features);

#endif
