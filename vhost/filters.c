// SPDX-License-Identifier: BSD-2-Clause
// What the backend's and the notifiers' threads may ask of the kernel, besides what any thread may.
#include "vhost/filters.h"

#include <liburing.h>

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

const struct filter_rule notifier_filter[] = {
	ALLOW(ppoll, "sleep until there is work"),
	ALLOW(read, "take the wake-up"),
	ALLOW(sched_setaffinity, "a pool's worker roams, and sends another home"),
	FILTER_END,
};
