// SPDX-License-Identifier: BSD-2-Clause
// tandem compare.
#ifndef CLI_CMD_COMPARE_H
#define CLI_CMD_COMPARE_H

int cmd_compare(int argc, char **argv);

#endif
