// SPDX-License-Identifier: BSD-2-Clause
// Why a boot of the lab was lost.
#include "lab/diag.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/qemu.h"
#include "lab/rec.h"
#include "lib/log.h"

#define TAIL_LINES 8

/* A file of the boot, "" if there is none. To be freed. */
static char *text_of(const struct lab_boot *b, const char *name)
{
	char *text, *p;
	size_t len;

	if (lab_file_read(lab_path("%s/%s", b->dir, name).s, &text, &len))
		return strdup("");
	for (p = text; p < text + len; p++)
		if (!*p)
			*p = ' '; /* a crash may print zeros; strstr() should go on */
	return text;
}

bool lab_diag_is_int3(const struct lab_boot *b)
{
	char *console = text_of(b, LAB_FILE_CONSOLE);
	bool found = strstr(console, "Oops: int3") != NULL;

	free(console);
	return found && lab_opts_races(b->opts);
}

/* At most n lines from p; where they end. */
static const char *print_lines(const char *p, int n)
{
	for (; *p && n; n--) {
		int len = (int)strcspn(p, "\r\n");

		if (len)
			log_guest("console", lab_path("%.*s", len, p).s);
		p += strcspn(p, "\n");
		p += *p == '\n';
	}
	return p;
}

/* The start of the n last lines. */
static const char *last_lines(const char *text, int n)
{
	const char *p = text + strlen(text);

	for (; p > text; p--)
		if (p[-1] == '\n' && p[0] && n-- == 1)
			break;
	return p;
}

/* The line in which a crash begins to be told, NULL when there is none. */
static const char *crash_line(const char *console)
{
	static const char *const marks[] = {
		"BUG: ",
		"Oops: ",
		"Kernel panic",
		"Internal error: ",
	};
	const char *first = NULL, *at;
	size_t i;

	for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		at = strstr(console, marks[i]);
		if (at && (!first || at < first))
			first = at;
	}
	while (first && first > console && first[-1] != '\n')
		first--;
	return first;
}

/* The beginning of a crash tells most; without one, what was said last. */
static void print_console(const char *console)
{
	const char *crash = crash_line(console), *last = last_lines(console, TAIL_LINES);

	if (crash && crash < last)
		crash = print_lines(crash, TAIL_LINES);
	if (crash && crash < last)
		log_guest("console", "...");
	print_lines(crash && crash > last ? crash : last, TAIL_LINES);
}

/* What init says on the console when it has no other way. */
static bool gave_up(const char *console, char *why, size_t len)
{
	const char *at = strstr(console, LAB_PORT ": ");

	if (at)
		snprintf(why, len, "%.*s", (int)strcspn(at, "\r\n") - (int)strlen(LAB_PORT ": "),
			 at + strlen(LAB_PORT ": "));
	return at != NULL;
}

static bool ran_out(const char *console)
{
	return strstr(console, "Out of memory") || strstr(console, "deadlocked on memory") ||
	       strstr(console, "Initramfs unpacking failed: write error") ||
	       strstr(console, "out of memory");
}

static const char *how(enum lab_ending ending, const char *console)
{
	if (ending == LAB_TIMED_OUT)
		return "took too long (see --timeout)";
	if (ending == LAB_GARBLED)
		return "sent garbage over the result channel";
	if (strstr(console, "Kernel panic"))
		return "panicked";
	if (strstr(console, "Oops:") || strstr(console, "BUG:"))
		return "crashed";
	return "stopped without a result";
}

static int explain_qemu(const struct lab_boot *b, const struct lab_outcome *o)
{
	char *text = text_of(b, LAB_FILE_STDERR);
	size_t n = strlen(text);

	while (n && (text[n - 1] == '\n' || text[n - 1] == '\r'))
		text[--n] = '\0';
	for (char *p = text; (p = strpbrk(p, "\r\n")); p++)
		*p = ' '; /* a message is one line */
	log_error("lab: %s %s: %s", b->opts->arch->qemu, o->release[0] ? "died" : "did not start",
		  n ? text : "no reason given; was it killed?");
	free(text);
	return o->release[0] ? -EIO : -ECANCELED;
}

static int explain_kernel(const struct lab_boot *b, const struct lab_outcome *o,
			  enum lab_ending ending, const char *console)
{
	const char *name = b->kernel->package;
	char why[256];

	if (gave_up(console, why, sizeof(why))) {
		log_error("lab: %s: %s", name, why);
		return -ECANCELED;
	}
	if (!o->release[0] && ran_out(console)) {
		print_console(console);
		log_error("lab: %s: not enough memory to boot with --mem=%u; give more", name,
			  b->opts->mem_mib);
		return -ECANCELED;
	}
	print_console(console);
	if (!*console && !o->release[0])
		log_error("lab: %s: printed nothing: is it built for QEMU's %s machine, with its "
			  "serial console?",
			  name, b->opts->arch->machine);
	log_error("lab: %s, preempt %s: the kernel %s %s; the whole console: --console=PATH", name,
		  b->mode, how(ending, console),
		  o->started ? "while the command ran" : "before the command began");
	if (lab_opts_races(b->opts))
		log_error("lab: the emulator's own races can be behind it; try without --parallel");
	return -EIO;
}

int lab_diag_explain(const struct lab_boot *b, const struct lab_outcome *o, enum lab_ending ending)
{
	char *console;
	int err;

	if (ending == LAB_QEMU_FAILED)
		return explain_qemu(b, o);
	console = text_of(b, LAB_FILE_CONSOLE);
	err = explain_kernel(b, o, ending, console);
	free(console);
	return err;
}
