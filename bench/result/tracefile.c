// SPDX-License-Identifier: BSD-2-Clause
// Where --trace=FILE goes.
#include "bench/result/tracefile.h"

#include <errno.h>
#include <sys/stat.h>

#include "bench/result/place.h"
#include "bench/result/replace.h"
#include "lib/log.h"

int tracefile_check(const char *path)
{
	struct stat st;
	int err;

	if (!*path || (stat(path, &st) == 0 && !S_ISREG(st.st_mode))) {
		log_error("--trace=%s: not a regular file; give a file name", path);
		return -EINVAL;
	}
	err = place_check(path);
	return err ? log_errno(err, "--trace=%s: cannot be written", path) : 0;
}

int tracefile_write(const char *path, const char *text, size_t len)
{
	char kept[REPLACE_KEPT_MAX], why[128];
	int err = replace_file(path, text, len, kept);

	if (!err)
		return 0;
	if (!*kept)
		return log_errno(err, "--trace=%s: writing the events", path);
	log_error("--trace=%s: writing the events: %s; they are in %s", path,
		  log_reason(err, why, sizeof(why)), kept);
	return err;
}
