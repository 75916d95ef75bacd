// SPDX-License-Identifier: BSD-2-Clause
// What a reader needs years later.
#include "bench/host/facts.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/host/text.h"

#define VULNERABILITIES "/sys/devices/system/cpu/vulnerabilities"

bool facts_cpuinfo(const char *root, const char *key, char *out, size_t size)
{
	char text[8192];
	const char *p = host_read_text(root, "/proc/cpuinfo", text, sizeof(text)) ? text : NULL;
	size_t len = strlen(key);

	while (p && !(strncmp(p, key, len) == 0 && strchr(" \t:", p[len]))) {
		p = strchr(p, '\n');
		p += p != NULL;
	}
	p = p ? strchr(p, ':') : NULL;
	if (!p)
		return false;
	p++;
	p += strspn(p, " \t");
	snprintf(out, size, "%.*s", (int)strcspn(p, "\n"), p);
	return true;
}

static int is_visible(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

static void read_one(struct facts *f, const char *root, const char *name)
{
	char path[320];

	if (f->n == FACTS_MITIGATIONS_MAX)
		return;
	snprintf(path, sizeof(path), VULNERABILITIES "/%s", name);
	if (!host_read_text(root, path, f->mitigation[f->n].state, sizeof(f->mitigation[0].state)))
		return;
	f->mitigation[f->n].state[strcspn(f->mitigation[f->n].state, "\n")] = '\0';
	snprintf(f->mitigation[f->n].name, sizeof(f->mitigation[0].name), "%.31s", name);
	f->n++;
}

static void read_mitigations(struct facts *f, const char *root)
{
	struct dirent **list;
	char path[256];
	int n;

	snprintf(path, sizeof(path), "%s" VULNERABILITIES, root);
	n = scandir(path, &list, is_visible, alphasort);
	for (int i = 0; i < n; i++) {
		read_one(f, root, list[i]->d_name);
		free(list[i]);
	}
	if (n >= 0)
		free(list);
}

void facts_read(struct facts *f, const char *root)
{
	time_t now = time(NULL); /* wall clock */
	struct tm utc;

	memset(f, 0, sizeof(*f));
	if (gmtime_r(&now, &utc))
		strftime(f->date, sizeof(f->date), "%Y-%m-%dT%H:%M:%SZ", &utc);
	if (host_read_text(root, "/proc/cmdline", f->cmdline, sizeof(f->cmdline)))
		f->cmdline[strcspn(f->cmdline, "\n")] = '\0';
	facts_cpuinfo(root, "microcode", f->microcode, sizeof(f->microcode));
	read_mitigations(f, root);
}
