#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# io_uring hands every READ and WRITE of a memfd to a worker thread (iou-wrk),
# however surely the page is there: shmem files, memory though they are, take no
# RWF_NOWAIT, so the kernel does not try them where they are submitted. The same
# holds for files on a tmpfs. A page in the page cache of a disk's file (ext4) is
# read inline, and a pipe of the same bytes is, too. So "it is only memory" is the
# slow case: a thread, two wake-ups, and completions from another CPU.
#
# Seen: liburing 2.3-3, Linux 6.18.44:
#   memfd read: worker, RWF_NOWAIT EOPNOTSUPP
#   memfd write: worker, RWF_NOWAIT EOPNOTSUPP
#   pipe write: inline, RWF_NOWAIT 4096
#   ext4 read: inline, RWF_NOWAIT 4096
#
# The last line only where the temporary folder is on ext4.
# 0: as described; 1: it has changed; 77: cannot run here.
set -u

tmp=$(mktemp -d) || exit 77
trap 'rm -rf "$tmp"' EXIT
no() { echo "skipped: $1"; exit 77; }

[ "$(uname -m)" = x86_64 ] || no "the packages are for x86_64"
for tool in cc apt-get dpkg stat; do
	command -v $tool >/dev/null || no "$tool is not here"
done
(cd "$tmp" && apt-get -qq download liburing-dev=2.3-3) >/dev/null 2>"$tmp/err" ||
	no "liburing-dev 2.3-3 (Debian 12) is not to be had: $(tail -n 1 "$tmp/err")"
dpkg -x "$tmp"/liburing-dev*.deb "$tmp/root" || no "the package cannot be unpacked"

cat >"$tmp/inline.c" <<'C'
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

static char page[4096];

/* Does the process have a worker of io_uring's? One stays for seconds after its work. */
static int has_worker(void)
{
	DIR *tasks = opendir("/proc/self/task");
	char path[300], name[32];
	struct dirent *task;
	int found = 0;
	FILE *f;

	while ((task = readdir(tasks))) {
		snprintf(path, sizeof(path), "/proc/self/task/%s/comm", task->d_name);
		f = fopen(path, "r");
		if (!f)
			continue;
		if (fgets(name, sizeof(name), f) && !strncmp(name, "iou-wrk", 7))
			found = 1;
		fclose(f);
	}
	closedir(tasks);
	return found;
}

static ssize_t without_waiting(int fd, int is_write, long at)
{
	struct iovec v = { page, sizeof(page) };

	return is_write ? pwritev2(fd, &v, 1, at, RWF_NOWAIT) : preadv2(fd, &v, 1, at, RWF_NOWAIT);
}

static int opened(const char *what)
{
	int pipes[2];

	if (!strcmp(what, "pipe"))
		return pipe(pipes) ? -1 : pipes[1];
	if (!strcmp(what, "memfd"))
		return memfd_create(what, 0);
	return open(what, O_RDWR | O_CREAT, 0600);
}

/* inline FILE read|write: a page of a file that has been written. */
int main(int argc, char **argv)
{
	int is_pipe = argc > 2 && !strcmp(argv[1], "pipe");
	int is_write = argc > 2 && !strcmp(argv[2], "write");
	int fd = argc > 2 ? opened(argv[1]) : -1;
	struct io_uring_cqe *cqe;
	struct io_uring_sqe *sqe;
	struct io_uring ring;
	int worker;
	ssize_t n;

	if (fd < 0 || io_uring_queue_init(8, &ring, 0))
		return 77;
	if (!is_pipe && pwrite(fd, page, sizeof(page), 0) < 0)
		return 77;
	sqe = io_uring_get_sqe(&ring);
	if (is_write)
		io_uring_prep_write(sqe, fd, page, sizeof(page), 0);
	else
		io_uring_prep_read(sqe, fd, page, sizeof(page), 0);
	io_uring_submit(&ring);
	if (io_uring_wait_cqe(&ring, &cqe) || cqe->res != sizeof(page))
		return 77;
	worker = has_worker();
	n = without_waiting(fd, is_write, is_pipe ? -1 : 0);
	printf("%s, RWF_NOWAIT ", worker ? "worker" : "inline");
	if (n < 0)
		puts(strerrorname_np(errno));
	else
		printf("%zd\n", n);
	return 0;
}
C
library=$(find "$tmp/root" -name liburing.a)
cc -I"$tmp/root/usr/include" -o "$tmp/inline" "$tmp/inline.c" "$library" 2>"$tmp/err" ||
	no "it cannot be built: $(tail -n 1 "$tmp/err")"

# look NAME FILE read|write EXPECTED
changed=0
look() {
	seen=$("$tmp/inline" "$2" "$3") || no "no io_uring here"
	echo "$1 $3: $seen"
	[ "$seen" = "$4" ] || changed=1
}
uname -r
look memfd memfd read "worker, RWF_NOWAIT EOPNOTSUPP"
look memfd memfd write "worker, RWF_NOWAIT EOPNOTSUPP"
look pipe pipe write "inline, RWF_NOWAIT 4096"
case $(stat -f -c %T "$tmp") in
ext*) look ext4 "$tmp/file" read "inline, RWF_NOWAIT 4096" ;;
esac
[ $changed = 0 ] || { echo "changed"; exit 1; }
