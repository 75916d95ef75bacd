// SPDX-License-Identifier: BSD-2-Clause
// The conditions a result was measured under.
#include "bench/host/host.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/utsname.h>
#include <time.h>

#include "bench/host/preempt.h"
#include "bench/host/stampcost.h"

#define KLOG_READ_ALL 3
#define KLOG_BYTES (1 << 20)

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

static bool set_mode(struct host *h, const char *name, size_t len, const char *source)
{
	if (!preempt_is_mode(name, len))
		return false;
	snprintf(h->preempt, sizeof(h->preempt), "%.*s", (int)len, name);
	snprintf(h->preempt_source, sizeof(h->preempt_source), "%s", source);
	return true;
}

/* "none voluntary (full) lazy" */
static bool from_debugfs(struct host *h, const char *root)
{
	char text[128], *open, *close;

	if (!host_read_text(root, "/sys/kernel/debug/sched/preempt", text, sizeof(text)))
		return false;
	open = strchr(text, '(');
	close = open ? strchr(open, ')') : NULL;
	return close && set_mode(h, open + 1, (size_t)(close - open - 1), "debugfs sched/preempt");
}

/* The last "Dynamic Preempt: MODE" wins: the mode can be switched at run time. */
static bool from_log(struct host *h)
{
	static const char key[] = "Dynamic Preempt: ";
	char *text = malloc(KLOG_BYTES), *p, *last = NULL;
	bool found = false;
	int n;

	if (!text)
		return false;
	n = klogctl(KLOG_READ_ALL, text, KLOG_BYTES - 1);
	if (n > 0) {
		text[n] = '\0';
		for (p = text; (p = strstr(p, key)); p++)
			last = p + sizeof(key) - 1;
		if (last)
			found = set_mode(h, last, strcspn(last, " \n"), "kernel log");
	}
	free(text);
	return found;
}

static bool from_cmdline(struct host *h, const char *root)
{
	char text[4096], *p;

	if (!host_read_text(root, "/proc/cmdline", text, sizeof(text)))
		return false;
	p = strstr(text, "preempt=");
	if (!p || (p != text && p[-1] != ' '))
		return false;
	p += strlen("preempt=");
	return set_mode(h, p, strcspn(p, " \n"), "preempt= on the kernel command line");
}

static bool from_config(struct host *h, const char *root, const char *release)
{
	static const struct {
		const char *option, *mode;
	} options[] = {
		{ "\nCONFIG_PREEMPT_RT=y", "rt" },
		{ "\nCONFIG_PREEMPT_LAZY=y", "lazy" },
		{ "\nCONFIG_PREEMPT=y", "full" },
		{ "\nCONFIG_PREEMPT_VOLUNTARY=y", "voluntary" },
		{ "\nCONFIG_PREEMPT_NONE=y", "none" },
	};
	char path[160], *text = malloc(KLOG_BYTES);
	bool found = false;

	if (!text)
		return false;
	snprintf(path, sizeof(path), "/boot/config-%s", release);
	if (host_read_text(root, path, text, KLOG_BYTES))
		for (size_t i = 0; i < sizeof(options) / sizeof(options[0]) && !found; i++)
			found = strstr(text, options[i].option) &&
				set_mode(h, options[i].mode, strlen(options[i].mode),
					 "the kernel's configuration in /boot");
	free(text);
	return found;
}

/*
 * `uname -v` says PREEMPT_RT, or PREEMPT (full or lazy: it does not tell), or PREEMPT_DYNAMIC (any), or
 * nothing (none or voluntary).
 */
static void from_version(struct host *h, const char *version)
{
	if (strstr(version, "PREEMPT_RT"))
		set_mode(h, "rt", 2, "uname -v");
	else
		snprintf(h->preempt_source, sizeof(h->preempt_source),
			 strstr(version, "PREEMPT_DYNAMIC")
				 ? "uname -v: PREEMPT_DYNAMIC; run as root with debugfs to learn more"
				 : "uname -v does not tell");
}

void host_read_preempt(struct host *h, const char *root)
{
	struct utsname u;

	uname(&u);
	snprintf(h->preempt, sizeof(h->preempt), "unknown");
	h->preempt_source[0] = '\0';
	if (from_debugfs(h, root) || (!*root && from_log(h)) || from_cmdline(h, root) ||
	    from_config(h, root, u.release))
		return;
	from_version(h, u.version);
}

/* The coarse clock advances once a tick. */
static unsigned read_hz(void)
{
	struct timespec tick = { 0 };

	clock_getres(CLOCK_MONOTONIC_COARSE, &tick);
	return tick.tv_nsec ? (unsigned)((1000000000 + tick.tv_nsec / 2) / tick.tv_nsec) : 0;
}

static void read_cpu_name(struct host *h, const char *root)
{
	char text[8192], *p, *end;

	snprintf(h->cpu, sizeof(h->cpu), "unknown");
	if (!host_read_text(root, "/proc/cpuinfo", text, sizeof(text)))
		return;
	p = strstr(text, "model name");
	p = p ? strchr(p, ':') : NULL;
	if (!p)
		return;
	end = strchr(p, '\n');
	if (end)
		*end = '\0';
	snprintf(h->cpu, sizeof(h->cpu), "%s", p + 2);
}

void host_read(struct host *h, const char *root)
{
	char text[32];
	struct utsname u;
	cpu_set_t cpus;

	memset(h, 0, sizeof(*h));
	uname(&u);
	snprintf(h->kernel, sizeof(h->kernel), "%.60s %.60s", u.release, u.version);
	snprintf(h->arch, sizeof(h->arch), "%.31s",
		 strcmp(u.machine, "aarch64") ? u.machine : "arm64");
	sched_getaffinity(0, sizeof(cpus), &cpus);
	h->cpus = (unsigned)CPU_COUNT(&cpus);
	h->hz = read_hz();
	h->halt_poll_ns = -1;
	if (host_read_text(root, "/sys/module/kvm/parameters/halt_poll_ns", text, sizeof(text)))
		h->halt_poll_ns = atol(text);
	read_cpu_name(h, root);
	host_read_preempt(h, root);
	h->clock = clock_open();
	h->stamp_cost_ns = stampcost_ns();
}
