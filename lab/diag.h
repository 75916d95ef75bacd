// SPDX-License-Identifier: BSD-2-Clause
// Why a boot of the lab was lost, from what the kernel and the emulator left behind.
#ifndef LAB_DIAG_H
#define LAB_DIAG_H

#include "lab/outcome.h"

enum lab_ending {
	LAB_FINISHED,	 /* with the last record */
	LAB_STOPPED,	 /* the emulator ended well, the last record is missing */
	LAB_QEMU_FAILED, /* it did not even start, or died */
	LAB_GARBLED,	 /* the channel carried something else */
	LAB_TIMED_OUT,
	LAB_INTERRUPTED,
};

/* The known race of x86's multi-threaded emulation with kernel text patching. */
bool lab_diag_is_int3(const struct lab_boot *b);

/* Prints what is known, and the last console lines. -EIO, or -ECANCELED: it could not start. */
int lab_diag_explain(const struct lab_boot *b, const struct lab_outcome *o, enum lab_ending ending);

#endif
