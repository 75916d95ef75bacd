// SPDX-License-Identifier: BSD-2-Clause
// tandem lab.
#ifndef CLI_CMD_LAB_H
#define CLI_CMD_LAB_H

/*
 * `tandem lab ...`, argv[0] being "lab". Returns the exit status for main: that of the
 * subcommand inside, 1 when a boot was lost, 2 for wrong usage, 77 when no boot could start.
 * Main thread only, before any other thread exists: it forks, and it blocks signals while it
 * runs. Dies of the signals that end (lib/signals.h) after cleaning up.
 */
int cmd_lab(int argc, char **argv);

#endif
