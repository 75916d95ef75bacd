// SPDX-License-Identifier: BSD-2-Clause
// Writes the cpio archive (format "newc") that a kernel unpacks as its initramfs.
#ifndef LAB_CPIO_H
#define LAB_CPIO_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct lab_cpio {
	FILE *f;
	uint32_t ino;
	size_t at;   /* bytes written */
	int err;     /* the first failure, kept */
	char **seen; /* paths in the archive, so that nothing is in it twice */
	size_t n_seen;
};

/* Starts an archive at `path`. 0, or -errno. Every call after a failed one does nothing. */
int lab_cpio_open(struct lab_cpio *c, const char *path);

/* Adds a regular file, and the directories above it. Guest paths are absolute. */
void lab_cpio_data(struct lab_cpio *c, const char *guest, int mode, const void *data, size_t len);

/* Adds a file of the host. 0, or -errno when it could not be read. Twice the same is once. */
int lab_cpio_file(struct lab_cpio *c, const char *guest, int mode, const char *host);

/* Adds a symbolic link to `target`. */
void lab_cpio_link(struct lab_cpio *c, const char *guest, const char *target);

/* Adds a directory, and those above it. */
void lab_cpio_dir(struct lab_cpio *c, const char *guest);

/* Ends the archive. 0, or what went wrong since lab_cpio_open(). */
int lab_cpio_close(struct lab_cpio *c);

#endif
