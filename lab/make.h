// SPDX-License-Identifier: BSD-2-Clause
// Runs make on a kernel's sources: progress while it runs, its last lines when it fails.
#ifndef LAB_MAKE_H
#define LAB_MAKE_H

#include "lab/arch.h"
#include "lab/file.h"
#include "lab/proc.h"

struct lab_make {
	struct lab_sig *sig;
	const struct lab_arch *arch;
	const char *cross; /* the compiler's prefix, "" for this machine's own */
	struct lab_path source, objects, log;
	struct lab_path config; /* what to configure */
	unsigned expected;	/* steps; 0: not known, as of an incremental build */
	const char *what;	/* for the progress line */
	unsigned steps;		/* made */
};

/* Is all there that it takes? 0, or -ENOENT after a message that names what is missing. */
int lab_make_check(const struct lab_arch *arch, const char *cross);

/*
 * Configures (nothing but `config` and what it needs), then builds the image that the lab boots.
 * 0; -EINTR; -EIO after the last lines and a message.
 */
int lab_make(struct lab_make *m);

#endif
