// SPDX-License-Identifier: BSD-2-Clause
// The kernels that the lab boots: stock ones by name, from the cache or fetched; or the user's.
#ifndef LAB_KERNEL_H
#define LAB_KERNEL_H

#include <stdbool.h>

#include "lab/file.h"
#include "lab/image.h"
#include "lab/proc.h"

struct lab_kernel {
	struct lab_image info;
	struct lab_path image;
	struct lab_path config;	 /* its .config, "" when there is none */
	struct lab_path modules; /* directory of NN-NAME.ko in the order of loading, or "" */
	char package[160];	 /* "linux-image-... 6.12.107-1"; the path of a user's own */
};

/* ${XDG_CACHE_HOME:-~/.cache}/tandem/lab */
struct lab_path lab_cache_dir(void);

/*
 * A stock kernel by [SUITE/]NAME: "6.12", "7.2-rt", "6.12.107+deb13", "newest", "newest-rt".
 * The newest one in the cache that fits, or with `refresh` or when there is none, the newest
 * one in the suite. 0, or -errno after a message (-ENOENT: none such to be had).
 */
int lab_kernel_stock(struct lab_sig *sig, const struct lab_arch *arch, const char *name,
		     bool refresh, struct lab_kernel *k);

/*
 * Which one that would be: package and version, and is it in the cache? Fetches no kernel. 0, or as
 * above.
 */
int lab_kernel_look(struct lab_sig *sig, const struct lab_arch *arch, const char *name,
		    bool refresh, char package[320], bool *cached);

/*
 * A kernel image of the user, with the tree of its modules or NULL; what is prepared of them
 * goes into `tmp`. 0, or -errno after a message.
 */
int lab_kernel_own(struct lab_sig *sig, const struct lab_arch *arch, const char *image,
		   const char *modules, const char *tmp, struct lab_kernel *k);

/* The stock kernel to take for these preemption modes (a list with commas) on `arch`. */
const char *lab_kernel_default(const struct lab_arch *arch, const char *modes);

#endif
