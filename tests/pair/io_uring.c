// SPDX-License-Identifier: BSD-2-Clause
// A host that forbids io_uring or has none, played by a seccomp filter: said plainly, exit 77.
#include "tests/common/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct trial {
	const char *name;
	int error; /* of io_uring_setup() */
	const char *args[6];
	const char *says[3];
};

static const struct trial trials[] = {
	{ "bench_says_that_io_uring_is_not_permitted",
	  EPERM,
	  { "bench", "rr", "--accel=thread", "--duration=0.1", NULL },
	  { "io_uring", "system call filter (seccomp)", NULL } },
	{ "bench_says_that_the_kernel_has_no_io_uring",
	  ENOSYS,
	  { "bench", "stream", "--accel=thread", "--duration=0.1", NULL },
	  { "io_uring", "system call filter (seccomp)", NULL } },
	{ "run_says_that_io_uring_is_not_permitted",
	  EPERM,
	  { "run", "--accel=thread", "--duration=0.1", NULL },
	  { "io_uring", "system call filter (seccomp)", NULL } },
	{ "doctor_says_that_io_uring_is_not_permitted",
	  EPERM,
	  { "doctor", NULL },
	  { "FAIL  io_uring", "system call filter (seccomp)", NULL } },
	{ "doctor_says_that_the_kernel_has_no_io_uring",
	  ENOSYS,
	  { "doctor", NULL },
	  { "FAIL  io_uring", "system call filter (seccomp)", NULL } },
};

/* false: this kernel has no seccomp filters. */
static bool forbid_io_uring(int error)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_io_uring_setup, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (uint32_t)error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { ARRAY_SIZE(code), code };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

#define NO_SECCOMP 99

static void child(const struct trial *t, int out)
{
	char *argv[ARRAY_SIZE(t->args) + 2] = { getenv("TANDEM") };

	for (size_t i = 0; t->args[i]; i++)
		argv[i + 1] = (char *)(uintptr_t)t->args[i];
	dup2(out, 1);
	dup2(out, 2);
	if (!forbid_io_uring(t->error))
		_exit(NO_SECCOMP);
	execv(argv[0], argv);
	_exit(98);
}

/* The exit status; what it printed in `text`. */
static int run(const struct trial *t, char *text, size_t bytes)
{
	int fds[2], status = 0;
	size_t have = 0;
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0)
		child(t, fds[1]);
	assert_true(pid > 0);
	close(fds[1]);
	while (have < bytes - 1 && (n = read(fds[0], text + have, bytes - 1 - have)) > 0)
		have += (size_t)n;
	text[have] = '\0';
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void the_program_says_what_is_missing(void **state)
{
	const struct trial *t = *state;
	static char text[65536];
	int status = run(t, text, sizeof(text));

	if (status == NO_SECCOMP) {
		print_message("# this kernel has no seccomp filters to play the host with\n");
		skip();
	}
	for (size_t i = 0; t->says[i]; i++)
		if (!strstr(text, t->says[i]))
			fail_msg("it does not say '%s' but: %s", t->says[i], text);
	if (status != 77)
		fail_msg("exit status %d, not 77; it said: %s", status, text);
}

int main(void)
{
	static struct suite s;

	if (!getenv("TANDEM")) {
		puts("TANDEM is not set; run me through make check");
		return 77;
	}
	for (size_t i = 0; i < ARRAY_SIZE(trials); i++)
		suite_add(&s, trials[i].name, the_program_says_what_is_missing, &trials[i]);
	return suite_run(&s, "pair: io_uring");
}
