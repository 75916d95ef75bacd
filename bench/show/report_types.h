// SPDX-License-Identifier: BSD-2-Clause
// What is reported, and in which format.
#ifndef BENCH_SHOW_REPORT_TYPES_H
#define BENCH_SHOW_REPORT_TYPES_H

#include <stddef.h>

#include "bench/result/results.h"

#define REPORT_FILES_MAX 26u /* each has a letter */

enum report_format {
	REPORT_HTML,
	REPORT_TEXT,
	REPORT_MARKDOWN,
	REPORT_CSV,
	REPORT_JSON,
};

struct report {
	const struct results *file;
	size_t n; /* files, at least one */
};

#endif
