/* SPDX-License-Identifier: BSD-2-Clause */
/* x86_64 with several CPUs: the interrupt that one sends to another, taken anywhere. */

	.text
	.globl	x86_ipi_vector
x86_ipi_vector:
	push	%rax
	push	%rcx
	push	%rdx
	push	%rsi
	push	%rdi
	push	%r8
	push	%r9
	push	%r10
	push	%r11		/* with the five words of the interrupt: the stack is aligned */
	cld
	mov	%rsp, %rdi
	call	x86_ipi
	mov	$0x80b, %ecx	/* end of interrupt */
	xor	%eax, %eax
	xor	%edx, %edx
	wrmsr
	pop	%r11
	pop	%r10
	pop	%r9
	pop	%r8
	pop	%rdi
	pop	%rsi
	pop	%rdx
	pop	%rcx
	pop	%rax
	iretq

	.section .note.GNU-stack, "", @progbits
