// SPDX-License-Identifier: BSD-2-Clause
// One boot of the lab: start the emulator, follow the result channel, tell how it ended.
#ifndef LAB_BOOT_H
#define LAB_BOOT_H

#include <stddef.h>

#include "lab/kernel.h"
#include "lab/opts.h"
#include "lab/proc.h"

struct lab_boot {
	struct lab_sig *sig;
	const struct lab_opts *opts;
	const struct lab_kernel *kernel;
	const char *mode;   /* wanted */
	const char *tandem; /* executable to run inside */
	const char *dir;    /* for its files */
};

struct lab_outcome {
	int status;	      /* of the command inside */
	bool refused;	      /* the kernel is not in the wanted mode: the command was not run */
	bool started;	      /* the command was begun */
	unsigned int retries; /* boots lost to the emulator before this one */
	char release[128];
	char version[256];
	char preempt[16];
	char preempt_model[64];
	char preempt_source[16];
	char kvm[8];
	char modules_failed[256];
	double boot_s;	/* the kernel's own clock when init was ready */
	double ready_s; /* from the start of the emulator until then */
	double total_s; /* until the last record */
	char *file;	/* the result file, NULL when there was none */
	size_t file_len;
};

/*
 * Boots, runs the command and passes its output on. 0 when the last record came (even if the
 * command failed); after a message: -EIO when the run was lost (panic, hang, no last record),
 * -ECANCELED when it could not start, -EINTR. Free o->file.
 */
int lab_boot_run(const struct lab_boot *b, struct lab_outcome *o);

#endif
