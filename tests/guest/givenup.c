// SPDX-License-Identifier: BSD-2-Clause
// Virtual machines that KVM gives up in the middle (EIO): said, the others go on, nothing is left behind.
#include "tests/pair/crowd_fixture.h"

#include <errno.h>
#include <linux/kvm.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/thread.h"
#include "tests/common/proc.h"
#include "tests/guest/need_kvm.h"

#define FDS_MAX 1024
#define GUEST 0u /* the one given up */

static int kvm_fd = -1;

/*
 * What the kernel does to a VM that it calls dead: calls on its vCPUs fail, and a vCPU that is inside the guest
 * comes out with the same error. The linker sends every ioctl() here (-Wl,--wrap=ioctl).
 */
static struct {
	int vcpu_of[FDS_MAX]; /* by descriptor: the number of a vCPU of the first VM, plus 1 */
	unsigned vms;
	unsigned runs[CROWD_CPUS_MAX];
	int only;	    /* this vCPU fails, or all when -1 */
	unsigned first_run; /* the run of vCPU `trigger` that gives the VM up; 0: not by itself */
	int trigger;
	bool dead;
} host;

int __real_ioctl(int fd, unsigned long request, void *arg);
int __wrap_ioctl(int fd, unsigned long request, void *arg);

static bool is_refused(int fd, unsigned long request)
{
	int vcpu = fd >= 0 && fd < FDS_MAX ? host.vcpu_of[fd] - 1 : -1;

	if (vcpu < 0 || (host.only >= 0 && vcpu != host.only))
		return false;
	if (request == KVM_RUN && vcpu == host.trigger &&
	    __atomic_add_fetch(&host.runs[vcpu], 1, __ATOMIC_RELAXED) == host.first_run)
		shared_store_release(&host.dead, true);
	return shared_load_acquire(&host.dead);
}

static int refuse(void)
{
	errno = EIO;
	return -1;
}

int __wrap_ioctl(int fd, unsigned long request, void *arg)
{
	int ret;

	if (is_refused(fd, request))
		return refuse();
	ret = __real_ioctl(fd, request, arg);
	if (request == KVM_CREATE_VM && ret >= 0)
		host.vms++;
	if (request == KVM_CREATE_VCPU && ret >= 0 && ret < FDS_MAX)
		host.vcpu_of[ret] = host.vms == 1 ? (int)(intptr_t)arg + 1 : 0;
	/* It was inside when it happened. */
	if (request == KVM_RUN && is_refused(fd, 0))
		return refuse();
	return ret;
}

/* A signal is how they leave the guest here; the kernel has its own way. */
static void give_up_now(const struct crowd *c, unsigned vcpus)
{
	shared_store_release(&host.dead, true);
	for (unsigned i = 0; i < vcpus; i++)
		syscall(SYS_tgkill, getpid(), crowd_tid(c, GUEST, i), SIGUSR1);
}

struct row {
	char name[100];
	struct crowd_trial trial;
	enum { AT_A_RUN, WHILE_RUNNING, WHILE_STOPPING } when;
	unsigned run;
	int trigger; /* also the only one that fails, if `alone` */
	bool alone;
};

static int set_up(void **state)
{
	const struct row *row = *state;

	memset(&host, 0, sizeof(host));
	host.trigger = row->trigger;
	host.only = row->alone ? row->trigger : -1;
	host.first_run = row->when == AT_A_RUN ? row->run : 0;
	return 0;
}

static void assert_said(const struct crowd *c)
{
	char why[200];

	crowd_failure(c, GUEST, why, sizeof(why));
	assert_non_null(strstr(why, "KVM_RUN"));
	assert_non_null(strstr(why, "given this VM up"));
	assert_null(strstr(why, "pc 0x0"));
}

static void wait_failed(const struct crowd *c)
{
	for (unsigned ms = 0; crowd_state(c, GUEST) != PAIR_FAILED; ms++) {
		assert_true(ms < PATIENCE_MS);
		sleep_ms(1);
	}
}

static void give_up(struct crowd *c, const struct row *row)
{
	unsigned vcpus = row->trial.vcpus;

	if (row->when != AT_A_RUN) {
		assert_true(wait_crowd(c, row->trial.guests, PAIR_RUNNING));
		sleep_ms(5);
	}
	if (row->when == WHILE_RUNNING)
		give_up_now(c, vcpus);
	if (row->when == WHILE_STOPPING) {
		shared_store_release(&host.dead, true);
		return;
	}
	wait_failed(c);
	assert_said(c);
}

static bool goes_on(const struct crowd *c, unsigned guest)
{
	for (unsigned ms = 0; ms < PATIENCE_MS && crowd_state(c, guest) != PAIR_RUNNING; ms++)
		sleep_ms(1);
	return crowd_state(c, guest) == PAIR_RUNNING;
}

static void a_vm_given_up(void **state)
{
	const struct row *row = *state;
	struct crowd_setup s = crowd_test_setup(&accel_kvm, kvm_fd, &row->trial);
	unsigned fds = proc_fds(), threads = proc_threads_settled(PROC_ALONE);
	struct crowd *c = make_crowd(&s);

	assert_int_equal(crowd_start(c), 0);
	give_up(c, row);
	for (unsigned g = 1; g < row->trial.guests; g++)
		assert_true(goes_on(c, g));
	crowd_stop(c);
	end_crowd(c);
	assert_int_equal(proc_threads_settled(threads), threads);
	assert_int_equal(proc_fds(), fds);
}

/* What a test leaves running when it fails would run in all that come after it. */
static void a_test_that_fails_leaves_no_guest(void **state)
{
	const struct row *row = *state;
	struct crowd_setup s = crowd_test_setup(&accel_kvm, kvm_fd, &row->trial);
	unsigned fds = proc_fds(), threads = proc_threads_settled(PROC_ALONE);

	assert_int_equal(crowd_start(make_crowd(&s)), 0);
	end_live_crowds(state);
	assert_int_equal(proc_threads_settled(threads), threads);
	assert_int_equal(proc_fds(), fds);
}

static void nothing(void *arg)
{
	(void)arg;
}

int main(void)
{
	static struct suite s;
	static struct row rows[] = {
		{ .name = "by_the_first_run_of_its_first_vcpu",
		  .trial = { .kind = CROWD_TICKET, .guests = 2, .vcpus = 3 },
		  .run = 1 },
		{ .name = "by_the_first_run_of_its_last_vcpu",
		  .trial = { .kind = CROWD_BROADCAST, .guests = 2, .vcpus = 3 },
		  .run = 1,
		  .trigger = 2 },
		{ .name = "while_it_boots",
		  .trial = { .kind = CROWD_TAS, .guests = 1, .vcpus = 4 },
		  .run = 2 },
		{ .name = "while_its_vcpus_spin",
		  .trial = { .kind = CROWD_TICKET, .guests = 2, .vcpus = 3 },
		  .when = WHILE_RUNNING },
		{ .name = "while_its_vcpus_wait_for_interrupts",
		  .trial = { .kind = CROWD_BROADCAST,
			     .guests = 2,
			     .vcpus = 3,
			     .flags = CROWD_IDLE },
		  .when = WHILE_RUNNING },
		{ .name = "of_sixteen_vcpus",
		  .trial = { .kind = CROWD_ASYNC, .guests = 1, .vcpus = 16 },
		  .when = WHILE_RUNNING },
		{ .name = "while_it_is_stopped",
		  .trial = { .kind = CROWD_UNICAST, .guests = 2, .vcpus = 3 },
		  .when = WHILE_STOPPING },
		{ .name = "for_one_vcpu_only",
		  .trial = { .kind = CROWD_TICKET, .guests = 1, .vcpus = 3 },
		  .when = WHILE_RUNNING,
		  .trigger = 1,
		  .alone = true },
		{ .name = "for_one_vcpu_only_while_it_is_stopped",
		  .trial = { .kind = CROWD_BROADCAST, .guests = 1, .vcpus = 3 },
		  .when = WHILE_STOPPING,
		  .trigger = 2,
		  .alone = true },
	};

	struct thread first = { 0 };

	kvm_fd = need_kvm();
	test_clock_hz();
	/* ThreadSanitizer's own thread comes with it, and stays. */
	if (thread_start(&first, "test-first", NULL, nothing, NULL) == 0)
		thread_join(&first);
	s.setup = set_up;
	s.teardown = end_live_crowds;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		suite_add(&s, rows[i].name, a_vm_given_up, &rows[i]);
	suite_add(&s, "a_test_that_fails_leaves_no_guest", a_test_that_fails_leaves_no_guest,
		  &rows[3]);
	return suite_run(&s, "guest: given up");
}
