// SPDX-License-Identifier: BSD-2-Clause
// tandem as process 1 of a stock Linux guest.
#include "lab/stock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "bench/tcp/tcp.h"
#include "lab/arch.h"
#include "lab/cpio.h"
#include "lab/elf.h"
#include "lab/file.h"
#include "lab/stock_net.h"
#include "lab/stock_tcp.h"
#include "lib/fd.h"
#include "lib/log.h"

#define MARK "/tandem.guest"
#define CLOCK "/sys/devices/system/clocksource/clocksource0/current_clocksource"

/* In the order of loading; their files begin with a number, as the lab has them, or not. */
static const char *const modules[] = { "failover.ko", "net_failover.ko", "virtio_net.ko" };

static int add_module(struct lab_cpio *c, const char *dir, const char *name)
{
	struct lab_path numbered, guest = lab_path("/modules/%s", name);
	struct dirent *e;
	DIR *d = opendir(dir);
	int err = -ENOENT;

	while (d && err == -ENOENT && (e = readdir(d))) {
		size_t n = strspn(e->d_name, "0123456789");

		numbered = lab_path("%s/%s", dir, e->d_name);
		if (!strcmp(e->d_name, name) ||
		    (e->d_name[n] == '-' && !strcmp(e->d_name + n + 1, name)))
			err = lab_cpio_file(c, guest.s, 0444, numbered.s);
	}
	if (d)
		closedir(d);
	return err == -ENOENT ? 0 : err; /* built in */
}

static int add_modules(struct lab_cpio *c, const char *dir)
{
	int err = 0;

	for (size_t i = 0; dir && i < sizeof(modules) / sizeof(modules[0]) && !err; i++)
		err = add_module(c, dir, modules[i]);
	return err ? log_errno(err, "run: modules in %s", dir) : 0;
}

static int fill(struct lab_cpio *c, const char *module_dir)
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
	return err ? err : add_modules(c, module_dir);
}

int lab_stock_initrd(const char *module_dir, char **archive, size_t *bytes)
{
	struct lab_cpio c = { .f = open_memstream(archive, bytes) };
	int err, closed;

	if (!c.f)
		return log_errno(-errno, "run: the guest's initrd");
	err = fill(&c, module_dir);
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

/* The word behind `name` on the kernel's command line; "": there is none. */
static struct lab_path wanted(const char *name)
{
	struct lab_path word = { "" };
	const char *at;
	char *text;

	if (lab_file_read("/proc/cmdline", &text, NULL))
		return word;
	at = strstr(text, name);
	if (at)
		word = lab_path("%.*s", (int)strcspn(at + strlen(name), " \n"), at + strlen(name));
	free(text);
	return word;
}

static void load_modules(void)
{
	for (size_t i = 0; i < sizeof(modules) / sizeof(modules[0]); i++) {
		int fd = open(lab_path("/modules/%s", modules[i]).s, O_RDONLY | O_CLOEXEC);

		if (fd >= 0 && syscall(SYS_finit_module, fd, "", 0) && errno != EEXIST)
			log_errno(-errno, "guest: %s", modules[i]);
		fd_close(&fd);
	}
}

/* The host judges by what is printed. */
static void try_tcp(void)
{
	struct lab_path bytes = wanted("tandem.tcp=");
	int guest;

	if (!bytes.s[0])
		return;
	load_modules();
	guest = stock_net_up();
	if (guest > 0)
		stock_net_try(guest, strtoull(bytes.s, NULL, 10));
}

/* What the kernel prints could stand in the middle of what is said. */
#define CONSOLE_LEVEL 8 /* of klogctl() */
#define ONLY_PANICS 1

static void try_bench(void)
{
	struct lab_path text = wanted(TCP_WORK_WORD);
	struct tcp_work work;
	int guest;

	if (!text.s[0] || !tcp_work_read(text.s, &work))
		return;
	klogctl(CONSOLE_LEVEL, NULL, ONLY_PANICS);
	load_modules();
	guest = stock_net_up();
	if (guest > 0)
		stock_tcp_run(guest, &work);
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
	try_tcp();
	try_bench();
	tcdrain(STDOUT_FILENO); /* a machine without power sends nothing more */
	end = wanted("tandem.end=");
	if (!strcmp(end.s, "off"))
		reboot(RB_POWER_OFF);
	else if (!strcmp(end.s, "reboot"))
		reboot(RB_AUTOBOOT);
	else if (!strcmp(end.s, "panic"))
		exit(0); /* the kernel cannot go on without its process 1 */
	for (;;)
		pause();
}
