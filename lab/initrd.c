// SPDX-License-Identifier: BSD-2-Clause
// What goes into the lab's initramfs.
#include "lab/initrd.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lab/cpio.h"
#include "lab/elf.h"
#include "lab/rec.h"
#include "lab/shell.h"
#include "lib/log.h"

#define GUEST_TANDEM "/bin/tandem"
#define STRINGS_MAX (128 * 1024)

extern char **environ;

static int right_arch(const struct lab_opts *o, const char *path)
{
	int machine = lab_elf_machine(path);
	const struct lab_arch *is = machine > 0 ? lab_arch_of_elf((uint16_t)machine) : NULL;

	if (machine < 0)
		return log_errno(machine, "lab: %s: cannot read", path);
	if (is == o->arch)
		return 0;
	log_error("lab: %s: an executable for %s, not for %s", path,
		  is ? is->name : "something else", o->arch->name);
	return -ENOEXEC;
}

int lab_tandem_find(const struct lab_opts *o, struct lab_path *tandem)
{
	/* From a source tree, from its build-cross, and installed beside each other. */
	static const char *const places[] = { "build-cross/tandem", "../tandem",
					      "../build-cross/tandem" };
	struct lab_path self = { "" };
	char *slash;
	size_t i;

	if (o->tandem) {
		*tandem = lab_path("%s", o->tandem);
		return right_arch(o, o->tandem);
	}
	if (readlink("/proc/self/exe", self.s, sizeof(self.s) - 1) < 0)
		return log_errno(-errno, "lab: /proc/self/exe");
	*tandem = self;
	slash = strrchr(self.s, '/');
	*slash = '\0';
	if (lab_elf_machine(tandem->s) == o->arch->elf_machine)
		return 0;
	*tandem = lab_path("%s/tandem-%s", self.s, o->arch->name);
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (lab_elf_machine(tandem->s) == o->arch->elf_machine)
			return 0;
		*tandem = lab_path("%s/%s", self.s, places[i]);
	}
	if (lab_elf_machine(tandem->s) == o->arch->elf_machine)
		return 0;
	log_error("lab: no tandem for %s near %s; build one with 'make cross', or name it with "
		  "--tandem=PATH",
		  o->arch->name, self.s);
	return -ENOENT;
}

struct strings {
	char buf[STRINGS_MAX];
	size_t len;
};

/* What does not fit is left out, and the archive then refused by put_strings(). */
static void add_string(struct strings *s, const char *text)
{
	size_t n = strlen(text) + 1;

	if (s->len + n <= sizeof(s->buf))
		memcpy(s->buf + s->len, text, n);
	s->len += n;
}

static void put_strings(struct lab_cpio *c, const char *name, const struct strings *s)
{
	if (s->len > sizeof(s->buf))
		c->err = -E2BIG;
	else
		lab_cpio_data(c, lab_path(LAB_DIR "/%s", name).s, 0644, s->buf, s->len);
}

static struct lab_path test_path(const char *host)
{
	const char *slash = strrchr(host, '/');

	return lab_path("/tests/%s", slash ? slash + 1 : host);
}

/* The shell's terminal is as large as the one here. */
static void add_window(struct strings *s)
{
	struct winsize size = { .ws_row = 24, .ws_col = 80 };

	ioctl(STDIN_FILENO, TIOCGWINSZ, &size);
	add_string(s, LAB_SHELL);
	add_string(s, lab_path("%u", size.ws_row).s);
	add_string(s, lab_path("%u", size.ws_col).s);
}

static int add_args(struct lab_cpio *c, const struct lab_opts *o, const char *mode)
{
	struct strings *s = calloc(1, sizeof(*s));
	int i;

	if (!s)
		return -ENOMEM;
	add_string(s, mode);
	if (o->shell)
		add_window(s);
	else
		add_string(s, o->many ? LAB_MANY : o->exec ? o->cmd[0] : GUEST_TANDEM);
	if (!o->exec && !o->shell)
		add_string(s, "tandem");
	for (i = 0; i < o->n_cmd; i++)
		add_string(s, o->many ? test_path(o->cmd[i]).s : o->cmd[i]);
	if (o->results)
		add_string(s, "--json=" LAB_RESULT);
	if (o->trace)
		add_string(s, "--trace=" LAB_TRACE);
	put_strings(c, LAB_ARGS, s);
	free(s);
	return 0;
}

/* Variables that steer tandem, its tests and the sanitizers. */
static bool handed_through(const char *var)
{
	return !strncmp(var, "TANDEM_", 7) || !strncmp(var, "TERM=", 5) ||
	       !strncmp(var, "CMOCKA_", 7) || strstr(var, "SAN_OPTIONS=");
}

static int add_env(struct lab_cpio *c)
{
	struct strings *s = calloc(1, sizeof(*s));
	char **e;

	if (!s)
		return -ENOMEM;
	add_string(s, "TANDEM=" GUEST_TANDEM);
	for (e = environ; *e; e++)
		if (handed_through(*e))
			add_string(s, *e);
	put_strings(c, LAB_ENV, s);
	free(s);
	return 0;
}

static int add_modules(struct lab_cpio *c, const char *dir)
{
	DIR *d = *dir ? opendir(dir) : NULL;
	struct dirent *e;
	int err = 0;

	lab_cpio_dir(c, LAB_DIR "/" LAB_MODULES);
	while (d && !err && (e = readdir(d))) {
		struct lab_path guest = lab_path(LAB_DIR "/" LAB_MODULES "/%s", e->d_name);

		if (e->d_name[0] != '.')
			err = lab_cpio_file(c, guest.s, 0644, lab_path("%s/%s", dir, e->d_name).s);
	}
	if (d)
		closedir(d);
	return err;
}

static int add_files(struct lab_cpio *c, const struct lab_opts *o)
{
	int i, err = 0;

	for (i = 0; i < o->n_add && !err; i++) {
		struct lab_path host = lab_path("%.*s", o->add[i].host_len, o->add[i].host);
		const char *slash = strrchr(host.s, '/');
		struct lab_path guest = lab_path("/bin/%s", slash ? slash + 1 : host.s);

		if (o->add[i].guest)
			guest = lab_path("%s", o->add[i].guest);
		err = lab_elf_add(c, o->arch, host.s, guest.s);
	}
	if (o->shell && !err && !lab_shell_is_added(o))
		err = lab_elf_add(c, o->arch, LAB_SHELL_BIN, LAB_SHELL_BIN);
	for (i = 0; o->many && i < o->n_cmd && !err; i++)
		err = lab_elf_add(c, o->arch, o->cmd[i], test_path(o->cmd[i]).s);
	return err;
}

static int fill(struct lab_cpio *c, const struct lab_opts *o, const struct lab_kernel *k,
		const char *tandem, const char *mode)
{
	static const char *const dirs[] = { "/proc", "/sys", "/dev", "/tmp", "/run", "/root" };
	size_t i;
	int err = lab_elf_add(c, o->arch, tandem, GUEST_TANDEM);

	lab_cpio_link(c, "/init", GUEST_TANDEM);
	for (i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		lab_cpio_dir(c, dirs[i]);
	if (!err)
		err = add_files(c, o);
	if (err)
		return err; /* said already */
	err = add_args(c, o, mode);
	if (!err)
		err = add_env(c);
	if (!err)
		err = add_modules(c, k->modules.s);
	/* Where programs that want to know how the kernel was built look for it. */
	if (!err && k->config.s[0])
		err = lab_cpio_file(c, lab_path("/boot/config-%s", k->info.release).s, 0644,
				    k->config.s);
	return err ? log_errno(err, "lab: initramfs for %s", k->package) : 0;
}

int lab_initrd_write(const struct lab_opts *o, const struct lab_kernel *k, const char *tandem,
		     const char *mode, const char *path)
{
	struct lab_cpio c;
	int err = lab_cpio_open(&c, path), closed;

	if (err)
		return log_errno(err, "lab: %s: cannot write", path);
	err = fill(&c, o, k, tandem, mode);
	closed = lab_cpio_close(&c);
	if (!err && closed)
		err = log_errno(closed, "lab: %s: cannot write", path);
	return err;
}
