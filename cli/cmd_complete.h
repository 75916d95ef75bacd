// SPDX-License-Identifier: BSD-2-Clause
// tandem complete: the answers for shells.
#ifndef CLI_CMD_COMPLETE_H
#define CLI_CMD_COMPLETE_H

/* Not among commands[]. */
int cmd_complete(int argc, char **argv);

#endif
