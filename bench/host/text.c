// SPDX-License-Identifier: BSD-2-Clause
// Short files of the kernel.
#include "bench/host/text.h"

#include <stdio.h>

bool host_read_text(const char *root, const char *path, char *text, size_t bytes)
{
	char full[256];
	size_t n;
	FILE *f;

	snprintf(full, sizeof(full), "%s%s", root, path);
	f = fopen(full, "re");
	if (!f)
		return false;
	n = fread(text, 1, bytes - 1, f);
	text[n] = '\0';
	fclose(f);
	return n > 0;
}
