// SPDX-License-Identifier: BSD-2-Clause
// The hosted platform with several CPUs: each is a host thread, an interrupt is a bit it looks at.
#ifndef GUEST_HOSTED_SMP_H
#define GUEST_HOSTED_SMP_H

void smp_init(struct crowd_ctx *c);
void smp_start_others(struct crowd_ctx *c);
void smp_relax(struct crowd_ctx *c, uint32_t *word, uint32_t seen);
void smp_open(struct crowd_ctx *c);
void smp_close(struct crowd_ctx *c);
void smp_poll(struct crowd_ctx *c);
void smp_ipi(struct crowd_ctx *c, uint32_t cpu);
void smp_halt(struct crowd_ctx *c);
void smp_yield_to(struct crowd_ctx *c, uint32_t cpu);
void smp_off(struct crowd_ctx *c) __attribute__((noreturn));

#endif
