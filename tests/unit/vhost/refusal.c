// SPDX-License-Identifier: BSD-2-Clause
// Why there is no ring: each reason has words of its own, and what would help.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/common/suite.h"
#include "tests/common/tree.h"
#include "vhost/refusal.h"

#define NEW .major = 6, .minor = 18
#define FREE .memlock = UINT64_MAX, .files = 1024

struct row {
	const char *name;
	int err;
	struct refusal_facts facts;
	const char *says, *says_not;
};

static const struct row rows[] = {
	{ "switched off for all",
	  EPERM,
	  { .disabled = 2, NEW, FREE },
	  "io_uring_disabled is 2",
	  "5.19" },
	{ "switched off for all, in a container",
	  EPERM,
	  { .disabled = 2, .filtered = true, NEW, FREE },
	  "io_uring_disabled is 2",
	  "seccomp" },
	{ "switched off but for root",
	  EPERM,
	  { .disabled = 1, NEW, FREE },
	  "io_uring_group",
	  "5.19" },
	{ "a container's filter, EPERM",
	  EPERM,
	  { .filtered = true, NEW, FREE },
	  "seccomp",
	  "5.19" },
	{ "a container's filter, ENOSYS",
	  ENOSYS,
	  { .filtered = true, NEW, FREE },
	  "seccomp",
	  "5.19" },
	{ "a container's filter, EACCES",
	  EACCES,
	  { .filtered = true, NEW, FREE },
	  "seccomp",
	  "5.19" },
	{ "SELinux", EACCES, { .selinux = true, NEW, FREE }, "SELinux", "5.19" },
	{ "another security module",
	  EPERM,
	  { .disabled = -1, NEW, FREE },
	  "security module",
	  "5.19" },
	{ "built without",
	  ENOSYS,
	  { .disabled = -1, NEW, FREE },
	  "6.18 is built without CONFIG_IO_URING",
	  "5.19" },
	{ "a kernel that is too old",
	  ENOSYS,
	  { .disabled = -1, .major = 4, .minor = 19, FREE },
	  "this is Linux 4.19; Linux 5.19",
	  "seccomp" },
	{ "flags that an old kernel does not know",
	  EINVAL,
	  { .disabled = -1, .major = 5, .minor = 15, FREE },
	  "this is Linux 5.15; Linux 5.19",
	  "seccomp" },
	{ "locked memory",
	  ENOMEM,
	  { NEW, .memlock = 65536, .files = 1024 },
	  "64 KiB.*ulimit -l",
	  "5.19" },
	{ "memory", ENOMEM, { NEW, FREE }, "out of memory", "ulimit" },
	{ "open files",
	  EMFILE,
	  { NEW, .memlock = 65536, .files = 16 },
	  "16 open files.*ulimit -n",
	  "5.19" },
	{ "the system's open files", ENFILE, { NEW, FREE }, "fs.file-max", "ulimit" },
};

/* "a.*b": b somewhere behind a. */
static bool says(const char *text, const char *what)
{
	const char *second = strstr(what, ".*");
	char first[64];

	if (!second)
		return strstr(text, what);
	snprintf(first, sizeof(first), "%.*s", (int)(second - what), what);
	text = strstr(text, first);
	return text && strstr(text, second + 2);
}

static void test_row(void **state)
{
	const struct row *row = *state;
	char text[REFUSAL_TEXT_MAX];

	refusal_explain(-row->err, &row->facts, text);
	if (!says(text, row->says) || says(text, row->says_not))
		fail_msg("says: %s", text);
	assert_true(strlen(text) < REFUSAL_TEXT_MAX - 1);
}

static void put(const char *root, const char *dir, const char *name, const char *text)
{
	char path[160];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", root, dir);
	assert_int_equal(tree_make(path), 0);
	strncat(path, name, sizeof(path) - strlen(path) - 1);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static void facts_are_read(void **state)
{
	char root[] = "/tmp/tandem-refusal-XXXXXX";
	struct refusal_facts f;

	(void)state;
	assert_non_null(mkdtemp(root));
	refusal_read(&f, root);
	assert_int_equal(f.disabled, -1);
	assert_false(f.filtered || f.selinux || f.major);
	put(root, "proc/sys/kernel", "/io_uring_disabled", "2\n");
	put(root, "proc/sys/kernel", "/osrelease", "6.12.3-cloud\n");
	put(root, "proc/self", "/status",
	    "Name:\tx\nNoNewPrivs:\t0\nSeccomp:\t2\nSeccomp_filters:\t1\n");
	put(root, "sys/fs/selinux", "/enforce", "1");
	refusal_read(&f, root);
	assert_int_equal(f.disabled, 2);
	assert_int_equal(f.major, 6);
	assert_int_equal(f.minor, 12);
	assert_true(f.filtered && f.selinux);
	assert_true(f.files > 0 && f.memlock > 0);
	assert_int_equal(tree_remove(root), 0);
}

int main(void)
{
	static struct suite s;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		suite_add(&s, rows[i].name, test_row, &rows[i]);
	suite_add(&s, "what decides it is read", facts_are_read, NULL);
	return suite_run(&s, "refusal");
}
