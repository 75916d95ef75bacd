/* SPDX-License-Identifier: BSD-2-Clause */
/* The bundled guest, inside the executable. */
	.section .rodata
	.balign	16
	.globl	guest_image, guest_image_end
guest_image:
	.incbin	"guest.elf"
guest_image_end:

	.section .note.GNU-stack, "", %progbits
