// SPDX-License-Identifier: BSD-2-Clause
// The files that a stock Linux guest is made of.
#include "cli/guest_files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/cli.h"
#include "lab/kernel.h"
#include "lab/stock.h"
#include "lib/log.h"

/* A restart ends the guest: so a panic ends it at once. */
#define USUAL_WORDS "console=ttyS0 reboot=k panic=-1"

static bool is_path(const char *name)
{
	return name[0] == '/' || name[0] == '.' || lab_file_exists(name);
}

int guest_files_settle_kvm(const char *command, const struct accel_choice *choice)
{
	if (!choice->kvm_err)
		return 0;
	log_error("%s: /dev/kvm %s, and a stock kernel needs it; `tandem lab` has one, emulated: "
		  "docs/linux-guests.md",
		  command, choice->kvm_why);
	return EXIT_HOST;
}

bool guest_files_fetched(const struct option_set *set)
{
	return !is_path(option_text(set, OPT_GUEST_KERNEL));
}

/* A path, or one of the lab's stock kernels. */
static int find_kernel(const char *name, struct guest_files *f)
{
	struct lab_kernel kernel;
	struct lab_sig sig;
	int err;

	if (is_path(name)) {
		f->kernel = lab_path("%s", name);
		return 0;
	}
	err = lab_sig_open(&sig);
	if (!err)
		err = lab_kernel_stock(&sig, lab_arch_native(), name, false, &kernel);
	lab_sig_close(&sig);
	if (err) {
		log_error("%s: --guest-kernel=%s: no such file, and no stock kernel that is to be "
			  "had; give a path, or a name that `tandem lab --list --kernels=%s` finds",
			  f->command, name, name);
		return EXIT_HOST;
	}
	f->kernel = kernel.image;
	f->modules = kernel.modules;
	return 0;
}

static int read_file(const struct guest_files *f, const char *option, const char *path, char **data,
		     size_t *bytes)
{
	int err = lab_file_read(path, data, bytes);

	if (!err)
		return 0;
	log_errno(err, "%s: --%s=%s", f->command, option, path);
	return EXIT_USAGE;
}

static int read_initrd(const struct option_set *set, struct guest_files *f)
{
	const char *path = option_text(set, OPT_GUEST_INITRD);
	const char *modules = f->modules.s[0] ? f->modules.s : NULL;

	if (path)
		return read_file(f, "guest-initrd", path, &f->initrd_data, &f->initrd_bytes);
	if (option_given(set, OPT_GUEST_MODULES))
		modules = option_text(set, OPT_GUEST_MODULES);
	return lab_stock_initrd(modules, &f->initrd_data, &f->initrd_bytes) ? EXIT_JOB : 0;
}

int guest_files_read(struct guest_files *f, const struct option_set *set)
{
	int code = find_kernel(option_text(set, OPT_GUEST_KERNEL), f);

	if (!code)
		code = read_file(f, "guest-kernel", f->kernel.s, &f->kernel_data, &f->kernel_bytes);
	return code ? code : read_initrd(set, f);
}

void guest_files_free(struct guest_files *f)
{
	free(f->kernel_data);
	free(f->initrd_data);
	f->kernel_data = f->initrd_data = NULL;
}

int guest_files_line(const struct guest_files *f, const struct option_set *set, const char *own,
		     char line[GUEST_LINE_BYTES])
{
	size_t n = (size_t)snprintf(line, GUEST_LINE_BYTES, "%s%s%s", USUAL_WORDS, *own ? " " : "",
				    own);
	const char *more;
	unsigned i = 0;

	while ((more = option_each(set, OPT_GUEST_APPEND, &i))) {
		if (n < GUEST_LINE_BYTES)
			n += (size_t)snprintf(line + n, GUEST_LINE_BYTES - n, " %s", more);
	}
	if (n < GUEST_LINE_BYTES)
		return 0;
	log_error("%s: --guest-append: the kernel's command line may have %u characters, not %zu",
		  f->command, GUEST_LINE_BYTES - 1, n);
	return EXIT_USAGE;
}

struct stock_config guest_files_stock(const struct guest_files *f, const struct option_set *set,
				      const char *line)
{
	return (struct stock_config){
		.kernel_name = f->kernel.s,
		.image = { .kernel = f->kernel_data,
			   .kernel_bytes = f->kernel_bytes,
			   .initrd = f->initrd_data,
			   .initrd_bytes = f->initrd_bytes,
			   .command_line = line },
		.ram_bytes = (uint64_t)option_whole(set, OPT_GUEST_MEM) << 20,
		.vcpus = option_whole(set, OPT_GUEST_VCPUS),
	};
}

int guest_files_check(const struct guest_files *f, const struct stock_config *c)
{
	char why[LINUX_WHY_BYTES];
	int err = linux_check(&c->image, c->ram_bytes, why);

	if (!err)
		return 0;
	log_error("%s: %s: %s", f->command, c->kernel_name, why);
	return err == -ENOSYS ? EXIT_HOST : EXIT_USAGE;
}
