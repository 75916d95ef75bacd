// SPDX-License-Identifier: BSD-2-Clause
// Process 1 of the lab: the whole user space of the kernel that is booted.
#include "lab/init.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lab/lab.h"
#include "lab/file.h"
#include "lab/guest.h"
#include "lab/initrd.h"
#include "lab/mode.h"
#include "lab/rec.h"
#include "lib/clock.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "vmm/vm.h"

#define PORT_WAIT_MS 5000
#define ARGS_MAX 200
#define SKIPPED 77

struct init {
	struct lab_channel channel;
	char *args_text, *env_text;
	char *args[ARGS_MAX]; /* mode, program, argv..., NULL */
	char *env[ARGS_MAX];
};

bool lab_init_wanted(int argc, char **argv)
{
	size_t n = argc > 0 ? strlen(argv[0]) : 0;

	/* A container may have any process 1, but not our files in its root. */
	return getpid() == 1 && n >= 4 && !strcmp(argv[0] + n - 4, "init") &&
	       lab_file_exists(LAB_DIR "/" LAB_ARGS);
}

/* The last resort, when there is no channel: the console, which the host searches for this. */
static _Noreturn void give_up(const char *what)
{
	fprintf(stderr, "\n" LAB_PORT ": %s\n", what);
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}

static void fact(struct init *in, const char *name, const char *value)
{
	struct lab_path text = lab_path("%s=%s", name, value);

	lab_rec_send(in->channel.fd, &in->channel.sent, LAB_FACT, text.s, strlen(text.s));
}

static void mounts(void)
{
	static const char *const table[][2] = {
		{ "proc", "/proc" },
		{ "sysfs", "/sys" },
		{ "devtmpfs", "/dev" },
		{ "tmpfs", "/tmp" },
		{ "tmpfs", "/run" },
		{ "debugfs", "/sys/kernel/debug" },
		{ "tracefs", "/sys/kernel/tracing" },
	};
	size_t i;

	/* A kernel may lack some; who needs them will say so. */
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		mount(table[i][0], table[i][1], table[i][0], 0, NULL);
	mkdir("/dev/shm", 01777);
	mount("tmpfs", "/dev/shm", "tmpfs", 0, NULL);
	if (symlink("/proc/self/fd", "/dev/fd") && errno != EEXIST)
		log_errno(-errno, "lab: /dev/fd");
}

/* Is `word` an option "MODULE.OPTION" of the module in `file`, "MODULE.ko"? Then its OPTION. */
static const char *option_of(const char *file, const char *word)
{
	for (; *file && *file != '.' && *word; file++, word++)
		if (*word != *file && !(*word == '_' && *file == '-'))
			return NULL;
	return *file == '.' && *word == '.' ? word + 1 : NULL;
}

/* What the kernel's command line has for a module, as modprobe would hand it over. */
static struct lab_path module_options(const char *file)
{
	struct lab_path options = { "" };
	char *text, *word, *rest;

	if (lab_file_read("/proc/cmdline", &text, NULL))
		return options;
	for (word = strtok_r(text, " \n", &rest); word; word = strtok_r(NULL, " \n", &rest))
		if ((word = (char *)option_of(file, word)))
			options = lab_path("%s%s ", options.s, word);
	free(text);
	return options;
}

static int load(const char *path, const char *options)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int err = fd < 0 || syscall(SYS_finit_module, fd, options, 0) ? -errno : 0;

	fd_close(&fd);
	return err == -EEXIST ? 0 : err;
}

/* Failures are kept in `failed`, since the channel may itself be a module. */
static void load_modules(struct lab_path *failed)
{
	struct dirent **list;
	int i, n = scandir(LAB_DIR "/" LAB_MODULES, &list, NULL, alphasort);

	for (i = 0; i < n; i++) {
		struct lab_path p = lab_path(LAB_DIR "/" LAB_MODULES "/%s", list[i]->d_name);
		const char *file = list[i]->d_name + 3; /* after its place in the order */
		int err = list[i]->d_name[0] == '.' ? 0 : load(p.s, module_options(file).s);

		if (err)
			*failed = lab_path("%s%s%s: %s", failed->s, failed->s[0] ? ", " : "", file,
					   strerror(-err));
	}
}

/* The port by its name; several others may exist. -1 when it is not there (yet). */
static int open_port(void)
{
	DIR *d = opendir("/sys/class/virtio-ports");
	struct dirent *e;
	int fd = -1;

	while (d && fd < 0 && (e = readdir(d))) {
		char *name = NULL;

		if (lab_file_read(lab_path("/sys/class/virtio-ports/%s/name", e->d_name).s, &name,
				  NULL))
			continue;
		if (!strncmp(name, LAB_PORT, strlen(LAB_PORT)))
			fd = open(lab_path("/dev/%s", e->d_name).s, O_WRONLY | O_CLOEXEC);
		free(name);
	}
	if (d)
		closedir(d);
	return fd;
}

static int wait_port(void)
{
	struct timespec ms = { .tv_nsec = 1000000 };
	int fd, tries;

	for (tries = 0; (fd = open_port()) < 0 && tries < PORT_WAIT_MS; tries++)
		nanosleep(&ms, NULL);
	return fd;
}

/* Cuts a file of strings with a 0 after each; the text stays allocated. */
static int strings(const char *name, char **text, char **list, int max)
{
	size_t len;
	char *p;
	int n = 0;

	if (lab_file_read(lab_path(LAB_DIR "/%s", name).s, text, &len))
		return 0;
	for (p = *text; p < *text + len && n < max - 1; p += strlen(p) + 1)
		list[n++] = p;
	list[n] = NULL;
	return n;
}

static void environment(struct init *in)
{
	int n = strings(LAB_ENV, &in->env_text, in->env, ARGS_MAX - 5);

	in->env[n++] = (char *)"PATH=/bin:/sbin:/usr/bin";
	in->env[n++] = (char *)"HOME=/root";
	in->env[n++] = (char *)"TMPDIR=/tmp";
	in->env[n] = NULL;
}

static void facts(struct init *in, const struct lab_mode *mode, const struct lab_path *failed)
{
	struct timespec up;
	struct utsname u;

	clock_gettime(CLOCK_BOOTTIME, &up);
	uname(&u);
	fact(in, "release", u.release);
	fact(in, "version", u.version);
	fact(in, "preempt", mode->name);
	fact(in, "preempt_model", mode->model);
	fact(in, "preempt_source", mode->source);
	fact(in, "kvm", access("/dev/kvm", R_OK | W_OK) ? "no" : "yes");
	fact(in, "boot_ms", lab_path("%ld", up.tv_sec * 1000 + up.tv_nsec / 1000000).s);
	if (failed->s[0])
		fact(in, "modules_failed", failed->s);
}

/*
 * Several programs, each between two lines that tests/lab takes the output apart with. The status
 * is that of the first one that failed, else 77 when all were skipped.
 */
static int run_many(struct init *in)
{
	int i, status, first = 0, passed = 0;

	for (i = 2; in->args[i]; i++) {
		char *argv[] = { in->args[i], NULL };
		struct lab_path line = lab_path("### %s\n", in->args[i]);
		uint64_t begun = clock_mono_ns();

		lab_rec_send(in->channel.fd, &in->channel.sent, LAB_OUT, line.s, strlen(line.s));
		status = lab_guest_run(&in->channel, argv[0], argv, in->env);
		line = lab_path("### status %d after %.1f s\n",
				WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
				(double)(clock_mono_ns() - begun) / 1e9);
		lab_rec_send(in->channel.fd, &in->channel.sent, LAB_OUT, line.s, strlen(line.s));
		passed += status == 0;
		if (!first && status != SKIPPED << 8)
			first = status;
	}
	return first || passed ? first : SKIPPED << 8;
}

static int run_shell(struct init *in)
{
	struct winsize size = { 0 };

	if (in->args[2] && in->args[3]) {
		size.ws_row = (unsigned short)atoi(in->args[2]);
		size.ws_col = (unsigned short)atoi(in->args[3]);
	}
	return lab_guest_shell(&in->channel, &size, in->env);
}

static void send_file(struct init *in, const char *path, enum lab_stream stream)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	while (fd >= 0 && lab_guest_forward(&in->channel, fd, stream))
		;
	fd_close(&fd);
}

static _Noreturn void finish(struct init *in, int status)
{
	struct lab_end end = { .magic = LAB_MAGIC, .sent = in->channel.sent };

	end.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	end.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + end.signal;
	lab_rec_send(in->channel.fd, &in->channel.sent, LAB_END, &end, sizeof(end));
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}

void lab_init_main(void)
{
	struct rlimit core = { 0 }, files = { 65536, 65536 };
	struct lab_path failed = { "" };
	struct init in = { .channel = { .fd = -1 } };
	struct lab_mode mode;
	int status;

	setrlimit(RLIMIT_CORE, &core);
	setrlimit(RLIMIT_NOFILE, &files);
	mounts();
	load_modules(&failed);
	in.channel.fd = wait_port();
	if (in.channel.fd < 0)
		give_up("no result channel: this kernel needs CONFIG_VIRTIO_PCI and "
			"CONFIG_VIRTIO_CONSOLE, built in or in --modules");
	if (strings(LAB_ARGS, &in.args_text, in.args, ARGS_MAX) < 3)
		give_up("no command in " LAB_DIR "/" LAB_ARGS);
	environment(&in);
	lab_mode_read(&mode);
	facts(&in, &mode, &failed);
	if (!lab_mode_fits(&mode, in.args[0]))
		finish(&in, SKIPPED << 8); /* the host sees in the facts why */
	/*
	 * Kept open until the end: the first virtual machine and the last one make KVM patch kernel
	 * text, which the emulated x86_64 does not always survive (see docs/lab.md).
	 */
	vm_open_empty();
	fact(&in, "running", "yes");
	if (!strcmp(in.args[1], LAB_MANY))
		status = run_many(&in);
	else if (!strcmp(in.args[1], LAB_SHELL))
		status = run_shell(&in);
	else
		status = lab_guest_run(&in.channel, in.args[1], in.args + 2, in.env);
	send_file(&in, LAB_RESULT, LAB_FILE);
	send_file(&in, LAB_TRACE, LAB_EVENTS);
	finish(&in, status);
}
