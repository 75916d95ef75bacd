// SPDX-License-Identifier: BSD-2-Clause
// The lab: runs a tandem subcommand on a stock kernel, as KVM host, under QEMU's emulation.
#ifndef LAB_H
#define LAB_H

#include <stdbool.h>

/*
 * `tandem lab ...`, argv[0] being "lab". Returns the exit status for main: that of the
 * subcommand inside, 1 when a boot was lost, 2 for wrong usage, 77 when no boot could start.
 * Main thread only, before any other thread exists: it forks, and it blocks signals while it
 * runs. Dies of the signals that end (lib/signals.h) after cleaning up.
 */
int cmd_lab(int argc, char **argv);

/* Is this process the init of a lab's initramfs? Ask first of all in main(). */
bool lab_init_wanted(int argc, char **argv);

/*
 * What process 1 does in the lab: mounts, loads modules, runs the command that the initramfs
 * names, sends everything it says back to the host, powers off. Does not return.
 */
_Noreturn void lab_init_main(void);

#endif
