// SPDX-License-Identifier: BSD-2-Clause
// System call filters: what a thread may ask of the kernel, each call with its reason.
#ifndef LIB_FILTER_H
#define LIB_FILTER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>

/* How a process ends one of whose threads made a call that is not in its filter. */
#define FILTER_EXIT 3

/* An argument of a call: allowed only with (argument & mask) == value. mask 0: whatever it is. */
struct filter_arg {
	unsigned index;
	uint64_t mask;
	uint64_t value;
};

/* A call that a thread may make. Tables end with FILTER_END. */
struct filter_rule {
	int nr;
	const char *why;
	/* 0: allowed; else the call fails with this errno, for a library that asks first */
	int refuse;
	struct filter_arg arg[2];
};

/* clang-format off */
#define FILTER_NONE { 0, 0, 0 }
#define FILTER_END { -1, NULL, 0, { FILTER_NONE, FILTER_NONE } }
#define ALLOW(name, why) { __NR_##name, why, 0, { FILTER_NONE, FILTER_NONE } }
#define REFUSE(name, err, why) { __NR_##name, why, err, { FILTER_NONE, FILTER_NONE } }
#define ALLOW_IF(name, index, mask, value, why) \
	{ __NR_##name, why, 0, { { index, mask, value }, FILTER_NONE } }
#define ALLOW_IF2(name, index, mask, value, index2, mask2, value2, why) \
	{ __NR_##name, why, 0, { { index, mask, value }, { index2, mask2, value2 } } }
/* clang-format on */

/* An ioctl request and the like: the kernel looks at 32 bits. */
#define FILTER_WORD 0xffffffffull
/* As `value`: this process's id. */
#define FILTER_SELF (1ull << 63)

/* Can this build on this kernel filter? false: *why says why not. */
bool filter_available(const char **why);

/*
 * A filter of the tables (NULL-terminated) and of what any thread needs. NULL: out of memory. Not
 * two at a time: the library keeps state. filter_free() accepts NULL.
 */
struct filter;
struct filter *filter_make(const struct filter_rule *const *tables);
void filter_free(struct filter *f);

/*
 * Puts the calling thread, and those it will create, under it, for good. They must have
 * no_new_privs or CAP_SYS_ADMIN. 0 or -errno.
 */
int filter_load(struct filter *f);

/*
 * From now on a call outside a filter ends the process with FILTER_EXIT, naming call and thread;
 * and so does a bus error with status 1: guest memory that the host cannot supply. Faults of the
 * calling thread's are no longer blocked, and malloc() needs no more than any filter allows. 0 or
 * -errno.
 */
int filter_catch(void);

/*
 * After that, for a process that maps files of others: what somebody cut off such a file reads as
 * zeros from then on, where it is touched, and ends nothing. 0 or -errno.
 */
int filter_outlive_cuts(void);

#endif
