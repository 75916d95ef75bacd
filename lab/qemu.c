// SPDX-License-Identifier: BSD-2-Clause
// The emulator: whether it is here, which version, and its command line for one boot.
#include "lab/qemu.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lab/rec.h"
#include "lab/shell.h"
#include "lib/log.h"

#define MEM_MIN_MIB 384	 /* below it the stock kernels run out before or in the command */
#define QEMU_OWN_MIB 300 /* translated code and the emulator itself */

static int check_memory(const struct lab_opts *o)
{
	char *text, *at;
	long free_mib = 0;

	if (o->mem_mib < MEM_MIN_MIB) {
		log_error("lab: --mem=%u: too little to boot a kernel and run guests in it; give "
			  "at "
			  "least %d (MiB)",
			  o->mem_mib, MEM_MIN_MIB);
		return -ENOMEM;
	}
	if (lab_file_read("/proc/meminfo", &text, NULL))
		return 0;
	at = strstr(text, "MemAvailable:");
	free_mib = at ? strtol(at + 13, NULL, 10) / 1024 : 0;
	free(text);
	if (!at || free_mib >= (long)o->mem_mib + QEMU_OWN_MIB)
		return 0;
	log_error("lab: %u MiB for the machine inside and %d for the emulator, but only %ld MiB "
		  "are "
		  "available here; give less with --mem=MIB (at least %d)",
		  o->mem_mib, QEMU_OWN_MIB, free_mib, MEM_MIN_MIB);
	return -ENOMEM;
}

/* "QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18)" */
static int read_version(struct lab_sig *sig, const struct lab_opts *o, char *version, size_t len)
{
	struct lab_args a = { 0 };
	char *out = NULL, *at;
	int status;

	lab_args_add(&a, "%s", o->arch->qemu);
	lab_args_add(&a, "--version");
	status = lab_run(sig, &a, &out, NULL);
	at = status == 0 && out ? strstr(out, "version ") : NULL;
	if (at)
		snprintf(version, len, "%.*s", (int)strcspn(at + 8, "\n"), at + 8);
	else if (status != -EINTR)
		log_error("lab: %s: not found or broken; install it: apt-get install %s, or "
			  "./configure --install-deps=lab",
			  o->arch->qemu, o->arch->qemu_pkg);
	free(out);
	return at ? 0 : status == -EINTR ? status : -ENOENT;
}

int lab_qemu_check(struct lab_sig *sig, const struct lab_opts *o, char *version, size_t len)
{
	int err = read_version(sig, o, version, len);

	return err ? err : check_memory(o);
}

static void two(struct lab_args *a, const char *option, const char *value)
{
	lab_args_add(a, "%s", option);
	lab_args_add(a, "%s", value);
}

/*
 * Instruction-counted time: one nanosecond per instruction, no waiting for the host, and every
 * source of chance fixed. It needs all CPUs in one thread.
 */
static void deterministic(struct lab_args *a)
{
	two(a, "-accel", "tcg,thread=single");
	two(a, "-icount", "shift=0,sleep=off");
	two(a, "-rtc", "base=2026-01-01,clock=vm");
	two(a, "-seed", "1");
}

static void append(struct lab_args *a, const struct lab_opts *o, const struct lab_kernel *k,
		   const char *mode)
{
	bool choose = strcmp(mode, "current") && strcmp(mode, "rt");

	lab_args_add(a, "-append");
	lab_args_add(a, "%s%s%s%s%s%s%s%s", o->arch->cmdline, choose ? " preempt=" : "",
		     choose ? mode : "", k->info.rt ? " " : "",
		     k->info.rt ? o->arch->cmdline_rt : "", o->deterministic ? " nokaslr" : "",
		     o->append ? " " : "", o->append ? o->append : "");
}

void lab_qemu_args(struct lab_args *a, const struct lab_opts *o, const struct lab_kernel *k,
		   const char *mode)
{
	char *image = realpath(k->image.s, NULL);

	lab_args_add(a, "%s", o->arch->qemu);
	two(a, "-machine", o->arch->machine);
	two(a, "-cpu", o->arch->cpu);
	lab_args_add(a, "-smp");
	lab_args_add(a, "%u", o->smp);
	lab_args_add(a, "-m");
	lab_args_add(a, "%u", o->mem_mib);
	if (o->deterministic)
		deterministic(a);
	else
		two(a, "-accel", lab_opts_parallel(o) ? "tcg,thread=multi" : "tcg,thread=single");
	lab_args_add(a, "-nodefaults");
	lab_args_add(a, "-no-user-config");
	lab_args_add(a, "-no-reboot"); /* so that a panic ends it */
	two(a, "-display", "none");
	two(a, "-monitor", lab_opts_nudges(o) ? "stdio" : "none");
	two(a, "-serial", "file:" LAB_FILE_CONSOLE);
	two(a, "-device", "virtio-serial-pci");
	two(a, "-chardev", "file,id=result,path=" LAB_FILE_RESULT);
	two(a, "-device", "virtserialport,chardev=result,name=" LAB_PORT);
	if (o->shell) {
		two(a, "-chardev", "socket,id=shell,server=on,wait=off,path=" LAB_FILE_SHELL);
		two(a, "-device", "virtconsole,chardev=shell");
	}
	two(a, "-kernel", image ? image : k->image.s);
	two(a, "-initrd", LAB_FILE_INITRD);
	append(a, o, k, mode);
	free(image);
}
