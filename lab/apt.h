// SPDX-License-Identifier: BSD-2-Clause
// Packages of any suite of the Debian archive that this machine is configured for, fetched with
// a private apt root: nothing of the system's package state is read for writing or changed.
#ifndef LAB_APT_H
#define LAB_APT_H

#include "lab/arch.h"
#include "lab/file.h"
#include "lab/proc.h"

struct lab_apt {
	struct lab_sig *sig;
	const struct lab_arch *arch;
	struct lab_path root; /* private: sources, lists, archives */
	struct lab_path conf;
	char suite[64];
};

/*
 * Prepares the private root of one suite and architecture below `cache` and brings its index
 * up to date if it is older than a day, or always with `refresh`. 0, or -errno after a message:
 * -ENOENT means that this machine has no apt, or no Debian archive among its package sources.
 */
int lab_apt_open(struct lab_apt *apt, struct lab_sig *sig, const struct lab_arch *arch,
		 const char *cache, const char *suite, bool refresh);

/* Begins the command line of an apt tool that works on this root. */
void lab_apt_args(struct lab_apt *apt, struct lab_args *a, const char *tool);

#endif
