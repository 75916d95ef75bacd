// SPDX-License-Identifier: BSD-2-Clause
// A measuring process can open files of /proc, to read them, and no others: Landlock.
#include "bench/run/confine_files.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "config.h"
#include "lib/fd.h"

/* As the newest kernels have it; older ones take the shorter struct, or zeros behind it. */
struct ruleset {
	uint64_t files, network, scoped;
};

/* What each version of the interface can deny, all of it denied here. */
static struct ruleset everything(long version)
{
	static const unsigned rights[] = { 0, 13, 14, 15, 15, 16 }; /* files', by version */
	unsigned newest = sizeof(rights) / sizeof(rights[0]) - 1;
	struct ruleset r = { 0 };

	r.files = (1ull << rights[version > (long)newest ? newest : (unsigned)version]) - 1;
	if (version >= 4)
		r.network = 0x3; /* TCP: bind, connect */
	if (version >= 6)
		r.scoped = 0x3; /* abstract sockets and signals of others */
	return r;
}

/* Its version; 0 or less: there is none. */
static long version(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

bool confine_files_available(const char **why)
{
#if defined(CONFIG_ASAN) || defined(CONFIG_TSAN) || defined(CONFIG_COVERAGE)
	*why = "this build is instrumented, and what instruments it opens files of its own";
	return false;
#else
	*why = "this kernel has no Landlock (Linux 5.13, CONFIG_SECURITY_LANDLOCK, lsm=landlock)";
	return version() > 0;
#endif
}

/* Without a /proc there is nothing that could be read. */
static int allow_proc(int ruleset)
{
	struct landlock_path_beneath_attr proc = {
		.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
		.parent_fd = open("/proc", O_PATH | O_CLOEXEC),
	};
	int fd = proc.parent_fd, err = 0;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &proc, 0) < 0)
		err = -errno;
	fd_close(&fd);
	return err;
}

int confine_files(void)
{
	struct ruleset all;
	const char *why;
	int fd, err;

	if (!confine_files_available(&why))
		return 0;
	all = everything(version());
	fd = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof(all), 0);
	if (fd < 0)
		return -errno;
	err = allow_proc(fd);
	if (!err && syscall(SYS_landlock_restrict_self, fd, 0) < 0)
		err = -errno;
	fd_close(&fd);
	return err;
}
