// SPDX-License-Identifier: BSD-2-Clause
// A lab's temporary directory, which goes away with it, or at the latest with the next lab.
#ifndef LAB_TMP_H
#define LAB_TMP_H

#include "lab/file.h"

struct lab_tmp {
	struct lab_path dir;
	int lock; /* held while the directory is in use */
};

/* Makes one, and removes those whose owner was killed. 0, or -errno after a message. */
int lab_tmp_open(struct lab_tmp *t);
void lab_tmp_close(struct lab_tmp *t);

#endif
