// SPDX-License-Identifier: BSD-2-Clause
// Results files reach their place, or another one, where filesystems and mounts refuse the usual way.
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config.h"

#ifdef CONFIG_SECCOMP
#include <seccomp.h>
#else
#define SCMP_SYS(name) __NR_##name
#include <sys/syscall.h>
#endif

#include "bench/result/place.h"
#include "bench/result/replace.h"
#include "tests/common/suite.h"
#include "tests/common/tree.h"

#ifndef MS_NOSYMFOLLOW
#define MS_NOSYMFOLLOW 256
#endif

#define CANNOT 77
#define NOBODY 65534

static void files_are_replaced_whole(void **state)
{
	char dir[] = "/tmp/tandem-replace-XXXXXX", path[64], missing[64], text[8] = "";
	FILE *f;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/a", dir);
	snprintf(missing, sizeof(missing), "%s/b/c", dir);
	assert_int_equal(replace_file(path, "one", 3, NULL), 0);
	assert_int_equal(replace_file(path, "three", 5, NULL), 0);
	f = fopen(path, "r");
	assert_non_null(f);
	assert_int_equal(fread(text, 1, sizeof(text), f), 5);
	fclose(f);
	assert_string_equal(text, "three");
	assert_int_equal(replace_file(missing, "x", 1, NULL), -ENOENT);
	unlink(path);
	/* Nothing was left beside it. */
	assert_int_equal(rmdir(dir), 0);
}

static void is_text(const char *path, const char *wanted)
{
	char text[32] = "";
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	assert_int_equal(fread(text, 1, sizeof(text) - 1, f), strlen(wanted));
	fclose(f);
	assert_string_equal(text, wanted);
}

/* A link, and one to it, from another directory; what it names is there, and is not. */
static void links_stay(void **state)
{
	char dir[] = "/tmp/tandem-replace-XXXXXX", path[64], link_to[64], further[64], sub[64];
	struct stat st;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/a", dir);
	snprintf(sub, sizeof(sub), "%s/sub", dir);
	snprintf(link_to, sizeof(link_to), "%s/sub/link", dir);
	snprintf(further, sizeof(further), "%s/further", dir);
	assert_int_equal(mkdir(sub, 0700), 0);
	assert_int_equal(symlink("../a", link_to), 0);
	assert_int_equal(symlink(link_to, further), 0);
	assert_int_equal(replace_file(further, "made", 4, NULL), 0);
	is_text(path, "made");
	assert_int_equal(replace_file(link_to, "again", 5, NULL), 0);
	is_text(path, "again");
	assert_int_equal(lstat(link_to, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(lstat(further, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	unlink(path);
	assert_int_equal(symlink("further", path), 0);
	assert_int_equal(replace_file(path, "x", 1, NULL), -ELOOP);
	assert_int_equal(tree_remove(dir), 0);
}

static void rights_are_kept(void **state)
{
	char dir[] = "/tmp/tandem-replace-XXXXXX", path[64];
	static const mode_t modes[] = { 0600, 0640, 0666 };
	struct stat st;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/a", dir);
	assert_int_equal(replace_file(path, "x", 1, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		assert_int_equal(chmod(path, modes[i]), 0);
		assert_int_equal(replace_file(path, "y", 1, NULL), 0);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 0777, modes[i]);
	}
	if (geteuid() == 0) {
		assert_int_equal(chown(path, 65534, 65534), 0);
		assert_int_equal(replace_file(path, "z", 1, NULL), 0);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_uid, 65534);
	}
	assert_int_equal(tree_remove(dir), 0);
}

/* What is open goes on where it is, whatever else was written there before and will be after. */
static void what_is_open_is_written_to(void **state)
{
	char dir[] = "/tmp/tandem-replace-XXXXXX", path[64], name[64], other[64];
	struct stat before, after;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/a", dir);
	snprintf(other, sizeof(other), "%s/link", dir);
	fd = open(path, O_RDWR | O_CREAT, 0600);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &before), 0);
	assert_int_equal(write(fd, "1,", 2), 2);
	snprintf(name, sizeof(name), "/dev/fd/%d", fd);
	assert_int_equal(replace_file(name, "2,", 2, NULL), 0);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	assert_int_equal(symlink(name, other), 0);
	assert_int_equal(replace_file(other, "3,", 2, NULL), 0);
	assert_int_equal(write(fd, "4", 1), 1);
	close(fd);
	is_text(path, "1,2,3,4");
	assert_int_equal(stat(path, &after), 0);
	assert_true(before.st_ino == after.st_ino);
	assert_int_equal(tree_remove(dir), 0);
}

static void what_is_no_file_stays(void **state)
{
	char dir[] = "/tmp/tandem-replace-XXXXXX", path[64], text[8] = "";
	struct stat st;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/pipe", dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	fd = open(path, O_RDWR);
	assert_true(fd >= 0);
	assert_int_equal(replace_file(path, "three", 5, NULL), 0);
	assert_int_equal(read(fd, text, sizeof(text)), 5);
	assert_string_equal(text, "three");
	close(fd);
	assert_int_equal(stat(path, &st), 0);
	assert_true(S_ISFIFO(st.st_mode));
	unlink(path);
	assert_int_equal(rmdir(dir), 0);
}

/* ---- what a filesystem refuses, in a child of its own */

static char dir[64], file[96];

static int make_dir(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/tandem-replace-XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(file, sizeof(file), "%s/out.json", dir);
	return 0;
}

static int remove_dir(void **state)
{
	(void)state;
	chmod(dir, 0700);
	return tree_remove(dir);
}

static void put(const char *text)
{
	FILE *f = fopen(file, "we");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void in_child(int (*act)(const void *arg), const void *arg)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid)
		_exit(act(arg));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == CANNOT)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

struct refused {
	int call[3], error;
};

#ifdef CONFIG_SECCOMP
static int refuse(const struct refused *r)
{
	scmp_filter_ctx c = seccomp_init(SCMP_ACT_ALLOW);
	int err = c ? 0 : -ENOMEM;

	for (unsigned i = 0; i < 3 && r->call[i] && !err; i++)
		err = seccomp_rule_add(c, SCMP_ACT_ERRNO((unsigned)r->error), r->call[i], 0);
	return err ? err : seccomp_load(c);
}
#else
static int refuse(const struct refused *r)
{
	(void)r;
	return -ENOSYS;
}
#endif

static int replace_refused(const void *arg)
{
	char kept[REPLACE_KEPT_MAX];

	return refuse(arg) ? CANNOT : -replace_file(file, "new", 3, kept);
}

static void renaming_is_not_needed(void **state)
{
	(void)state;
	put("older and longer");
	in_child(replace_refused, *state);
	is_text(file, "new");
	unlink(file);
	/* Nothing beside it. */
	assert_int_equal(rmdir(dir), 0);
	assert_int_equal(mkdir(dir, 0700), 0);
}

static void rights_and_syncing_are_not_needed(void **state)
{
	put("older and longer");
	assert_int_equal(chmod(file, 0640), 0);
	in_child(replace_refused, *state);
	is_text(file, "new");
}

/* On a disk that has no room for both; the text there is not lost for the half of another. */
static void no_room_spares_the_older(void **state)
{
	char kept[REPLACE_KEPT_MAX];
	struct refused full = { { SCMP_SYS(fallocate), SCMP_SYS(fsync) }, ENOSPC };
	int status;
	pid_t pid;

	(void)state;
	put("older");
	pid = fork();
	if (!pid)
		_exit(refuse(&full) ? CANNOT
				    : replace_file(file, "new", 3, kept) != -ENOSPC || *kept);
	waitpid(pid, &status, 0);
	if (WEXITSTATUS(status) == CANNOT)
		skip();
	assert_int_equal(status, 0);
	is_text(file, "older");
	unlink(file);
	assert_int_equal(rmdir(dir), 0);
	assert_int_equal(mkdir(dir, 0700), 0);
}

/* Nowhere to write: the whole text stays beside, and its name is said. */
static int keep(const void *arg)
{
	static const struct refused call = {
		{ SCMP_SYS(renameat), SCMP_SYS(fallocate), SCMP_SYS(renameat2) }, ENOSPC
	};
	char kept[REPLACE_KEPT_MAX];

	(void)arg;
	if (refuse(&call))
		return CANNOT;
	if (replace_file(file, "new", 3, kept) != -ENOSPC || !strstr(kept, ".tmp"))
		return 1;
	/* Not rename(): that is renameat() on arm64, which is refused here. */
	return unlink(file) < 0 || link(kept, file) < 0 || unlink(kept) < 0;
}

static void the_text_is_kept(void **state)
{
	(void)state;
	put("older");
	in_child(keep, NULL);
	is_text(file, "new");
}

static int become_nobody(void)
{
	return geteuid() == 0 && (setgroups(0, NULL) || setgid(NOBODY) || setuid(NOBODY)) ? -1 : 0;
}

static int write_in_sealed(const void *arg)
{
	(void)arg;
	if (become_nobody())
		return CANNOT;
	return place_check(file) ? 1 : -replace_file(file, "new", 3, NULL);
}

static void a_writable_file_in_a_sealed_directory(void **state)
{
	(void)state;
	put("older and longer");
	assert_int_equal(chmod(file, 0666), 0);
	assert_int_equal(chmod(dir, 0555), 0);
	in_child(write_in_sealed, NULL);
	is_text(file, "new");
}

static int check_sealed(const void *arg)
{
	(void)arg;
	return become_nobody() ? CANNOT : place_check(file) != -EACCES;
}

static void a_sealed_directory_is_found_before(void **state)
{
	(void)state;
	assert_int_equal(chmod(dir, 0555), 0);
	in_child(check_sealed, NULL);
	put("");
	assert_int_equal(chmod(file, 0444), 0);
	in_child(check_sealed, NULL);
}

/* ---- mounts, in a namespace of our own */

static int mount_alone(void)
{
	return unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

static int write_to_mounted(const void *arg)
{
	char other[96], text[8] = "";
	int fd;

	(void)arg;
	snprintf(other, sizeof(other), "%s/other", dir);
	fd = open(other, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (mount_alone() || mount(other, file, NULL, MS_BIND, NULL))
		return CANNOT;
	if (place_check(file) || replace_file(file, "new", 3, NULL))
		return 1;
	return read(fd, text, sizeof(text)) != 3 || strcmp(text, "new") != 0;
}

static void a_mounted_file_is_written_to(void **state)
{
	(void)state;
	put("behind");
	in_child(write_to_mounted, NULL);
	is_text(file, "behind");
}

/*
 * The kernel refuses to follow a link there, as with fs.protected_symlinks in a sticky directory. readlink() would
 * tell where it leads.
 */
static int write_through_refused_link(const void *make_target)
{
	char sticky[96], link[128], target[96];

	snprintf(sticky, sizeof(sticky), "%s/sticky", dir);
	snprintf(link, sizeof(link), "%s/link", sticky);
	snprintf(target, sizeof(target), "%s/target", dir);
	if (mkdir(sticky, 0700) || mount_alone() ||
	    mount("none", sticky, "tmpfs", MS_NOSYMFOLLOW, NULL) || symlink(target, link))
		return CANNOT;
	if (make_target)
		close(open(target, O_RDWR | O_CREAT | O_CLOEXEC, 0644));
	if (place_check(link) != -ELOOP || replace_file(link, "new", 3, NULL) != -ELOOP)
		return 1;
	return access(target, F_OK) == (make_target ? -1 : 0);
}

static void a_link_that_the_kernel_refuses(void **state)
{
	in_child(write_through_refused_link, *state);
}

static void our_pid_is_no_name(void **state)
{
	char earlier[128];

	(void)state;
	/* As an earlier self of the same pid would have left it, in a container. */
	snprintf(earlier, sizeof(earlier), "%s.%d.tmp", file, getpid());
	assert_int_equal(mkdir(earlier, 0700), 0);
	assert_int_equal(replace_file(file, "new", 3, NULL), 0);
	is_text(file, "new");
}

static void a_name_as_long_as_names_may_be(void **state)
{
	char path[512];
	int n = snprintf(path, sizeof(path), "%s/", dir);

	(void)state;
	memset(path + n, 'n', NAME_MAX);
	path[n + NAME_MAX] = '\0';
	assert_int_equal(replace_file(path, "new", 3, NULL), 0);
	is_text(path, "new");
	strcat(path, "n");
	assert_int_equal(replace_file(path, "new", 3, NULL), -ENAMETOOLONG);
}

static void what_has_no_place_is_rescued(void **state)
{
	char kept[REPLACE_KEPT_MAX];

	(void)state;
	assert_int_equal(setenv("TMPDIR", dir, 1), 0);
	assert_int_equal(replace_rescue("new", 3, kept), 0);
	assert_int_equal(strncmp(kept, dir, strlen(dir)), 0);
	is_text(kept, "new");
	assert_int_equal(setenv("TMPDIR", "/nonexistent", 1), 0);
	assert_int_equal(replace_rescue("new", 3, kept), 0);
	is_text(kept, "new");
	unlink(kept);
}

int main(void)
{
	static const struct refused busy = { { SCMP_SYS(renameat), SCMP_SYS(renameat2) }, EBUSY };
	static const struct refused across = { { SCMP_SYS(renameat), SCMP_SYS(renameat2) }, EXDEV };
	static const struct refused never = { { SCMP_SYS(renameat), SCMP_SYS(renameat2) }, EPERM };
	static const struct refused rights = {
		{ SCMP_SYS(fchmod), SCMP_SYS(fchown), SCMP_SYS(fsync) }, EPERM
	};
	static const struct refused invalid = { { SCMP_SYS(fsync), SCMP_SYS(fallocate) }, EINVAL };
	static const char yes[] = "";
	static struct suite s;

	suite_add(&s, "files are replaced whole", files_are_replaced_whole, NULL);
	suite_add(&s, "a link stays, what it names is replaced", links_stay, NULL);
	suite_add(&s, "a replaced file keeps its rights", rights_are_kept, NULL);
	suite_add(&s, "what is open is written to, not replaced", what_is_open_is_written_to, NULL);
	suite_add(&s, "what is no file stays", what_is_no_file_stays, NULL);
	s.setup = make_dir;
	s.teardown = remove_dir;
	suite_add(&s, "a file that is busy is overwritten", renaming_is_not_needed, &busy);
	suite_add(&s, "a file on another filesystem is overwritten", renaming_is_not_needed,
		  &across);
	suite_add(&s, "a file that must not be renamed is overwritten", renaming_is_not_needed,
		  &never);
	suite_add(&s, "rights and syncing are not needed", rights_and_syncing_are_not_needed,
		  &rights);
	suite_add(&s, "a filesystem may know neither syncing nor room",
		  rights_and_syncing_are_not_needed, &invalid);
	suite_add(&s, "without room the older file is spared", no_room_spares_the_older, NULL);
	suite_add(&s, "what cannot be put in its place is kept beside it", the_text_is_kept, NULL);
	suite_add(&s, "a writable file in a directory that is not is overwritten",
		  a_writable_file_in_a_sealed_directory, NULL);
	suite_add(&s, "a directory that is not writable is found before measuring",
		  a_sealed_directory_is_found_before, NULL);
	suite_add(&s, "a mounted file is written to", a_mounted_file_is_written_to, NULL);
	suite_add(&s, "a link that the kernel refuses is not followed",
		  a_link_that_the_kernel_refuses, yes);
	suite_add(&s, "a link to nothing that the kernel refuses is not followed",
		  a_link_that_the_kernel_refuses, NULL);
	suite_add(&s, "an earlier self's pid is no obstacle", our_pid_is_no_name, NULL);
	suite_add(&s, "names may be as long as they may", a_name_as_long_as_names_may_be, NULL);
	suite_add(&s, "what has no place is rescued", what_has_no_place_is_rescued, NULL);
	return suite_run(&s, "replace");
}
