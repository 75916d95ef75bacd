// SPDX-License-Identifier: BSD-2-Clause
// Messages to the person at the terminal: one line each, to stderr, whole even when threads talk.
#ifndef LIB_LOG_H
#define LIB_LOG_H

#include <stddef.h>

/*
 * An error names the object, the operation and the way out:
 * log_error("vm b: KVM_CREATE_VCPU: %s; add yourself to group kvm", strerror(err)).
 * Any thread; a line never interleaves with another. What no terminal should get of it
 * (text_clean()) is shown as '?'.
 */
void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* One line of what a guest printed. */
void log_guest(const char *vm, const char *line);

/* strerror() of an -errno; of a limit that was met, with its name. `text` may be used. */
const char *log_reason(int err, char *text, size_t room);

/*
 * log_error() with log_reason(err) appended, returning err, a -errno, for `return log_errno(...)`.
 */
int log_errno(int err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
