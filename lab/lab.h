// SPDX-License-Identifier: BSD-2-Clause
// The lab: runs a tandem subcommand on a stock kernel, as KVM host, under QEMU's emulation.
#ifndef LAB_H
#define LAB_H

#include <stdbool.h>

/* Is this process the init of a lab's initramfs? Ask first of all in main(). */
bool lab_init_wanted(int argc, char **argv);

/*
 * What process 1 does in the lab: mounts, loads modules, runs the command that the initramfs
 * names, sends everything it says back to the host, powers off. Does not return.
 */
_Noreturn void lab_init_main(void);

#endif
