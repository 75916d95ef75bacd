/* SPDX-License-Identifier: BSD-2-Clause */
/* The hostile guest, inside the test program. */
	.section .rodata
	.balign	16
	.globl	hostile_image, hostile_image_end
hostile_image:
	.incbin	"hostile.elf"
hostile_image_end:

	.section .note.GNU-stack, "", %progbits
