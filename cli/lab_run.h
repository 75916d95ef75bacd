// SPDX-License-Identifier: BSD-2-Clause
// One call of `tandem lab`: its boots, and what they come to.
#ifndef CLI_LAB_RUN_H
#define CLI_LAB_RUN_H

#include <stdbool.h>
#include <stddef.h>

#include "lab/kernel.h"
#include "lab/opts.h"
#include "lab/proc.h"
#include "lab/result.h"
#include "lab/tmp.h"

#define LAB_SKIPPED 77

struct lab {
	struct lab_opts opts;
	struct lab_sig sig;
	struct lab_tmp tmp;
	struct lab_results results;
	struct lab_results *also; /* gets them, too; or NULL */
	struct lab_path tandem;
	char qemu[128];
	int status;	  /* of the whole: the first failure */
	int ran, skipped; /* boots */
};

/* Keeps the first failure; LAB_SKIPPED counts only if nothing ran. */
void lab_run_note(struct lab *l, int status);

/* One kernel in one mode; its results are joined. 0, or -EINTR. */
int lab_run_boot(struct lab *l, const struct lab_kernel *k, const char *mode);

/* Copies the next word of a list with commas; false at its end. */
bool lab_run_next_word(const char **list, char *word, size_t len);

/* Everything that can be known to be missing is said before anything is fetched. 0 or -errno. */
int lab_run_prepare(struct lab *l);

#endif
