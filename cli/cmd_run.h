// SPDX-License-Identifier: BSD-2-Clause
// tandem run.
#ifndef CLI_CMD_RUN_H
#define CLI_CMD_RUN_H

int cmd_run(int argc, char **argv);

#endif
