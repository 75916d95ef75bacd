/* SPDX-License-Identifier: BSD-2-Clause */
/* arm64 with several CPUs: where PSCI starts the others, and interrupts that are taken anywhere. */

#define RAM 0x40000000
/* TANDEM_TABLES_OFFSET: the host has written it for the first CPU */
#define TABLE (RAM + 0x10000)
#define STACKS (RAM + 0x1f0000)	/* TANDEM_STACK_OFFSET */
#define STACK_SHIFT 14		/* TANDEM_STACK_BYTES */

/* The same as the host gives the first CPU (vmm/arm64/vcpu.c), which see. */
#define MAIR 0xff04
#define TCR (32 | 1 << 8 | 1 << 10 | 3 << 12 | 1 << 23)
#define SCTLR (0x30d00800 | 0x1 | 0x4 | 0x8 | 0x1000)

	.macro	LOAD32 reg, value
	movz	\reg, #((\value) & 0xffff)
	movk	\reg, #((\value) >> 16), lsl #16
	.endm

	.text
/*
 * Entered with MMU and caches off and x0 the CPU's number. Nothing is read from memory before
 * they are on: what the first CPU wrote may still be in its cache.
 */
	.globl	arm64_secondary
arm64_secondary:
	LOAD32	x1, MAIR
	msr	mair_el1, x1
	LOAD32	x1, TCR
	msr	tcr_el1, x1
	LOAD32	x1, TABLE
	msr	ttbr0_el1, x1
	tlbi	vmalle1
	dsb	nsh
	isb
	LOAD32	x1, SCTLR
	msr	sctlr_el1, x1
	isb
	LOAD32	x1, STACKS
	sub	x1, x1, x0, lsl #STACK_SHIFT
	mov	sp, x1
	mov	x29, xzr
	adrp	x1, arm64_smp_vectors
	add	x1, x1, :lo12:arm64_smp_vectors
	msr	vbar_el1, x1
	isb
	bl	arm64_secondary_start
1:	wfi
	b	1b

/* What a C function may change; ELR and SPSR stay, since interrupts are masked until the eret. */
interrupt:
	sub	sp, sp, #160
	stp	x0, x1, [sp]
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x30, [sp, #144]
	bl	arm64_ipi
	ldp	x0, x1, [sp]
	ldp	x2, x3, [sp, #16]
	ldp	x4, x5, [sp, #32]
	ldp	x6, x7, [sp, #48]
	ldp	x8, x9, [sp, #64]
	ldp	x10, x11, [sp, #80]
	ldp	x12, x13, [sp, #96]
	ldp	x14, x15, [sp, #112]
	ldp	x16, x17, [sp, #128]
	ldp	x18, x30, [sp, #144]
	add	sp, sp, #160
	eret

/* As in start.S; x29 is kept by the functions that are called. */
	.balign	2048
	.globl	arm64_smp_vectors
arm64_smp_vectors:
	.set	v, 0
	.rept	16
	.balign	128
	.if	v == 5
	b	interrupt
	.else
	mov	w0, #v
	b	fault
	.endif
	.set	v, v + 1
	.endr

fault:
	mrs	x1, esr_el1
	mrs	x2, elr_el1
	mrs	x3, far_el1
	bl	arm64_fault
1:	wfi
	b	1b

	.section .note.GNU-stack, "", %progbits
