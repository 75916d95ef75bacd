// SPDX-License-Identifier: BSD-2-Clause
// tandem as process 1 of a stock Linux guest: the archive that brings it there, and what it does.
#ifndef LAB_STOCK_H
#define LAB_STOCK_H

#include <stdbool.h>
#include <stddef.h>

/*
 * An initramfs with this executable and its libraries, to be freed; with those of the files in
 * `modules` (NULL: none) that a network needs. 0, or -errno (logged).
 */
int lab_stock_initrd(const char *modules, char **archive, size_t *bytes);

/* Is this process the init of such an initramfs? */
bool lab_stock_wanted(int argc, char **argv);

/*
 * Says on the console that it is up, then does what the kernel's command line wants: tandem.tcp=N
 * sends N bytes to the other guest and back, tandem.bench= measures (bench/tcp/tcp.h); then
 * tandem.end= off (power off), reboot, panic, or
 * else waits for ever. Does not return.
 */
_Noreturn void lab_stock_main(void);

#endif
