// SPDX-License-Identifier: BSD-2-Clause
// tandem report.
#ifndef CLI_CMD_REPORT_H
#define CLI_CMD_REPORT_H

int cmd_report(int argc, char **argv);

#endif
