// SPDX-License-Identifier: BSD-2-Clause
// x86_64: a few instructions of kernel mode, to be timed.
#include "vmm/arch.h"

#define ROUNDS (ARCH_PROBE_INSTRUCTIONS / 2)

const unsigned char arch_probe_code[] = {
	0xb9, ROUNDS & 0xff, ROUNDS >> 8 & 0xff, ROUNDS >> 16, 0, /* mov ROUNDS, %ecx */
	0xff, 0xc9,						  /* dec %ecx */
	0x75, 0xfc,						  /* jnz to it */
	0xe6, 0x80,						  /* out %al, 0x80 */
	0xf4,							  /* hlt */
};
const unsigned arch_probe_bytes = sizeof(arch_probe_code);
