// SPDX-License-Identifier: BSD-2-Clause
// How much is left of what runs out: memory and threads, of the host and of the control groups that
// this process is in.
#ifndef LIB_ROOM_H
#define LIB_ROOM_H

#include <stdint.h>

/* The tightest limit, and what it leaves. */
struct room {
	uint64_t left;	/* UINT64_MAX: nobody says */
	uint64_t limit; /* what `whose` allows */
	char whose[200];
};

/* In bytes. A page of a file that can be dropped is not in use. `root` is "" but for tests. */
struct room room_of_memory(const char *root);

/* Of threads, processes included. An ordinary user's `ulimit -u` counts all that the user has. */
struct room room_of_threads(const char *root);

/*
 * What the kernel has killed so far for want of memory: of our control groups; of all the host. 0:
 * it does not say.
 */
struct room_kills {
	uint64_t group, host;
};
struct room_kills room_kills(const char *root);

#endif
