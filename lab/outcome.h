// SPDX-License-Identifier: BSD-2-Clause
// One boot of the lab: what it is to do, and what came of it.
#ifndef LAB_OUTCOME_H
#define LAB_OUTCOME_H

#include <stdbool.h>
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
	char *events; /* the same of a trace.dat */
	size_t events_len;
};

#endif
