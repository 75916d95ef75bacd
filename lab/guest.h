// SPDX-License-Identifier: BSD-2-Clause
// Inside the lab: runs a program with its output going into the result channel.
#ifndef LAB_GUEST_H
#define LAB_GUEST_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/ioctl.h>

#include "lab/rec.h"

struct lab_channel {
	int fd;	       /* the virtio-serial port */
	uint64_t sent; /* bytes so far */
};

/*
 * Runs `program` to its end, in a session of its own, at most TANDEM_TEST_TIMEOUT seconds if
 * that is in `env`. Returns its status as waitpid() does. Process 1 only: it reaps everything.
 */
int lab_guest_run(struct lab_channel *c, const char *program, char **argv, char **env);

/*
 * Runs a shell on the terminal that the host side is connected to. Status and conditions as above.
 */
int lab_guest_shell(struct lab_channel *c, const struct winsize *size, char **env);

/* Passes on what can be read from fd. false at its end. */
bool lab_guest_forward(struct lab_channel *c, int fd, enum lab_stream stream);

#endif
