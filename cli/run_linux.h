// SPDX-License-Identifier: BSD-2-Clause
// tandem run --guest=linux.
#ifndef CLI_RUN_LINUX_H
#define CLI_RUN_LINUX_H

struct options;

/* Boots two stock Linux guests and stays until they end. The exit code. */
int run_linux(const struct options *o);

#endif
