// SPDX-License-Identifier: BSD-2-Clause
// A stock Linux kernel as a guest: what its machine has besides memory and vCPUs, and what it needs
// to be told.
#ifndef PAIR_STOCK_H
#define PAIR_STOCK_H

#include "pair/console.h"
#include "pair/guest.h"
#include "vmm/linux.h"
#include "vmm/pc.h"

/* The files stay the caller's. */
struct stock_config {
	const char *kernel_name; /* for messages */
	struct linux_image image;
	uint64_t ram_bytes;
	unsigned vcpus;
};

struct stock {
	const struct stock_config *config;
	struct console console;
	struct pc pc;
	int serial_fd; /* raises the serial port's interrupt */
	struct machine *machine;
	int ended; /* enum pc_end, as the guest last did; shared */
};

/* 0 or -errno. stock_fini() accepts what a failed stock_init() left, and STOCK_NONE. */
#define STOCK_NONE .serial_fd = -1
int stock_init(struct stock *s, const struct stock_config *config, struct machine *machine);
void stock_fini(struct stock *s);

/* Adds what it has to a machine that is still to be made. */
void stock_wire(struct stock *s, struct machine_config *machine);

/* Any thread. */
enum pc_end stock_ended(const struct stock *s);

/* `config` of its load() names the kernel. It cannot be asked to end, and reports nothing. */
extern const struct guest_ops guest_linux;

#endif
