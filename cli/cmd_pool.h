// SPDX-License-Identifier: BSD-2-Clause
// tandem bench pool.
#ifndef CLI_CMD_POOL_H
#define CLI_CMD_POOL_H

/* argv[0] is "pool". */
int cmd_bench_pool(int argc, char **argv);

#endif
