// SPDX-License-Identifier: BSD-2-Clause
// tandem as process 1 of a stock Linux guest.
#include "lab/stock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "lab/arch.h"
#include "lab/cpio.h"
#include "lab/elf.h"
#include "lab/file.h"
#include "lib/log.h"

#define MARK "/tandem.guest"
#define END_WORD "tandem.end="
#define CLOCK "/sys/devices/system/clocksource/clocksource0/current_clocksource"

static int fill(struct lab_cpio *c)
{
	static const char *const dirs[] = { "/proc", "/sys", "/dev", "/tmp", "/run" };
	struct lab_path self = { "" };
	int err;

	if (readlink("/proc/self/exe", self.s, sizeof(self.s) - 1) < 0)
		return log_errno(-errno, "run: /proc/self/exe");
	lab_cpio_link(c, "/init", "/bin/tandem");
	lab_cpio_data(c, MARK, 0444, "", 0);
	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		lab_cpio_dir(c, dirs[i]);
	err = lab_elf_add(c, lab_arch_native(), self.s, "/bin/tandem");
	return err;
}

int lab_stock_initrd(char **archive, size_t *bytes)
{
	struct lab_cpio c = { .f = open_memstream(archive, bytes) };
	int err, closed;

	if (!c.f)
		return log_errno(-errno, "run: the guest's initrd");
	err = fill(&c);
	closed = lab_cpio_close(&c);
	if (!err && closed)
		err = log_errno(closed, "run: the guest's initrd");
	return err;
}

bool lab_stock_wanted(int argc, char **argv)
{
	size_t n = argc > 0 ? strlen(argv[0]) : 0;

	return getpid() == 1 && n >= 4 && !strcmp(argv[0] + n - 4, "init") && lab_file_exists(MARK);
}

/* The first /dev/console is of the initramfs built into the kernel; devtmpfs has one, too. */
static void open_console(void)
{
	int fd;

	mount("proc", "/proc", "proc", 0, NULL);
	mount("sysfs", "/sys", "sysfs", 0, NULL);
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	fd = open("/dev/console", O_RDWR);
	for (int to = STDIN_FILENO; fd >= 0 && to <= STDERR_FILENO; to++)
		dup2(fd, to);
}

/* The word behind tandem.end= on the kernel's command line; "": there is none. */
static struct lab_path wanted_end(void)
{
	struct lab_path end = { "" };
	const char *at;
	char *text;

	if (lab_file_read("/proc/cmdline", &text, NULL))
		return end;
	at = strstr(text, END_WORD);
	if (at)
		end = lab_path("%.*s", (int)strcspn(at + strlen(END_WORD), " \n"),
			       at + strlen(END_WORD));
	free(text);
	return end;
}

static void say_up(void)
{
	char *text = NULL;
	struct timespec up;
	struct utsname u;

	uname(&u);
	clock_gettime(CLOCK_BOOTTIME, &up);
	if (lab_file_read(CLOCK, &text, NULL))
		text = NULL;
	printf("tandem: guest is up: Linux %s, %ld CPU(s), clock %.*s, %ld.%03ld s since its "
	       "start\n",
	       u.release, sysconf(_SC_NPROCESSORS_ONLN), text ? (int)strcspn(text, "\n") : 1,
	       text ? text : "?", (long)up.tv_sec, up.tv_nsec / 1000000);
	fflush(stdout);
	free(text);
}

_Noreturn void lab_stock_main(void)
{
	struct lab_path end;

	open_console();
	say_up();
	end = wanted_end();
	if (!strcmp(end.s, "off"))
		reboot(RB_POWER_OFF);
	else if (!strcmp(end.s, "reboot"))
		reboot(RB_AUTOBOOT);
	else if (!strcmp(end.s, "panic"))
		exit(0); /* the kernel cannot go on without its process 1 */
	for (;;)
		pause();
}
