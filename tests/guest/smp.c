// SPDX-License-Identifier: BSD-2-Clause
// Guests of several CPUs in virtual machines: all come up, everything adds up, one that faults says so.
#include "tests/pair/crowd_fixture.h"

#include <errno.h>

#include "lib/log.h"
#include "tests/common/proc.h"
#include "tests/guest/need_kvm.h"

static int kvm_fd = -1;

static void a_crowd_meets_works_and_ends(void **state)
{
	const struct crowd_trial *t = *state;
	struct crowd_setup s = crowd_test_setup(&accel_kvm, kvm_fd, t);

	run_crowd(&s, t);
}

static void a_cpu_that_faults_ends_its_guest_alone(void **state)
{
	struct crowd_trial t = { .kind = CROWD_TAS, .guests = 1, .vcpus = 3 };
	struct crowd_setup s = crowd_test_setup(&accel_kvm, kvm_fd, &t);
	struct crowd *good = make_crowd(&s), *bad;
	char why[200];

	(void)state;
	s.config.flags = CROWD_MISBEHAVE_FAULT;
	bad = make_crowd(&s);
	assert_int_equal(crowd_start(good), 0);
	assert_int_equal(crowd_start(bad), 0);
	assert_true(wait_crowd(bad, 1, PAIR_FAILED));
	crowd_failure(bad, 0, why, sizeof(why));
	assert_non_null(strstr(why, "faulted"));
	end_crowd(bad);
	assert_true(wait_crowd(good, 1, PAIR_RUNNING));
	crowd_ask_to_end(good);
	assert_true(wait_crowd(good, 1, PAIR_DONE));
	crowd_stop(good);
	assert_crowd_adds_up(good, &t);
	end_crowd(good);
}

static void stopping_in_the_middle_leaves_nothing_behind(void **state)
{
	struct crowd_trial t = { .kind = CROWD_BROADCAST, .guests = 2, .vcpus = 4 };
	struct crowd_setup s = crowd_test_setup(&accel_kvm, kvm_fd, &t);
	unsigned fds = 0, threads = 0;

	(void)state;
	for (unsigned i = 0; i < 6; i++) {
		struct crowd *c;

		if (i == 1) {
			threads = proc_threads_settled(PROC_ALONE);
			fds = proc_fds();
		}
		c = make_crowd(&s);
		assert_int_equal(crowd_start(c), 0);
		assert_true(wait_crowd(c, t.guests, PAIR_RUNNING));
		end_crowd(c);
	}
	assert_int_equal(proc_threads_settled(threads), threads);
	assert_int_equal(proc_fds(), fds);
}

static void more_vcpus_than_there_can_be_are_refused(void **state)
{
	struct gmem mem;
	struct vm_config vc = { .name = "x", .kvm_fd = kvm_fd, .mem = &mem, .vcpus = 17 };
	struct vm *vm = NULL;

	(void)state;
	assert_int_equal(gmem_create(&mem, "t", gpa(vm_layout()->ram_gpa), CROWD_RAM_BYTES), 0);
	assert_int_equal(vm_create(&vm, &vc), -EINVAL);
	assert_null(vm);
	gmem_destroy(&mem);
}

static void senseless_configurations_are_refused_by_the_guest(void **state)
{
	struct crowd_trial t = { .kind = CROWD_UNICAST, .guests = 1, .vcpus = 1 };
	struct crowd_setup s = crowd_test_setup(&accel_kvm, kvm_fd, &t);
	struct crowd *c = make_crowd(&s);

	(void)state;
	assert_int_equal(crowd_start(c), 0);
	assert_true(wait_crowd(c, 1, PAIR_FAILED));
	end_crowd(c);
}

int main(void)
{
	static struct suite s;
	static struct crowd_trial trials[] = {
		{ .kind = CROWD_TICKET, .guests = 1, .vcpus = 1, .ms = 20 },
		{ .kind = CROWD_TICKET, .guests = 1, .vcpus = 2, .ms = 100 },
		{ .kind = CROWD_TICKET, .guests = 2, .vcpus = 3, .ms = 200, .flags = CROWD_STEAL },
		{ .kind = CROWD_TAS, .guests = 1, .vcpus = 2, .ms = 100 },
		{ .kind = CROWD_TAS, .guests = 1, .vcpus = 16, .ms = 200 },
		{ .kind = CROWD_TAS,
		  .guests = 2,
		  .vcpus = 2,
		  .ms = 200,
		  .flags = CROWD_STEAL | CROWD_YIELD },
		{ .kind = CROWD_UNICAST, .guests = 1, .vcpus = 2, .ms = 100 },
		{ .kind = CROWD_UNICAST, .guests = 2, .vcpus = 4, .ms = 200 },
		{ .kind = CROWD_BROADCAST, .guests = 1, .vcpus = 4, .ms = 100 },
		{ .kind = CROWD_BROADCAST,
		  .guests = 1,
		  .vcpus = 3,
		  .ms = 100,
		  .flags = CROWD_IDLE },
		{ .kind = CROWD_BROADCAST,
		  .guests = 2,
		  .vcpus = 2,
		  .ms = 200,
		  .flags = CROWD_STEAL | CROWD_YIELD },
		{ .kind = CROWD_ASYNC, .guests = 1, .vcpus = 3, .ms = 100 },
		{ .kind = CROWD_ASYNC, .guests = 1, .vcpus = 2, .ms = 100, .flags = CROWD_IDLE },
	};

	kvm_fd = need_kvm();
	test_clock_hz();
	s.teardown = end_live_crowds;
	for (size_t i = 0; i < ARRAY_SIZE(trials); i++) {
		name_crowd_trial(&trials[i]);
		suite_add(&s, trials[i].name, a_crowd_meets_works_and_ends, &trials[i]);
	}
	suite_add(&s, "a_cpu_that_faults_ends_its_guest_alone",
		  a_cpu_that_faults_ends_its_guest_alone, NULL);
	suite_add(&s, "stopping_in_the_middle_leaves_nothing_behind",
		  stopping_in_the_middle_leaves_nothing_behind, NULL);
	suite_add(&s, "more_vcpus_than_there_can_be_are_refused",
		  more_vcpus_than_there_can_be_are_refused, NULL);
	suite_add(&s, "senseless_configurations_are_refused_by_the_guest",
		  senseless_configurations_are_refused_by_the_guest, NULL);
	return suite_run(&s, "guest: smp");
}
