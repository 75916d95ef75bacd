// SPDX-License-Identifier: BSD-2-Clause
// What the backend's, the notifiers' and the doors' threads may ask of the kernel, besides what any
// thread may.
#include "vhost/filters.h"

#include <fcntl.h>
#include <liburing.h>
#include <sys/mman.h>
#include <sys/socket.h>

/*
 * What is submitted to the ring no filter sees: its restrictions in vhost/loop.c say what that
 * may be.
 */
const struct filter_rule backend_filter[] = {
	ALLOW(io_uring_enter, "submit, sleep until a kick"),
	ALLOW_IF(io_uring_register, 1, FILTER_WORD, IORING_REGISTER_ENABLE_RINGS,
		 "the ring's start: only its own thread may"),
	ALLOW_IF(io_uring_register, 1, FILTER_WORD, IORING_REGISTER_FILES_UPDATE,
		 "a device's eventfds come and go with its driver"),
	ALLOW(sched_setaffinity, "a pool's worker that has strayed is sent home when it is woken"),
	ALLOW(read, "a pipe out of step after a failed copy is emptied"),
	FILTER_END,
};

const struct filter_rule door_filter[] = {
	ALLOW(ppoll, "sleep until a front end speaks, or it is time to end"),
#ifdef __NR_poll
	ALLOW(poll, "the same"),
#endif
	ALLOW(accept4, "the next front end"),
	ALLOW_IF(socket, 0, FILTER_WORD, AF_UNIX, "a front end that listens"),
	ALLOW(connect, "the same"),
	ALLOW(recvmsg, "a message and its descriptors"),
	ALLOW(sendto, "its answer"),
	ALLOW(preadv2, "how often a ring that has stopped was kicked"),
	ALLOW(close, "what a front end gave, when it goes"),
	ALLOW(fstat, "is it a memory file, and as long as its region?"),
	ALLOW(newfstatat, "the same, as newer C libraries do it"),
	ALLOW_IF(fcntl, 1, FILTER_WORD, F_GETFL, "an eventfd must not make its writer wait"),
	ALLOW_IF(fcntl, 1, FILTER_WORD, F_SETFL, "the same"),
	ALLOW_IF(fcntl, 1, FILTER_WORD, F_DUPFD_CLOEXEC, "a memory file, to look at its length"),
	ALLOW_IF(mmap, 2, PROT_EXEC, 0, "a front end's memory"),
	FILTER_END,
};

const struct filter_rule notifier_filter[] = {
	ALLOW(ppoll, "sleep until there is work"),
	ALLOW(read, "take the wake-up"),
	ALLOW(sched_setaffinity, "a pool's worker roams, and sends another home"),
	FILTER_END,
};
