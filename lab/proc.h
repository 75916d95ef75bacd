// SPDX-License-Identifier: BSD-2-Clause
// Programs that the lab starts, and the signals that end the lab while it waits for them.
#ifndef LAB_PROC_H
#define LAB_PROC_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

/* While open, the signals that end (lib/signals.h) are blocked and seen only through this. */
struct lab_sig {
	int fd;	    /* readable when one of them came */
	int caught; /* which one; 0 none */
	sigset_t before;
};

int lab_sig_open(struct lab_sig *s);
bool lab_sig_caught(struct lab_sig *s);
/*
 * Gives the signals back. If one was caught it is raised again, so that the caller's shell sees it.
 */
void lab_sig_close(struct lab_sig *s);

#define LAB_ARGS_MAX 96

/* An argument vector being built. Set n to 0 to start; every string is a copy. */
struct lab_args {
	char *v[LAB_ARGS_MAX + 1];
	int n;
};

/* Appends one argument, printf-formatted. More than LAB_ARGS_MAX is a bug of the caller. */
void lab_args_add(struct lab_args *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void lab_args_free(struct lab_args *a);

/*
 * Starts argv[0], looked up in PATH, in its own process group, in `dir` unless NULL, with
 * these as stdin, stdout and stderr (-1: /dev/null). It is killed when the calling thread dies,
 * however that happens. Its pid, or -errno.
 */
pid_t lab_spawn(struct lab_args *a, const char *dir, int in, int out, int err);

/* Kills the whole group of a child from lab_spawn() and reaps the child. */
void lab_kill(pid_t pid);

/*
 * Has it ended? Waits at most timeout_ms, less when a signal comes. Its exit status (128 + N
 * when it died of signal N), -EAGAIN if it still runs, -EINTR on a signal for the lab, another
 * -errno if it cannot be waited for.
 */
int lab_wait(struct lab_sig *s, pid_t pid, int timeout_ms);

/*
 * Runs to the end: the exit status, or -errno (-ENOENT: no such program, -EINTR: a signal came
 * and the program was killed). `out`, unless NULL, gets all of stdout, `err` all of stderr, to
 * be freed, also when the status is not 0. Takes the arguments (lab_args_free).
 */
int lab_run(struct lab_sig *s, struct lab_args *a, char **out, char **err);

/* Is there such a program in PATH? */
bool lab_have_program(const char *name);

#endif
