// SPDX-License-Identifier: BSD-2-Clause
// The contract between tandem and the bundled guest run as a host thread (--accel=thread).
#ifndef TANDEM_HOSTED_H
#define TANDEM_HOSTED_H

#include <stdint.h>

/* What a virtual machine would give the guest. */
struct hosted_machine {
	uint8_t *ram; /* host address of ram_gpa */
	uint64_t ram_gpa;
	void *ctx;
	uint32_t (*read)(void *ctx, uint64_t gpa, unsigned len);
	void (*write)(void *ctx, uint64_t gpa, unsigned len, uint32_t value);
	/* words of the PCI configuration, by what port 0xcf8 is written; NULL: there is no bus */
	uint32_t (*pci_read)(void *ctx, uint32_t address);
	void (*pci_write)(void *ctx, uint32_t address, uint32_t value);
	int kick_fd[2];	   /* eventfds: the doorbells of both queues; -1: an access does it */
	int call_fd[2];	   /* eventfds: its interrupts; -1: none comes; the second is PCI's */
	int echo_fd;	   /* eventfd: the echo floor's doorbell, or -1 */
	uint32_t quit;	   /* the power switch: set, then signal call_fd */
	const int *ipi_fd; /* of a crowd: each CPU's eventfd, which wakes it when it sleeps */
};

/* Runs the guest to its end; returns when it is done, has failed or was switched off. */
void hosted_guest_run(struct hosted_machine *m);

/* Of a crowd (tandem/crowd.h), runs one CPU other than the first, which hosted_guest_run() is. */
void hosted_cpu_run(struct hosted_machine *m, uint32_t cpu);

#endif
