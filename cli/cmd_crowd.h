// SPDX-License-Identifier: BSD-2-Clause
// tandem bench crowd.
#ifndef CLI_CMD_CROWD_H
#define CLI_CMD_CROWD_H

/* argv[0] is "crowd". */
int cmd_bench_crowd(int argc, char **argv);

#endif
