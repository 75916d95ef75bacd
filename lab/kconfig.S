/* SPDX-License-Identifier: BSD-2-Clause */
/* The configurations of kernels that the lab builds, inside the executable. */
	.macro	config name, file
	.globl	lab_config_\name
lab_config_\name:
	.incbin	"\file"
	.byte	0
	.endm

	.section .rodata
	config	x86_64, "lab/config/x86_64.config"
	config	arm64, "lab/config/arm64.config"

	.section .note.GNU-stack, "", %progbits
