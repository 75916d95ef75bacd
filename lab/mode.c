// SPDX-License-Identifier: BSD-2-Clause
// Inside the lab: which preemption mode the booted kernel is really in.
#include "lab/mode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "lab/file.h"

static void set(struct lab_mode *m, const char *active, const char *source)
{
	snprintf(m->active, sizeof(m->active), "%s", active);
	snprintf(m->source, sizeof(m->source), "%s", source);
}

/* "none voluntary (full) lazy" */
static bool from_debugfs(struct lab_mode *m)
{
	char *text, *end, *open, *close;
	bool found = false;

	if (lab_file_read("/sys/kernel/debug/sched/preempt", &text, NULL))
		return false;
	for (end = text + strcspn(text, "\n"); end > text && end[-1] == ' '; end--)
		;
	*end = '\0';
	snprintf(m->model, sizeof(m->model), "%.*s", (int)sizeof(m->model) - 1, text);
	open = strchr(text, '(');
	close = open ? strchr(open, ')') : NULL;
	if (close) {
		*close = '\0';
		set(m, open + 1, "debugfs");
		found = true;
	}
	free(text);
	return found;
}

/* The host put the kernel's configuration where a distribution has it. */
static bool from_config(struct lab_mode *m, const char *release)
{
	static const char *const table[][2] = {
		{ "\nCONFIG_PREEMPT_NONE=y", "none" },
		{ "\nCONFIG_PREEMPT_VOLUNTARY=y", "voluntary" },
		{ "\nCONFIG_PREEMPT=y", "full" },
		{ "\nCONFIG_PREEMPT_LAZY=y", "lazy" },
	};
	char *text;
	size_t i;

	if (lab_file_read(lab_path("/boot/config-%s", release).s, &text, NULL))
		return false;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strstr(text, table[i][0]))
			set(m, table[i][1], "config");
	free(text);
	return m->active[0];
}

void lab_mode_read(struct lab_mode *m)
{
	struct utsname u;

	memset(m, 0, sizeof(*m));
	uname(&u);
	m->rt = strstr(u.version, "PREEMPT_RT") != NULL;
	if (!from_debugfs(m) && !from_config(m, u.release))
		set(m, m->rt ? "rt" : "unknown", "uname");
	snprintf(m->name, sizeof(m->name), "%s", m->rt ? "rt" : m->active);
	if (!m->model[0])
		snprintf(m->model, sizeof(m->model), "(%s), fixed", m->active);
}

bool lab_mode_fits(const struct lab_mode *m, const char *wanted)
{
	if (!strcmp(wanted, "current"))
		return true;
	if (!strcmp(wanted, "rt"))
		return m->rt;
	return !strcmp(m->active, wanted) || !strcmp(m->active, "unknown");
}
