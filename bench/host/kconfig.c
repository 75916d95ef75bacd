// SPDX-License-Identifier: BSD-2-Clause
// Finds and reads the kernel's configuration.
#include "bench/host/kconfig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONFIG_BYTES (1u << 20)

/* Behind a newline, so that every option begins a line. */
static bool take(struct kconfig *k, FILE *f, const char *source)
{
	size_t n = f ? fread(k->text + 1, 1, CONFIG_BYTES - 2, f) : 0;

	k->text[0] = '\n';
	k->text[n + 1] = '\0';
	k->source = source;
	return strstr(k->text, "\nCONFIG_") != NULL;
}

static bool take_file(struct kconfig *k, const char *path, const char *source)
{
	FILE *f = fopen(path, "re");
	bool found = take(k, f, source);

	if (f)
		fclose(f);
	return found;
}

/* CONFIG_IKCONFIG_PROC. Without gzip the next place is tried. */
static bool take_packed(struct kconfig *k, const char *path)
{
	char command[320];
	bool found;
	FILE *f;

	f = fopen(path, "re");
	if (!f)
		return false;
	fclose(f);
	snprintf(command, sizeof(command), "gzip -dc '%s' 2>/dev/null", path);
	f = popen(command, "re");
	found = take(k, f, "/proc/config.gz");
	if (f)
		pclose(f);
	return found;
}

static const char *place(char path[256], const char *root, const char *format, const char *release)
{
	size_t n = (size_t)snprintf(path, 256, "%s", root);

	if (n < 256)
		snprintf(path + n, 256 - n, format, release);
	return path;
}

bool kconfig_read(struct kconfig *k, const char *root, const char *release)
{
	char path[256];

	*k = (struct kconfig){ .text = malloc(CONFIG_BYTES) };
	if (k->text &&
	    (take_packed(k, place(path, root, "/proc/config.gz", "")) ||
	     take_file(k, place(path, root, "/lib/modules/%s/config", release), "/lib/modules") ||
	     take_file(k, place(path, root, "/boot/config-%s", release), "/boot") ||
	     take_file(k, place(path, root, "/lib/modules/%s/build/.config", release),
		       "/lib/modules, build")))
		return true;
	kconfig_free(k);
	return false;
}

void kconfig_free(struct kconfig *k)
{
	free(k->text);
	*k = (struct kconfig){ 0 };
}

bool kconfig_has(const struct kconfig *k, const char *option)
{
	char line[80];

	snprintf(line, sizeof(line), "\n%s=y\n", option);
	return k->text && strstr(k->text, line);
}
