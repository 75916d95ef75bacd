// SPDX-License-Identifier: BSD-2-Clause
// KVM_RUN's EAGAIN: where no thread may be made it is said at once; a vCPU that waits to be started goes on waiting.
#include "tests/pair/crowd_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/thread.h"
#include "tests/common/proc.h"
#include "tests/guest/need_kvm.h"

#define FDS_MAX 1024
#define WAITS 50

static int kvm_fd = -1;

/* The kernel of a test; the linker sends every ioctl() here (-Wl,--wrap=ioctl). */
static struct {
	int vcpu_of[FDS_MAX]; /* by descriptor: the number of a vCPU, plus 1 */
	bool no_threads;      /* KVM_RUN is EAGAIN, for ever */
	bool sipi_late;	      /* vCPU 1 is started by a SIPI, after WAITS runs */
	unsigned runs[VM_VCPUS_MAX];
} host;

int __real_ioctl(int fd, unsigned long request, void *arg);
int __wrap_ioctl(int fd, unsigned long request, void *arg);

static bool waits_for_sipi(int vcpu)
{
	return host.sipi_late && vcpu == 1 && shared_load(&host.runs[vcpu]) < WAITS;
}

/* The run that the SIPI ends is EAGAIN, too, and the vCPU is runnable when it has returned. */
static bool is_refused(int vcpu)
{
	unsigned run = __atomic_add_fetch(&host.runs[vcpu], 1, __ATOMIC_RELAXED);

	return host.no_threads || (host.sipi_late && vcpu == 1 && run <= WAITS);
}

int __wrap_ioctl(int fd, unsigned long request, void *arg)
{
	int vcpu = fd >= 0 && fd < FDS_MAX ? host.vcpu_of[fd] - 1 : -1, ret;

	if (request == KVM_RUN && vcpu >= 0 && is_refused(vcpu)) {
		errno = EAGAIN;
		return -1;
	}
	ret = __real_ioctl(fd, request, arg);
	if (request == KVM_CREATE_VCPU && ret >= 0 && ret < FDS_MAX)
		host.vcpu_of[ret] = (int)(intptr_t)arg + 1;
	if (request == KVM_GET_MP_STATE && ret == 0 && vcpu >= 0 && waits_for_sipi(vcpu))
		((struct kvm_mp_state *)arg)->mp_state = KVM_MP_STATE_UNINITIALIZED;
	return ret;
}

static int set_up(void **state)
{
	(void)state;
	memset(&host, 0, sizeof(host));
	return 0;
}

static const struct crowd_trial trial = { .kind = CROWD_TICKET, .guests = 1, .vcpus = 2, .ms = 20 };

static void no_thread_for_a_vm_is_said_at_once(void **state)
{
	struct crowd_setup s = crowd_test_setup(&accel_kvm, kvm_fd, &trial);
	struct crowd *c = make_crowd(&s);
	char why[200];

	(void)state;
	host.no_threads = true;
	assert_int_equal(crowd_start(c), 0);
	assert_true(wait_crowd(c, 1, PAIR_FAILED));
	crowd_failure(c, 0, why, sizeof(why));
	print_message("# %s\n", why);
	assert_non_null(strstr(why, "pids.max"));
	assert_non_null(strstr(why, "ulimit -u"));
	assert_true(crowd_lacks_threads(c, 0));
	crowd_stop(c);
	/* The one that says it; the other goes on until it has been said. */
	assert_true(host.runs[0] == 2 || host.runs[1] == 2);
	end_crowd(c);
}

static void a_vcpu_that_waits_to_be_started_waits(void **state)
{
	struct crowd_setup s = crowd_test_setup(&accel_kvm, kvm_fd, &trial);

	(void)state;
	host.sipi_late = true;
	run_crowd(&s, &trial);
	assert_true(host.runs[1] > WAITS);
}

/* ---- for real: a control group in which there is one thread too few ---- */

static bool write_file(const char *dir, const char *name, const char *text)
{
	char path[300];
	int fd;
	bool good;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	good = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	if (fd >= 0)
		close(fd);
	return good;
}

/* Where groups with a pids.max can be made; `mounted`: by us. */
static const char *find_groups(bool *mounted)
{
	static const char own[] = "/tmp/tandem-test-groups";
	static const char *const there[] = { "/sys/fs/cgroup/pids", "/sys/fs/cgroup" };

	for (size_t i = 0; i < ARRAY_SIZE(there); i++) {
		char path[100];

		snprintf(path, sizeof(path), "%s/cgroup.procs", there[i]);
		if (access(path, W_OK) == 0 &&
		    (i == 0 || write_file(there[i], "cgroup.subtree_control", "+pids")))
			return there[i];
	}
	mkdir(own, 0700);
	*mounted = mount("none", own, "cgroup2", 0, NULL) == 0;
	if (*mounted && write_file(own, "cgroup.subtree_control", "+pids"))
		return own;
	if (*mounted)
		umount(own);
	rmdir(own);
	*mounted = false;
	return NULL;
}

/* 0: said; 1: not; 2: this KVM makes no thread; 3: no group to be in. */
static int run_with_too_few(const char *group)
{
	/* One vCPU: of two, the first would take the place of the second one's thread. */
	static const struct crowd_trial one = { .kind = CROWD_TICKET, .guests = 1, .vcpus = 1 };
	struct crowd_setup s = crowd_test_setup(&accel_kvm, kvm_fd, &one);
	struct crowd *c = NULL;
	char why[200] = "";
	int code;

	alarm((unsigned)suite_patience(60));
	if (!write_file(group, "pids.max", "2") || !write_file(group, "cgroup.procs", "0"))
		return 3;
	if (crowd_create(&c, &s) || crowd_start(c))
		return 1;
	for (unsigned ms = 0; ms < PATIENCE_MS && crowd_state(c, 0) == PAIR_BOOTING; ms++)
		sleep_ms(1);
	if (crowd_state(c, 0) == PAIR_FAILED)
		crowd_failure(c, 0, why, sizeof(why));
	code = crowd_state(c, 0) == PAIR_RUNNING ? 2 : strstr(why, "pids.max") ? 0 : 1;
	crowd_ask_to_end(c);
	crowd_destroy(c);
	return code;
}

static void one_thread_too_few_in_a_control_group(void **state)
{
	bool mounted = false;
	const char *groups;
	char group[200];
	int status = 3 << 8;
	pid_t pid;

	(void)state;
	if (PROC_TSAN) {
		print_message("# ThreadSanitizer has a thread of its own, which counts\n");
		skip();
	}
	groups = find_groups(&mounted);
	snprintf(group, sizeof(group), "%s/tandem-test-%d", groups ? groups : "", getpid());
	if (groups && mkdir(group, 0755) == 0) {
		fflush(NULL);
		pid = fork();
		if (pid == 0)
			_exit(run_with_too_few(group));
		waitpid(pid, &status, 0);
		rmdir(group);
	}
	if (mounted) {
		umount(groups);
		rmdir(groups);
	}
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 3 || WEXITSTATUS(status) == 2) {
		print_message("# %s\n",
			      WEXITSTATUS(status) == 3
				      ? "no control group can be made here that limits threads"
				      : "KVM here makes no thread of this process");
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	static struct suite s;

	kvm_fd = need_kvm();
	test_clock_hz();
	s.setup = set_up;
	s.teardown = end_live_crowds;
	/* First of all: a child of a process that had threads. */
	suite_add(&s, "one_thread_too_few_in_a_control_group",
		  one_thread_too_few_in_a_control_group, NULL);
	suite_add(&s, "no_thread_for_a_vm_is_said_at_once", no_thread_for_a_vm_is_said_at_once,
		  NULL);
	suite_add(&s, "a_vcpu_that_waits_to_be_started_waits",
		  a_vcpu_that_waits_to_be_started_waits, NULL);
	return suite_run(&s, "guest: threads");
}
