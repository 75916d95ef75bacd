// SPDX-License-Identifier: BSD-2-Clause
// tandem run --guest=linux: the files it takes, and how it ended.
#include "cli/run_linux.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/run/boot.h"
#include "bench/run/cell_run.h"
#include "bench/run/confine.h"
#include "cli/cli.h"
#include "cli/options.h"
#include "lab/file.h"
#include "lab/kernel.h"
#include "lab/stock.h"
#include "lib/clock.h"
#include "lib/fd.h"
#include "lib/log.h"

#define COMMAND_LINE_BYTES 4096u
#define FRAME_BYTES 1514u /* an MTU of 1500 */
/* A restart ends the guest: so a panic ends it at once. */
#define COMMAND_LINE "console=ttyS0 reboot=k panic=-1"

/* What a guest is made of, as read from files. */
struct files {
	struct lab_path kernel;	 /* its path */
	struct lab_path modules; /* their directory, or "" */
	char *kernel_data, *initrd_data;
	size_t kernel_bytes, initrd_bytes;
	char command_line[COMMAND_LINE_BYTES];
};

static bool is_path(const char *name)
{
	return name[0] == '/' || name[0] == '.' || lab_file_exists(name);
}

/* A path, or one of the lab's stock kernels. */
static int find_kernel(const char *name, struct files *f)
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
		log_error("run: --guest-kernel=%s: no such file, and no stock kernel that is to be "
			  "had; give a path, or a name that `tandem lab --list --kernels=%s` finds",
			  name, name);
		return EXIT_HOST;
	}
	f->kernel = kernel.image;
	f->modules = kernel.modules;
	return 0;
}

static int read_file(const char *option, const char *path, char **data, size_t *bytes)
{
	int err = lab_file_read(path, data, bytes);

	if (!err)
		return 0;
	log_errno(err, "run: --%s=%s", option, path);
	return EXIT_USAGE;
}

static int read_initrd(const struct option_set *set, struct files *f)
{
	const char *path = option_text(set, OPT_GUEST_INITRD);
	const char *modules = f->modules.s[0] ? f->modules.s : NULL;

	if (path)
		return read_file("guest-initrd", path, &f->initrd_data, &f->initrd_bytes);
	if (option_given(set, OPT_GUEST_MODULES))
		modules = option_text(set, OPT_GUEST_MODULES);
	return lab_stock_initrd(modules, &f->initrd_data, &f->initrd_bytes) ? EXIT_JOB : 0;
}

static int make_command_line(const struct option_set *set, struct files *f)
{
	size_t n = (size_t)snprintf(f->command_line, sizeof(f->command_line), COMMAND_LINE);
	const char *more;
	unsigned i = 0;

	while ((more = option_each(set, OPT_GUEST_APPEND, &i))) {
		if (n < sizeof(f->command_line))
			n += (size_t)snprintf(f->command_line + n, sizeof(f->command_line) - n,
					      " %s", more);
	}
	if (n < sizeof(f->command_line))
		return 0;
	log_error("run: --guest-append: the kernel's command line may have %u characters, not %zu",
		  COMMAND_LINE_BYTES - 1, n);
	return EXIT_USAGE;
}

static int read_files(const struct option_set *set, struct files *f)
{
	int code = find_kernel(option_text(set, OPT_GUEST_KERNEL), f);

	if (!code)
		code = read_file("guest-kernel", f->kernel.s, &f->kernel_data, &f->kernel_bytes);
	if (!code)
		code = read_initrd(set, f);
	return code ? code : make_command_line(set, f);
}

static struct stock_config stock_of(const struct option_set *set, const struct files *f)
{
	return (struct stock_config){
		.kernel_name = f->kernel.s,
		.image = { .kernel = f->kernel_data,
			   .kernel_bytes = f->kernel_bytes,
			   .initrd = f->initrd_data,
			   .initrd_bytes = f->initrd_bytes,
			   .command_line = f->command_line },
		.ram_bytes = (uint64_t)option_whole(set, OPT_GUEST_MEM) << 20,
		.vcpus = option_whole(set, OPT_GUEST_VCPUS),
	};
}

static int check(const struct stock_config *c)
{
	char why[LINUX_WHY_BYTES];
	int err = linux_check(&c->image, c->ram_bytes, why);

	if (!err)
		return 0;
	log_error("run: %s: %s", c->kernel_name, why);
	return err == -ENOSYS ? EXIT_HOST : EXIT_USAGE;
}

static int settle_host(const struct options *o)
{
	struct accel_choice choice = options_accel(&o->set);

	if (!accel_needs_kvm(choice.accel) && !choice.kvm_err) {
		log_error("run: --guest=linux with --accel=thread: a stock kernel needs KVM; use "
			  "--accel=kvm");
		return EXIT_USAGE;
	}
	choice.accel = accel_find("kvm");
	return options_settle_accel(&o->set, &choice);
}

static void print_ends(const struct boot_result *r)
{
	static const char *const how[] = { "stopped", "powered off", "rebooted" };

	for (unsigned i = 0; i < SIDES; i++) {
		printf("guest %c: ", 'a' + (int)i);
		if (r->up_s[i] > 0)
			printf("up after %.1f s, ", r->up_s[i]);
		printf("%s\n", how[r->ended[i]]);
	}
}

static uint32_t milliseconds(const struct option_set *set, enum option_id id)
{
	return option_given(set, id) || option_text(set, id)
		       ? (uint32_t)(option_real(set, id) * 1e3)
		       : 0;
}

static int boot(const struct options *o, const struct stock_config *stock)
{
	struct options_cell cell = { .scenario = SCENARIO_STREAM,
				     .notify = o->notify[0],
				     .producer = o->producer[0],
				     .irq = o->irq[0],
				     .frame_bytes = FRAME_BYTES,
				     .accel = accel_find("kvm") };
	struct boot_spec spec = { .limit_ms = milliseconds(&o->set, OPT_GUEST_TIMEOUT),
				  .duration_ms = milliseconds(&o->set, OPT_DURATION),
				  .unfiltered = option_is(&o->set, OPT_FILTERS, "off") };
	struct boot_result r = { 0 };
	struct cell_spec cs;
	bool stop = false;
	int code = options_spec(o, &cell, clock_open().hz, &cs);

	if (code)
		return code;
	spec.pair = cell_pair_config(&cs, -1);
	spec.pair.stock = stock;
	spec.pair.pci = true;
	spec.console[SIDE_B] = option_text(&o->set, OPT_CONSOLE);
	boot_run(&spec, &r, &stop);
	if (r.ok)
		print_ends(&r);
	else
		log_error("run: %s", r.error);
	return r.host_cannot ? EXIT_HOST : r.violation ? EXIT_VIOLATION : r.ok ? EXIT_OK : EXIT_JOB;
}

int run_linux(const struct options *o)
{
	struct files *f = calloc(1, sizeof(*f));
	struct stock_config stock;
	int code;

	if (!f)
		return cli_no_memory("run");
	if (o->set.arguments) {
		log_error("run: '%s' with --guest=linux: there is no workload in a stock kernel; "
			  "leave it out",
			  o->set.argument[0]);
		free(f);
		return EXIT_USAGE;
	}
	code = read_files(&o->set, f);
	if (!code) {
		stock = stock_of(&o->set, f);
		code = check(&stock);
	}
	if (!code)
		code = settle_host(o);
	if (!code)
		code = boot(o, &stock);
	free(f->kernel_data);
	free(f->initrd_data);
	free(f);
	return code;
}
