// SPDX-License-Identifier: BSD-2-Clause
// The cache of stock kernels, and how one gets into it.
#ifndef BENCH_LAB_FETCH_H
#define BENCH_LAB_FETCH_H

#include <stdbool.h>

#include "bench/lab_arch.h"
#include "bench/lab_file.h"
#include "bench/lab_proc.h"

struct lab_wanted {
	const struct lab_arch *arch;
	char suite[64];
	char series[64];     /* what the release begins with; "" for any */
	const char *flavour; /* "cloud" or "rt" */
};

/*
 * The directory in the cache with the newest kernel that fits: image, package, modules/ and,
 * when the package has one, config. Fetches it when there is none or `refresh` is set. Only one
 * lab fetches at a time. 0, or -errno after a message.
 */
int lab_fetch(struct lab_sig *sig, const char *cache, const struct lab_wanted *w, bool refresh,
	      struct lab_path *dir);

#endif
