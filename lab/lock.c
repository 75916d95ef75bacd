// SPDX-License-Identifier: BSD-2-Clause
// Locks in the cache: one lab fetches or builds, the others wait for it.
#include "lab/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <unistd.h>

#include "lib/log.h"

#define LOOK_MS 200

int lab_lock(struct lab_sig *sig, const char *file, const char *doing)
{
	int fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	bool said = false;

	if (fd < 0)
		return log_errno(-errno, "lab: cache %s: cannot write", file);
	while (flock(fd, LOCK_EX | LOCK_NB)) {
		struct pollfd p = { .fd = sig->fd, .events = POLLIN };

		if (!said)
			log_info("lab: waiting for another lab that is %s", doing);
		said = true;
		if (poll(&p, 1, LOOK_MS) > 0 && lab_sig_caught(sig)) {
			close(fd);
			return -EINTR;
		}
	}
	return fd;
}
