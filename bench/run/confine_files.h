// SPDX-License-Identifier: BSD-2-Clause
// A measuring process can open files of /proc, to read them, and no others: Landlock (Linux 5.13).
#ifndef BENCH_RUN_CONFINE_FILES_H
#define BENCH_RUN_CONFINE_FILES_H

#include <stdbool.h>

/* Can this build on this kernel? false: *why says why not. */
bool confine_files_available(const char **why);

/*
 * The calling thread, and those it will create, for good; what is open stays open. Needs
 * no_new_privs. 0, also where Landlock is not to be had; or -errno.
 */
int confine_files(void);

#endif
