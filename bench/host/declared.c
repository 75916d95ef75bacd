// SPDX-License-Identifier: BSD-2-Clause
// Which preemption mode the kernel declares: from what it says of itself, and what it was built to
// obey.
#include "bench/host/declared.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/utsname.h>

#include "bench/host/kconfig.h"
#include "bench/host/modes.h"
#include "bench/host/text.h"

#define KLOG_READ_ALL 3
#define KLOG_BYTES (1 << 20)
#define CMDLINE_BYTES (1 << 16)

enum answer { NO, YES, UNSURE };

/* The kernel, and what its preempt= takes. */
struct kernel {
	const char *root;
	char release[65], version[65];
	unsigned major, minor;
	struct kconfig config;
	enum answer rt, dynamic, lazy;
};

/* A mode, and what it is known from. */
struct found {
	const char *mode; /* NULL: not known */
	char source[80];
};

static bool since(const struct kernel *k, unsigned major, unsigned minor)
{
	return k->major > major || (k->major == major && k->minor >= minor);
}

static const char *mode_named(const char *name, size_t len)
{
	for (size_t i = 0; preempt_modes[i]; i++)
		if (strlen(preempt_modes[i]) == len && strncmp(preempt_modes[i], name, len) == 0)
			return preempt_modes[i];
	return NULL;
}

static struct found found(const char *mode, const char *format, const char *where)
{
	struct found f = { .mode = mode };

	snprintf(f.source, sizeof(f.source), format, where);
	return f;
}

static struct found not_found(void)
{
	return (struct found){ 0 };
}

static void read_line(const char *root, const char *path, char *text, size_t bytes)
{
	if (!host_read_text(root, path, text, bytes))
		text[0] = '\0';
	text[strcspn(text, "\n")] = '\0';
}

/*
 * Without the configuration: lazy came with 6.13 on x86 and is on all of arm64's kernels from 7.0
 * on. The kernels before 5.17 do not tell of PREEMPT_DYNAMIC, an RT kernel never does.
 */
static void guess_build(struct kernel *k)
{
	struct utsname u;
	bool x86 = uname(&u) == 0 && strcmp(u.machine, "x86_64") == 0;

	k->dynamic = strstr(k->version, "PREEMPT_DYNAMIC") ? YES
		     : since(k, 5, 17) && k->rt != YES	   ? NO
							   : UNSURE;
	k->lazy = !since(k, 6, 13) ? NO : x86 || since(k, 7, 0) ? YES : UNSURE;
}

static void read_kernel(struct kernel *k, const char *root)
{
	char realtime[8];

	*k = (struct kernel){ .root = root };
	read_line(root, "/proc/sys/kernel/osrelease", k->release, sizeof(k->release));
	read_line(root, "/proc/sys/kernel/version", k->version, sizeof(k->version));
	sscanf(k->release, "%u.%u", &k->major, &k->minor);
	/* The second spelling, and the file, are of the patches from before 6.12. */
	read_line(root, "/sys/kernel/realtime", realtime, sizeof(realtime));
	k->rt = strstr(k->version, "PREEMPT_RT") || strstr(k->version, "PREEMPT RT") ||
		strcmp(realtime, "1") == 0;
	kconfig_read(&k->config, root, k->release);
	if (!k->config.text) {
		guess_build(k);
		return;
	}
	k->rt |= kconfig_has(&k->config, "CONFIG_PREEMPT_RT");
	k->dynamic = kconfig_has(&k->config, "CONFIG_PREEMPT_DYNAMIC");
	k->lazy = kconfig_has(&k->config, "CONFIG_ARCH_HAS_PREEMPT_LAZY");
}

/* Would preempt=MODE be obeyed? From 7.0 on only full and lazy are left where there is lazy. */
static enum answer offers(const struct kernel *k, const char *mode)
{
	if (strcmp(mode, "full") == 0)
		return YES;
	if (strcmp(mode, "lazy") == 0)
		return k->lazy;
	if (strcmp(mode, "rt") == 0 || k->rt == YES)
		return NO;
	if (!since(k, 7, 0))
		return YES;
	return k->lazy == UNSURE ? UNSURE : k->lazy == YES ? NO : YES;
}

/* "none voluntary (full) lazy" */
static struct found from_debugfs(const struct kernel *k)
{
	char text[128], *open, *close;

	if (!host_read_text(k->root, "/sys/kernel/debug/sched/preempt", text, sizeof(text)))
		return not_found();
	open = strchr(text, '(');
	close = open ? strchr(open, ')') : NULL;
	return close ? found(mode_named(open + 1, (size_t)(close - open - 1)), "debugfs %s",
			     "sched/preempt")
		     : not_found();
}

static bool read_log(const char *root, char *text)
{
	int n;

	if (*root)
		return host_read_text(root, "/proc/kmsg", text, KLOG_BYTES);
	n = klogctl(KLOG_READ_ALL, text, KLOG_BYTES - 1);
	text[n > 0 ? n : 0] = '\0';
	return n > 0;
}

/*
 * The last that names a mode wins: it can be switched at run time. Others say that a mode is not
 * supported.
 */
static struct found from_log(const struct kernel *k)
{
	static const char key[] = "Dynamic Preempt: ";
	char *text = malloc(KLOG_BYTES);
	const char *mode = NULL, *next;

	if (text && read_log(k->root, text))
		for (const char *p = text; (p = strstr(p, key));) {
			p += sizeof(key) - 1;
			next = mode_named(p, strcspn(p, " \n"));
			mode = next ? next : mode;
		}
	free(text);
	return found(mode, "kernel %s", "log");
}

/* The kernel's words: a quote may stand anywhere in one, and blanks within quotes do not end it. */
static size_t word_length(const char *p)
{
	bool quoted = false;
	size_t n = 0;

	for (; p[n] && (quoted || !strchr(" \t\n", p[n])); n++)
		quoted ^= p[n] == '"';
	return n;
}

/*
 * The last preempt= that is offered; what is not is ignored, as the kernel does. *unsure: it may be
 * offered.
 */
static const char *last_offered(const struct kernel *k, const char *p, bool *unsure)
{
	static const char key[] = "preempt=";
	const char *last = NULL;
	size_t n;

	*unsure = false;
	for (; *p; p += n) {
		const char *mode;

		p += strspn(p, " \t\n");
		n = word_length(p);
		if (n == 2 && strncmp(p, "--", 2) == 0)
			break; /* the rest is for init */
		if (n < sizeof(key) - 1 || strncmp(p, key, sizeof(key) - 1) != 0)
			continue;
		mode = mode_named(p + sizeof(key) - 1, n - (sizeof(key) - 1));
		if (!mode || offers(k, mode) == NO)
			continue;
		*unsure = offers(k, mode) == UNSURE;
		last = mode;
	}
	return last;
}

static struct found from_cmdline(const struct kernel *k, bool *unsure)
{
	char *text = malloc(CMDLINE_BYTES);
	const char *mode = NULL;

	*unsure = false;
	if (text && host_read_text(k->root, "/proc/cmdline", text, CMDLINE_BYTES))
		mode = last_offered(k, text, unsure);
	free(text);
	return found(*unsure ? NULL : mode, "preempt= on the kernel command %s", "line");
}

static struct found from_config(const struct kernel *k)
{
	static const struct {
		const char *option, *mode;
	} built[] = {
		{ "CONFIG_PREEMPT_LAZY", "lazy" },
		{ "CONFIG_PREEMPT", "full" },
		{ "CONFIG_PREEMPT_VOLUNTARY", "voluntary" },
		{ "CONFIG_PREEMPT_NONE", "none" },
		{ "CONFIG_PREEMPT_RT", "full" }, /* before 6.13 a choice of its own */
	};

	for (size_t i = 0; i < sizeof(built) / sizeof(built[0]); i++)
		if (kconfig_has(&k->config, built[i].option))
			return found(built[i].mode, "the kernel's configuration (%s)",
				     k->config.source);
	return not_found();
}

/* PREEMPT alone is full, or, where there is lazy, one of both; without it none or voluntary. */
static struct found from_version(const struct kernel *k)
{
	bool full = k->dynamic == NO && k->rt == NO && k->lazy == NO &&
		    strstr(k->version, " PREEMPT ");

	return found(full ? "full" : NULL, "uname %s", "-v");
}

/* What it was told at boot, where it obeys; else what it was built as. */
static struct found from_boot(const struct kernel *k)
{
	struct found f = not_found();
	bool unsure = false;

	if (k->dynamic == YES)
		f = from_cmdline(k, &unsure);
	if (!f.mode && !unsure)
		f = k->config.text ? from_config(k) : from_version(k);
	return f;
}

static struct found find_mode(const struct kernel *k)
{
	struct found f = from_debugfs(k);

	if (!f.mode)
		f = from_log(k);
	return f.mode ? f : from_boot(k);
}

static void say_rt(struct host *h, const struct found *f)
{
	snprintf(h->preempt, sizeof(h->preempt), "rt");
	snprintf(h->preempt_rt, sizeof(h->preempt_rt), "%s", f->mode ? f->mode : "unknown");
	snprintf(h->preempt_source, sizeof(h->preempt_source), "uname -v%s%s", f->mode ? "; " : "",
		 f->mode ? f->source : "");
}

void host_read_preempt(struct host *h, const char *root)
{
	struct kernel k;
	struct found f;

	read_kernel(&k, root);
	f = find_mode(&k);
	h->preempt_rt[0] = '\0';
	if (k.rt == YES) {
		say_rt(h, &f);
	} else if (f.mode) {
		snprintf(h->preempt, sizeof(h->preempt), "%s", f.mode);
		snprintf(h->preempt_source, sizeof(h->preempt_source), "%s", f.source);
	} else {
		snprintf(h->preempt, sizeof(h->preempt), "unknown");
		snprintf(h->preempt_source, sizeof(h->preempt_source),
			 k.dynamic == YES
				 ? "uname -v: PREEMPT_DYNAMIC; run as root with debugfs to learn "
				   "more"
				 : "uname -v does not tell");
	}
	kconfig_free(&k.config);
}
