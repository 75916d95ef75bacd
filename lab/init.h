// SPDX-License-Identifier: BSD-2-Clause
// Process 1 of the lab: the whole user space of the kernel that is booted.
#ifndef LAB_INIT_H
#define LAB_INIT_H

#include <stdbool.h>

/*
 * What process 1 does in the lab: mounts, loads modules, runs the command that the initramfs
 * names, sends everything it says back to the host, powers off. Does not return.
 */
_Noreturn void lab_init_main(void);

/* Is this process the init of a lab's initramfs? Ask first of all in main(). */
bool lab_init_wanted(int argc, char **argv);

#endif
