/* SPDX-License-Identifier: BSD-2-Clause */
/* x86_64: entry, interrupt and exception vectors, idle. */

	.section .text.start, "ax"
	.globl	_start
/*
 * The host enters in long mode, interrupts off, stack set, boot page's address in %rdi, CPU's
 * number in %rsi.
 */
_start:
	xor	%ebp, %ebp
	call	x86_start
1:	hlt
	jmp	1b

	.text
/*
 * Idle, called from the inline assembler in platform.h with %rdi = t3. Changes %rax, %rcx and %rdx
 * only; returns enum plat_wake in %eax. Interrupts are enabled nowhere else, so a handler knows
 * where it interrupted: it returns to idle's caller instead, which spares saving registers and
 * the iret. The last interrupt's end-of-interrupt is written here, when nothing waits for us any
 * more; with none in service it does nothing.
 */
	.globl	x86_idle
x86_idle:
	mov	$0x80b, %ecx
	xor	%eax, %eax
	xor	%edx, %edx
	wrmsr
	sti
idle_hlt:
	hlt
idle_woken:
	cli		/* only what is not ours comes here: go to sleep again */
	jmp	x86_idle

	.globl	x86_device_vector
x86_device_vector:
	cmpq	$idle_woken, (%rsp)
	jne	device_elsewhere
device_in_idle:
	lfence
	rdtsc
	shl	$32, %rdx
	or	%rdx, %rax
	mov	%rax, (%rdi)
	mov	24(%rsp), %rsp	/* the interrupted stack pointer: x86_idle's return address */
	xor	%eax, %eax	/* PLAT_DEVICE */
	ret

	.globl	x86_tick_vector
x86_tick_vector:
	cmpq	$idle_woken, (%rsp)
	jne	tick_elsewhere
tick_in_idle:
	mov	24(%rsp), %rsp
	mov	$1, %eax	/* PLAT_TICK */
	ret

/*
 * An interrupt that came anywhere else although they are disabled there, as some emulated
 * processors have it: it is put off until the next idle, by sending it to ourselves again.
 */
	.macro	PUT_OFF vector
	push	%rax
	push	%rcx
	push	%rdx
	mov	$0x80b, %ecx	/* end of this interrupt */
	xor	%eax, %eax
	xor	%edx, %edx
	wrmsr
	mov	$0x83f, %ecx	/* self IPI */
	mov	$\vector, %eax
	wrmsr
	pop	%rdx
	pop	%rcx
	pop	%rax
	andq	$~0x200, 16(%rsp)
	iretq
	.endm

device_elsewhere:
	cmpq	$idle_hlt, (%rsp)	/* taken between sti and hlt: as good as after it */
	je	device_in_idle
	PUT_OFF	0x30

tick_elsewhere:
	cmpq	$idle_hlt, (%rsp)
	je	tick_in_idle
	PUT_OFF	0x31

/* Exceptions: all end in x86_fault(vector, error code, rip, cr2). */
	.macro	FAULT vector, has_code
	.balign	16
	.if	!\has_code
	push	$0
	.endif
	mov	$\vector, %edi
	jmp	fault
	.endm

	.balign	16
	.globl	x86_fault_vectors
x86_fault_vectors:
	.set	v, 0
	.rept	32
	.if	(v == 8) || (v >= 10 && v <= 14) || (v == 17) || (v == 21) || (v == 29) || (v == 30)
	FAULT	v, 1
	.else
	FAULT	v, 0
	.endif
	.set	v, v + 1
	.endr

fault:
	mov	(%rsp), %rsi
	mov	8(%rsp), %rdx
	mov	%cr2, %rcx
	and	$-16, %rsp
	call	x86_fault
1:	hlt
	jmp	1b

	.section .note.GNU-stack, "", @progbits
