// SPDX-License-Identifier: BSD-2-Clause
// The lab: runs a tandem subcommand on a stock kernel, as KVM host, under QEMU's emulation.
#ifndef LAB_H
#define LAB_H

#include <stdbool.h>

#endif
