// SPDX-License-Identifier: BSD-2-Clause
// The files that a stock Linux guest is made of, as the options name them.
#ifndef CLI_GUEST_FILES_H
#define CLI_GUEST_FILES_H

#include "bench/options/ask.h"
#include "cli/options.h"
#include "lab/file.h"
#include "pair/stock.h"

#define GUEST_LINE_BYTES 4096u

struct guest_files {
	const char *command;	 /* for messages: "run" */
	struct lab_path kernel;	 /* its path */
	struct lab_path modules; /* their directory, or "" */
	char *kernel_data, *initrd_data;
	size_t kernel_bytes, initrd_bytes;
};

/* Is there the KVM that a stock kernel needs? 0 or EXIT_HOST (said why). */
int guest_files_settle_kvm(const char *command, const struct accel_choice *choice);

/* Is the kernel one that has to be fetched first, or may have to be? */
bool guest_files_fetched(const struct option_set *set);

/*
 * Reads them; f->command is set, the rest zeros. 0, or an exit code (said why). free() takes what a
 * failed read() left.
 */
int guest_files_read(struct guest_files *f, const struct option_set *set);
void guest_files_free(struct guest_files *f);

/* Its command line: the usual words, `own`, those of --guest-append. 0 or EXIT_USAGE (said why). */
int guest_files_line(const struct guest_files *f, const struct option_set *set, const char *own,
		     char line[GUEST_LINE_BYTES]);

/* The guest, of which everything stays the caller's; is it one that could be booted? As read(). */
struct stock_config guest_files_stock(const struct guest_files *f, const struct option_set *set,
				      const char *line);
int guest_files_check(const struct guest_files *f, const struct stock_config *c);

#endif
