// SPDX-License-Identifier: BSD-2-Clause
// The cache of stock kernels, and how one gets into it.
#ifndef LAB_FETCH_H
#define LAB_FETCH_H

#include <stdbool.h>

#include "lab/arch.h"
#include "lab/file.h"
#include "lab/proc.h"

struct lab_wanted {
	const struct lab_arch *arch;
	char suite[64];
	char series[64];     /* what the release begins with; "" for any */
	const char *flavour; /* "cloud" or "rt" */
};

struct lab_found {
	/* in the cache: image, package, modules/ and, when the package has one, config */
	struct lab_path dir;
	bool cached;	 /* it is there */
	char about[320]; /* not cached: package and version */
};

/*
 * The newest kernel in the cache that fits; where there is none or `refresh` is set, the newest one
 * of the archive, which is not fetched. Nothing but the archive's index is. 0, or -errno after a
 * message.
 */
int lab_fetch_look(struct lab_sig *sig, const char *cache, const struct lab_wanted *w, bool refresh,
		   struct lab_found *found);

/*
 * The same, and fetches it into its directory. Only one lab at a time looks at an archive or
 * fetches from it. 0, or
 * -errno after a message.
 */
int lab_fetch(struct lab_sig *sig, const char *cache, const struct lab_wanted *w, bool refresh,
	      struct lab_path *dir);

#endif
