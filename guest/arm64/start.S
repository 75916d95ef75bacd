/* SPDX-License-Identifier: BSD-2-Clause */
/* arm64: entry, interrupt and exception vectors, idle. */

	.section .text.start, "ax"
	.globl	_start
/* The host enters at EL1, exceptions masked, MMU on, stack set, boot page's address in x0. */
_start:
	mov	x29, xzr
	adrp	x1, arm64_vectors
	add	x1, x1, :lo12:arm64_vectors
	msr	vbar_el1, x1
	isb
	bl	arm64_start
1:	wfi
	b	1b

	.text
/*
 * enum plat_wake arm64_idle(uint64_t *t3). Interrupts are enabled nowhere else, so the handler
 * knows where it interrupted: it clobbers what a called function may, and returns to our caller
 * instead of here, at the same exception level, on the same stack, and with interrupts masked
 * again by having been taken. That spares saving registers and the eret. It also closes the race
 * of a wait: an interrupt between the unmasking and the wfi is not slept over, since the wfi is
 * never reached.
 */
	.globl	arm64_idle
arm64_idle:
	msr	daifclr, #2
1:	wfi
	b	1b		/* it may end for no reason */

#define TIMER_INTID 27
#define SPURIOUS_INTID 1020	/* this and the three above: none */
#define STACK_ABOVE_IMAGE 0xf0000	/* TANDEM_STACK_OFFSET - TANDEM_IMAGE_OFFSET */

/*
 * The interrupt handler; x0 and x30 are arm64_idle's, untouched. The clock comes first, and without
 * an isb: taking an exception synchronizes.
 */
	.macro	INTERRUPT
	mrs	x9, cntvct_el0
	mrs	x10, icc_iar1_el1
	dsb	sy		/* acknowledged before the ring is read: a next edge is a new one */
	cmp	w10, #TIMER_INTID
	b.eq	tick
	cmp	w10, #SPURIOUS_INTID
	b.hs	arm64_idle
	str	x9, [x0]
	msr	icc_eoir1_el1, x10
	mov	w0, #0		/* PLAT_DEVICE */
	ret
	.endm

tick:
	mrs	x11, tpidr_el1	/* the period, from plat_init() */
	add	x9, x9, x11
	msr	cntv_cval_el0, x9	/* not the 32 bits of cntv_tval: 2 s at 1 GHz */
	isb			/* the timer's line is down before the interrupt ends */
	msr	icc_eoir1_el1, x10
	mov	w0, #1		/* PLAT_TICK */
	ret

/* Sixteen: synchronous, IRQ, FIQ, SError; from here on SP_EL0, on SP_EL1, from EL0 twice. */
	.balign	2048
arm64_vectors:
	.set	v, 0
	.rept	16
	.balign	128
	.if	v == 5
	INTERRUPT
	.else
	mov	w0, #v
	b	fault
	.endif
	.set	v, v + 1
	.endr

/* All but the interrupt ends in arm64_fault(vector, ESR, ELR, FAR), on the stack's first place. */
fault:
	adrp	x9, _start	/* page aligned; the stack pointer itself may be the reason */
	add	x9, x9, #STACK_ABOVE_IMAGE
	mov	sp, x9
	mrs	x1, esr_el1
	mrs	x2, elr_el1
	mrs	x3, far_el1
	bl	arm64_fault
1:	wfi
	b	1b

	.section .note.GNU-stack, "", %progbits
