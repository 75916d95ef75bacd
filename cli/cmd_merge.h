// SPDX-License-Identifier: BSD-2-Clause
// tandem merge: the shards of one matrix, made one results file again.
#ifndef CLI_CMD_MERGE_H
#define CLI_CMD_MERGE_H

/* argv[0]: the subcommand. The exit status. */
int cmd_merge(int argc, char **argv);

#endif
