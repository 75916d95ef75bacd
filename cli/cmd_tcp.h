// SPDX-License-Identifier: BSD-2-Clause
// tandem bench tcp and bench seed.
#ifndef CLI_CMD_TCP_H
#define CLI_CMD_TCP_H

/* argv[0] is "tcp" or "seed". The exit code. */
int cmd_bench_tcp(int argc, char **argv);

#endif
