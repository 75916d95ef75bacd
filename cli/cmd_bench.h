// SPDX-License-Identifier: BSD-2-Clause
// tandem bench.
#ifndef CLI_CMD_BENCH_H
#define CLI_CMD_BENCH_H

int cmd_bench(int argc, char **argv);

#endif
