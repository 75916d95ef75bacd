// SPDX-License-Identifier: BSD-2-Clause
// The eventfds that a front end sends: are they any?
#ifndef VHOST_USER_FD_H
#define VHOST_USER_FD_H

#include <stdint.h>

/*
 * Has an eventfd never make its writer wait. NULL; or why it is none that could be used, for a
 * message. A poller of it may be woken once for nothing. Any thread.
 */
const char *user_fd_check_eventfd(int fd);

/* Takes an eventfd's count; 0: there is none. Never waits, whatever its other owner does. */
uint64_t user_fd_take(int fd);

#endif
