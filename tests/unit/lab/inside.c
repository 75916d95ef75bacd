// SPDX-License-Identifier: BSD-2-Clause
// What programs take along into the lab, and what is said there of those that cannot run.
#include "tests/common/suite.h"

#include <elf.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lab/elf.h"
#include "lab/file.h"
#include "lab/guest.h"
#include "tests/common/tree.h"

static char dir[64];

static int make_dir(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/tandem-inside-XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	(void)state;
	return tree_remove(dir);
}

/* ---- shared libraries */

/* One segment that is all of the file, and a dynamic section of four entries. */
struct program {
	Elf64_Ehdr eh;
	Elf64_Phdr ph[2];
	Elf64_Dyn dyn[4];
	char names[128];
};

/* Needs `library`, which `paths` (of that tag) leads to; NULL: needs nothing. The mark tells it from others. */
static void make_program(const char *name, const char *library, int64_t tag, const char *paths,
			 char mark)
{
	struct program p = {
		.eh = { .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB },
			.e_machine = EM_X86_64,
			.e_phoff = offsetof(struct program, ph),
			.e_phnum = 2 },
		.ph = { { .p_type = PT_LOAD, .p_filesz = sizeof(p) },
			{ .p_type = PT_DYNAMIC,
			  .p_offset = offsetof(struct program, dyn),
			  .p_filesz = sizeof(p.dyn) } },
		.dyn = { { .d_tag = DT_STRTAB, .d_un.d_ptr = offsetof(struct program, names) } },
	};
	struct lab_path path = lab_path("%s/%s", dir, name);
	Elf64_Dyn *next = &p.dyn[1];

	if (library)
		*next++ = (Elf64_Dyn){ .d_tag = DT_NEEDED, .d_un.d_val = 1 };
	if (paths)
		*next++ = (Elf64_Dyn){ .d_tag = tag, .d_un.d_val = 41 };
	snprintf(p.names + 1, 40, "%s", library ? library : "");
	snprintf(p.names + 41, 80, "%s", paths ? paths : "");
	p.names[127] = mark;
	*strrchr(path.s, '/') = '\0';
	assert_int_equal(tree_make(path.s), 0);
	path = lab_path("%s/%s", dir, name);
	assert_int_equal(lab_file_write(path.s, &p, sizeof(p)), 0);
}

/* The mark of the file of that name in an archive that has `host` as /bin/prog; 0: it has no such file. */
static char mark_inside(const char *host, const char *name)
{
	struct lab_path archive = lab_path("%s/archive", dir);
	const struct lab_arch *arch = lab_arch_of_elf(EM_X86_64);
	struct lab_cpio c;
	char *data, *at, mark = 0;
	size_t len;

	assert_int_equal(lab_cpio_open(&c, archive.s), 0);
	assert_int_equal(lab_elf_add(&c, arch, lab_path("%s/%s", dir, host).s, "/bin/prog"), 0);
	assert_int_equal(lab_cpio_close(&c), 0);
	assert_int_equal(lab_file_read(archive.s, &data, &len), 0);
	at = memmem(data, len, name, strlen(name) + 1);
	if (at) {
		size_t offset = ((size_t)(at - data) + strlen(name) + 1 + 3) / 4 * 4;

		mark = data[offset + offsetof(struct program, names) + 127];
	}
	free(data);
	return mark;
}

static void runpath_names_the_library(void **state)
{
	static const char *const paths[] = { "$ORIGIN/../own", "${ORIGIN}/../own",
					     "/nowhere:$ORIGIN/../own" };

	(void)state;
	/* A system has one of that name, too. */
	make_program("own/libc.so.6", NULL, 0, NULL, 'o');
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		make_program("bin/prog", "libc.so.6", DT_RUNPATH, paths[i], 'p');
		assert_int_equal(mark_inside("bin/prog", "bin/prog"), 'p');
		/* Where its own path leads to inside, too. */
		assert_int_equal(mark_inside("bin/prog", "own/libc.so.6"), 'o');
	}
}

static void origin_is_not_where_a_link_is(void **state)
{
	(void)state;
	make_program("real/libown.so", NULL, 0, NULL, 'o');
	make_program("real/prog", "libown.so", DT_RUNPATH, "$ORIGIN", 'p');
	assert_int_equal(symlink("real/prog", lab_path("%s/link", dir).s), 0);
	assert_int_equal(mark_inside("link", "bin/libown.so"), 'o');
}

static void an_absolute_path_stays(void **state)
{
	char paths[96], inside[128];

	(void)state;
	snprintf(paths, sizeof(paths), "%s/libs", dir);
	snprintf(inside, sizeof(inside), "%s/libs/libown.so", dir + 1);
	make_program("libs/libown.so", NULL, 0, NULL, 'o');
	make_program("prog", "libown.so", DT_RUNPATH, paths, 'p');
	assert_int_equal(mark_inside("prog", inside), 'o');
}

/* DT_RPATH is for libraries of libraries as well, DT_RUNPATH is not. */
static void rpath_is_handed_down(void **state)
{
	(void)state;
	make_program("libs/libinner.so", NULL, 0, NULL, 'i');
	make_program("libs/libouter.so", "libinner.so", 0, NULL, 'o');
	make_program("prog", "libouter.so", DT_RPATH, "$ORIGIN/libs", 'p');
	assert_int_equal(mark_inside("prog", "bin/libs/libouter.so"), 'o');
	assert_int_equal(mark_inside("prog", "bin/libs/libinner.so"), 'i');
}

/* ---- programs that do not run */

static void script(const char *name, const char *text, mode_t mode)
{
	struct lab_path path = lab_path("%s/%s", dir, name);

	assert_int_equal(lab_file_write(path.s, text, strlen(text)), 0);
	assert_int_equal(chmod(path.s, mode), 0);
}

/* Runs it as inside; what it says. In a child: all of the process's own children are reaped there. */
static void is_explained(const char *name, int exit, const char *wanted)
{
	struct lab_path path = lab_path("%s/%s", dir, name);
	struct lab_channel c = { .fd = memfd_create("channel", MFD_CLOEXEC) };
	char *argv[] = { path.s, NULL }, *env[] = { NULL }, said[1024] = "";
	sigset_t old;
	int status;

	sigprocmask(SIG_BLOCK, NULL, &old);
	status = lab_guest_run(&c, path.s, argv, env);
	sigprocmask(SIG_SETMASK, &old, NULL);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), exit);
	/* One record: its head has zeros in it. */
	assert_true(pread(c.fd, said, sizeof(said) - 1, sizeof(struct lab_rec)) > 0);
	close(c.fd);
	if (!strstr(said, wanted))
		fail_msg("'%s' is not in '%s'", wanted, said);
}

static void a_missing_interpreter_is_named(void **state)
{
	(void)state;
	script("script", "#! /nowhere/sh -e\nexit 0\n", 0755);
	is_explained("script", 127,
		     "its interpreter /nowhere/sh is not there; take it along with "
		     "--add=HOSTPATH:/nowhere/sh");
	is_explained("none", 127, "none: No such file or directory; take it along with");
	script("closed", "#!/bin/sh\n", 0644);
	is_explained("closed", 126, "Permission denied");
}

int main(void)
{
	static struct suite s = { .setup = make_dir, .teardown = remove_dir };

	suite_add(&s, "a library is taken from where its program says", runpath_names_the_library,
		  NULL);
	suite_add(&s, "$ORIGIN is where the file is, not a link", origin_is_not_where_a_link_is,
		  NULL);
	suite_add(&s, "a library of an absolute path has it inside, too", an_absolute_path_stays,
		  NULL);
	suite_add(&s, "DT_RPATH is for libraries of libraries, too", rpath_is_handed_down, NULL);
	suite_add(&s, "a missing interpreter is named", a_missing_interpreter_is_named, NULL);
	return suite_run(&s, "inside");
}
