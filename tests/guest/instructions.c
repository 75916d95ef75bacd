// SPDX-License-Identifier: BSD-2-Clause
// Instructions per 64 KiB frame, a tracked figure: the real guest is stepped through real traffic.
#include "tests/pair/fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include "tests/guest/need_kvm.h"
#include "vhost/strategies.h"
#include "vmm/arch.h"

#if defined(__x86_64__)

#define FRAME_BYTES 65536u
#define RING 256u
#define LIMIT 30u /* instructions per frame */
#define ROUNDS 5u
#define STEPS_MAX 100000u
#define RFLAGS_IF 0x200ull

/* Both guests and their backend; each machine is started and stopped by itself. */
static struct pair *pair;
static struct pair_config config;
static int kvm_fd = -1;

/* Before it runs. */
static void keep_calm(unsigned side)
{
	struct tandem_boot *boot =
		machine_ptr(pair_machine(pair, side), TANDEM_BOOT_OFFSET, sizeof(*boot));

	boot->tick_us = NEVER_TICK_US;
}

static const struct tandem_report *report(unsigned side)
{
	return pair_report(pair, side);
}

static int set_up(void **state)
{
	(void)state;
	config = test_config(&accel_kvm, &notify_direct, TANDEM_STREAM_SEND);
	config.kvm_fd = kvm_fd;
	config.frame_bytes = FRAME_BYTES;
	config.ring_size = config.window = RING;
	config.rto_us = NEVER_RTO_US;
	assert_int_equal(pair_create(&pair, &config), 0);
	for (unsigned i = 0; i < SIDES; i++)
		keep_calm(i);
	assert_int_equal(backend_start(pair_backend(pair)), 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	pair_destroy(pair);
	return 0;
}

/* ------------------------------------------------------------------ running and stepping */

static void run(unsigned side)
{
	assert_int_equal(machine_start(pair_machine(pair, side), &config.cpus[ROLE_A + side]), 0);
}

static void stop(unsigned side)
{
	machine_stop(pair_machine(pair, side));
}

static struct vm *vm_of(unsigned side)
{
	return pair_machine(pair, side)->made;
}

static void set_debug(struct vm *vm, bool single_step)
{
	struct kvm_guest_debug d = {
		.control = single_step ? KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_SINGLESTEP : 0,
	};

	assert_int_equal(ioctl(vm->vcpu[0].fd, KVM_SET_GUEST_DEBUG, &d), 0);
}

/* sti; hlt: the two instructions of which idle consists; they stand nowhere else. */
static bool is_at_idle(unsigned side, uint64_t pc)
{
	const uint8_t *code = gmem_ptr(pair_machine(pair, side)->config.mem, gpa(pc), 2);

	return code && code[0] == 0xfb && code[1] == 0xf4;
}

/* Stopped in its sleep, or about to go there: it could not be stepped out of that. */
static bool is_asleep(unsigned side)
{
	struct kvm_mp_state state = { 0 };
	uint64_t pc = arch_pc(&vm_of(side)->vcpu[0]);

	ioctl(vm_of(side)->vcpu[0].fd, KVM_GET_MP_STATE, &state);
	return state.mp_state != KVM_MP_STATE_RUNNABLE || is_at_idle(side, pc) ||
	       is_at_idle(side, pc - 1) || is_at_idle(side, pc - 2);
}

/* Asked for anew each time: KVM forgets it over an instruction that it carries out itself, as a kick. */
static void step(struct vm *vm)
{
	int ret;

	set_debug(vm, true);
	do {
		ret = ioctl(vm->vcpu[0].fd, KVM_RUN, 0);
	} while (ret < 0 && errno == EINTR);
	assert_int_equal(ret, 0);
	assert_int_equal(vm->vcpu[0].run->exit_reason, KVM_EXIT_DEBUG);
}

/* Instructions from where it is until it goes to sleep. */
static unsigned step_to_idle(unsigned side)
{
	struct vm *vm = vm_of(side);
	unsigned n = 0;

	do {
		step(vm);
		n++;
	} while (n < STEPS_MAX && !is_at_idle(side, vm->vcpu[0].run->debug.arch.pc));
	set_debug(vm, false);
	assert_true(n < STEPS_MAX);
	return n;
}

static void wait_until_quiet(void)
{
	uint64_t last = 0, now = 1;

	for (unsigned i = 0; i < PATIENCE_MS / 20 && last != now; i++) {
		last = now;
		sleep_ms(20);
		now = report(SIDE_A)->tx_frames + report(SIDE_B)->acks_tx +
		      backend_stats(pair_backend(pair)).turns;
	}
}

static void warm_up(void)
{
	for (unsigned i = 0; i < SIDES; i++)
		run(SIDES - 1 - i);
	for (unsigned ms = 0; ms < PATIENCE_MS && shared_load(&report(SIDE_B)->rx_frames) < 2000;
	     ms++)
		sleep_ms(1);
	assert_true(shared_load(&report(SIDE_B)->rx_frames) >= 2000);
}

/*
 * As if its interrupt had come: x86_idle (guest/x86/start.S) returns. The interrupt itself cannot be
 * stepped through, since delivering it ends stepping; what is pending comes at the next idle.
 */
static void wake(unsigned side)
{
	int fd = vm_of(side)->vcpu[0].fd;
	struct kvm_mp_state state = { .mp_state = KVM_MP_STATE_RUNNABLE };
	struct kvm_vcpu_events events;
	struct kvm_regs regs;
	const uint64_t *stack;

	assert_int_equal(ioctl(fd, KVM_GET_REGS, &regs), 0);
	stack = gmem_ptr(pair_machine(pair, side)->config.mem, gpa(regs.rsp), sizeof(*stack));
	assert_non_null(stack);
	regs.rip = *stack;
	regs.rsp += sizeof(*stack);
	regs.rax = 0; /* PLAT_DEVICE */
	regs.rflags &= ~RFLAGS_IF;
	assert_int_equal(ioctl(fd, KVM_GET_VCPU_EVENTS, &events), 0);
	events.flags |= KVM_VCPUEVENT_VALID_SHADOW;
	events.interrupt.shadow = 0; /* that of sti */
	assert_int_equal(ioctl(fd, KVM_SET_VCPU_EVENTS, &events), 0);
	assert_int_equal(ioctl(fd, KVM_SET_REGS, &regs), 0);
	assert_int_equal(ioctl(fd, KVM_SET_MP_STATE, &state), 0);
}

/* Lets the other guest do all that it can without this one, which is stopped. */
static void let_other_finish(unsigned side)
{
	wait_until_quiet();
	stop(1 - side);
}

/*
 * Stops both, `side` in its sleep and with all done for it that the other can do. Not by looking
 * until chance has it at work: where all share a CPU, the one that looks may come before the
 * guest's turn every time.
 */
static void stop_with_work(unsigned side)
{
	stop(side);
	let_other_finish(side);
	if (is_asleep(side))
		return;
	step_to_idle(side);
	run(1 - side);
	let_other_finish(side);
}

struct count {
	unsigned instructions;
	uint64_t frames, acks, kicks;
};

static void print_count(const char *who, const struct count *c)
{
	print_message(
		"# %s: %.1f instructions per frame of %u bytes (%llu frames, %llu acknowledgements, "
		"%llu kicks)\n",
		who, (double)c->instructions / (double)c->frames, FRAME_BYTES,
		(unsigned long long)c->frames, (unsigned long long)c->acks,
		(unsigned long long)c->kicks);
}

/* One after the other: the stepped one finds all that the other could do for it. */
static void count_round(unsigned side, struct count *c)
{
	const struct tandem_report *r = report(side);
	uint64_t frames, acks, kicks;

	stop_with_work(side);
	frames = side == SIDE_A ? r->tx_frames : r->rx_frames;
	acks = side == SIDE_A ? r->acks_rx : r->acks_tx;
	kicks = r->kicks;
	wake(side);
	c->instructions += step_to_idle(side);
	c->frames += (side == SIDE_A ? r->tx_frames : r->rx_frames) - frames;
	c->acks += (side == SIDE_A ? r->acks_rx : r->acks_tx) - acks;
	c->kicks += r->kicks - kicks;
	run(1 - side);
	run(side);
	sleep_ms(5);
}

static void count_side(unsigned side, const char *who)
{
	struct count c = { 0 };

	warm_up();
	for (unsigned i = 0; i < ROUNDS; i++)
		count_round(side, &c);
	print_count(who, &c);
	assert_true(c.frames >= ROUNDS * RING / 4);
	assert_true(c.instructions <= c.frames * LIMIT);
}

/* What is counted below is worth as much as this. */
static void stepping_misses_no_instruction(void **state)
{
	/* mov $1000, %ecx; 1: dec %ecx; jnz 1b; sti; hlt */
	static const uint8_t code[] = { 0xb9, 0xe8, 0x03, 0x00, 0x00, 0xff,
					0xc9, 0x75, 0xfc, 0xfb, 0xf4 };
	const struct gmem *mem = pair_machine(pair, SIDE_A)->config.mem;

	(void)state;
	memcpy(gmem_ptr(mem, gpa(arch_pc(&vm_of(SIDE_A)->vcpu[0])), sizeof(code)), code,
	       sizeof(code));
	assert_int_equal(step_to_idle(SIDE_A), 2001);
}

static void the_sender_takes_few_instructions_per_frame(void **state)
{
	(void)state;
	count_side(SIDE_A, "sender");
}

static void the_receiver_takes_few_instructions_per_frame(void **state)
{
	(void)state;
	count_side(SIDE_B, "receiver");
}

int main(void)
{
	static struct suite s = { .setup = set_up, .teardown = tear_down };

	kvm_fd = need_kvm();
	test_clock_hz();
	suite_add(&s, "stepping_misses_no_instruction", stepping_misses_no_instruction, NULL);
	suite_add(&s, "the_sender_takes_few_instructions_per_frame",
		  the_sender_takes_few_instructions_per_frame, NULL);
	suite_add(&s, "the_receiver_takes_few_instructions_per_frame",
		  the_receiver_takes_few_instructions_per_frame, NULL);
	return suite_run(&s, "guest: instructions");
}

#else

int main(void)
{
	puts("the guest is stepped through by its x86 idle loop");
	return 77;
}

#endif
