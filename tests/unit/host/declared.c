// SPDX-License-Identifier: BSD-2-Clause
// Which preemption mode a kernel declares, played below a directory that stands for its root.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "bench/host/declared.h"
#include "bench/host/host.h"
#include "tests/common/suite.h"
#include "tests/common/tree.h"

#define DYNAMIC "#1 SMP PREEMPT_DYNAMIC Debian"
#define RT "#1 SMP PREEMPT_RT Debian"
#define FIXED "#1 SMP Debian"

#define CONFIG_DYNAMIC "CONFIG_PREEMPT_DYNAMIC=y\n"
#define CONFIG_LAZY_ARCH "CONFIG_ARCH_HAS_PREEMPT_LAZY=y\n"
#define CONFIG_7 CONFIG_DYNAMIC CONFIG_LAZY_ARCH "CONFIG_PREEMPT_LAZY=y\n"

struct row {
	const char *name;
	const char *release, *version;
	const char *cmdline, *config, *debugfs, *log; /* NULL: there is none */
	const char *config_path;		      /* NULL: /boot/config-RELEASE */
	const char *mode, *rt, *source;
	bool x86; /* what the architecture decides, where there is no configuration */
};

static const struct row rows[] = {
	{ "preempt= is nothing to a kernel without PREEMPT_DYNAMIC", "6.12.0", FIXED,
	  "preempt=full", "CONFIG_PREEMPT_NONE=y\n", .mode = "none", .source = "(/boot)" },
	{ "the last preempt= wins", "6.18.0", DYNAMIC, "preempt=full quiet preempt=lazy\n",
	  CONFIG_DYNAMIC CONFIG_LAZY_ARCH "CONFIG_PREEMPT_NONE=y\n", .mode = "lazy",
	  .source = "line" },
	{ "a mode that is not offered leaves the kernel's default", "7.0.1", DYNAMIC,
	  "preempt=voluntary", CONFIG_7, .mode = "lazy", .source = "configuration" },
	{ "one that is not offered does not undo one that is", "7.0.1", DYNAMIC,
	  "preempt=full preempt=none", CONFIG_7, .mode = "full" },
	{ "voluntary is offered by 6.18", "6.18.0", DYNAMIC, "preempt=voluntary", CONFIG_7,
	  .mode = "voluntary" },
	{ "lazy is not offered by 6.12", "6.12.0", DYNAMIC, "preempt=lazy",
	  CONFIG_DYNAMIC "CONFIG_PREEMPT_VOLUNTARY=y\n", .mode = "voluntary" },
	{ "another module's preempt= is not the kernel's", "6.12.0", DYNAMIC,
	  "x.preempt=1 preempt=full", .mode = "full" },
	{ "a word of init's is not the kernel's", "6.12.0", DYNAMIC, "preempt=full -- preempt=none",
	  .mode = "full" },
	{ "blanks within quotes do not end a word", "6.12.0", DYNAMIC,
	  "preempt=full dyndbg=\"file x preempt=none\"", .mode = "full" },
	{ "a word that is no mode is ignored", "6.12.0", DYNAMIC, "preempt=full preempt=maybe",
	  .mode = "full" },
	{ "a configuration beside the modules", "6.12.0", FIXED, "quiet",
	  "CONFIG_PREEMPT_VOLUNTARY=y\n", .config_path = "lib/modules/6.12.0/config",
	  .mode = "voluntary", .source = "(/lib/modules)" },
	{ "a configuration in the kernel", "6.12.0", FIXED, "quiet", "CONFIG_PREEMPT=y\n",
	  .config_path = "proc/config", .mode = "full", .source = "(/proc/config.gz)" },
	{ "an RT kernel with lazy in debugfs", "7.2.0-rt", RT, "quiet", .debugfs = "full (lazy) \n",
	  .mode = "rt", .rt = "lazy", .source = "debugfs" },
	{ "an RT kernel with full in debugfs", "7.2.0-rt", RT, "preempt=lazy",
	  .debugfs = "(full) lazy\n", .mode = "rt", .rt = "full" },
	{ "an RT kernel by its configuration", "6.12.0", RT, "preempt=none",
	  "CONFIG_PREEMPT_RT=y\n", .mode = "rt", .rt = "full" },
	{ "an RT kernel that obeys preempt=lazy, not none", "6.18.0", RT,
	  "preempt=lazy preempt=none",
	  CONFIG_DYNAMIC CONFIG_LAZY_ARCH "CONFIG_PREEMPT_RT=y\nCONFIG_PREEMPT=y\n", .mode = "rt",
	  .rt = "lazy" },
	{ "an RT kernel of which no more is known", "6.18.0", RT, "preempt=lazy", .mode = "rt",
	  .rt = "unknown" },
	{ "debugfs goes before the log", "6.18.0", DYNAMIC, "quiet", .mode = "lazy",
	  .debugfs = "none voluntary full (lazy)\n", .log = "Dynamic Preempt: full\n" },
	{ "the log's last mode, not its last complaint", "7.0.0", DYNAMIC, "preempt=none", CONFIG_7,
	  .log = "Dynamic Preempt: lazy\n[1] Dynamic Preempt: full\n[2] Dynamic Preempt: "
		 "unsupported mode: none\n",
	  .mode = "full", .source = "kernel log" },
	{ "without a configuration: full is obeyed by any", "7.0.0", DYNAMIC, "preempt=full",
	  .mode = "full" },
	{ "without a configuration: the default is not known", "7.0.0", DYNAMIC, "preempt=none",
	  .mode = "unknown" },
	{ "without a configuration: nothing obeys without PREEMPT_DYNAMIC", "6.12.0", FIXED,
	  "preempt=full", .mode = "unknown" },
	{ "without a configuration: lazy, on x86 from 6.13 on", "6.18.0", DYNAMIC, "preempt=lazy",
	  .mode = "lazy", .x86 = true },
	{ "PREEMPT alone is full before there was lazy", "6.1.0", "#1 SMP PREEMPT Debian", "quiet",
	  .mode = "full", .source = "uname -v" },
	{ "PREEMPT alone may be lazy from 6.13 on", "7.2.0", "#1 SMP PREEMPT Debian", "quiet",
	  .mode = "unknown" },
};

static char root[32];

static void put(const char *path, const char *text)
{
	char full[256];
	FILE *f;

	if (!text)
		return;
	snprintf(full, sizeof(full), "%s/%s", root, path);
	*strrchr(full, '/') = '\0';
	assert_int_equal(tree_make(full), 0);
	snprintf(full, sizeof(full), "%s/%s", root, path);
	f = fopen(full, "w");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static void put_config(const struct row *row)
{
	char path[128], command[128];

	if (!row->config)
		return;
	snprintf(path, sizeof(path), "boot/config-%s", row->release);
	put(row->config_path ? row->config_path : path, row->config);
	if (!row->config_path || strncmp(row->config_path, "proc", 4) != 0)
		return;
	snprintf(command, sizeof(command), "gzip %s/%s", root, row->config_path);
	if (system(command) != 0) {
		print_message("gzip is not installed\n");
		skip();
	}
}

static void play(const struct row *row, struct host *h)
{
	put("proc/sys/kernel/osrelease", row->release);
	put("proc/sys/kernel/version", row->version);
	put("proc/cmdline", row->cmdline);
	put("sys/kernel/debug/sched/preempt", row->debugfs);
	put("proc/kmsg", row->log);
	put_config(row);
	memset(h, 0, sizeof(*h));
	host_read_preempt(h, root);
}

static int set_up(void **state)
{
	(void)state;
	strcpy(root, "/tmp/tandem-declared-XXXXXX");
	return mkdtemp(root) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	return tree_remove(root);
}

static void test_row(void **state)
{
	const struct row *row = *state;
	struct utsname u;
	struct host h;

	uname(&u);
	if (row->x86 && strcmp(u.machine, "x86_64") != 0)
		skip();
	play(row, &h);
	assert_string_equal(h.preempt, row->mode);
	assert_string_equal(h.preempt_rt, row->rt ? row->rt : "");
	if (row->source && !strstr(h.preempt_source, row->source))
		fail_msg("known from: %s", h.preempt_source);
}

/* The patches from before RT was merged say so in a file, and spell it otherwise. */
static void test_old_rt(void **state)
{
	const struct row spelled = { .release = "5.4.0", .version = "#1 SMP PREEMPT RT" };
	const struct row plain = { .release = "6.1.0", .version = FIXED };
	struct host h;

	(void)state;
	play(&spelled, &h);
	assert_string_equal(h.preempt, "rt");
	put("sys/kernel/realtime", "1\n");
	play(&plain, &h);
	assert_string_equal(h.preempt, "rt");
}

int main(void)
{
	static struct suite s;

	s.setup = set_up;
	s.teardown = tear_down;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		suite_add(&s, rows[i].name, test_row, &rows[i]);
	suite_add(&s, "an RT kernel from before RT was merged", test_old_rt, NULL);
	return suite_run(&s, "declared");
}
