// SPDX-License-Identifier: BSD-2-Clause
// A serial port: a 16550A without a line, that sends at once.
#ifndef VMM_UART_H
#define VMM_UART_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#define UART_REGISTERS 8u
#define UART_TYPED_MAX 64u

/* Any thread: several vCPUs' accesses come one after the other. */
struct uart {
	pthread_mutex_t lock;
	/* A character was sent. Called under the lock. */
	void (*sent)(void *ctx, char c);
	void *ctx;
	int irq_fd; /* an eventfd that raises its line and lowers it; -1: none */
	uint8_t ier, lcr, mcr, scratch, divisor[2];
	bool fifo;
	bool empty;  /* what was sent is gone, and the guest does not know it yet */
	bool raised; /* the line, as if it were a level */
	uint8_t typed[UART_TYPED_MAX];
	unsigned first, ntyped;
};

void uart_init(struct uart *u, void (*sent)(void *ctx, char c), void *ctx, int irq_fd);
void uart_fini(struct uart *u);

/* A vCPU's access to a register, 0 to UART_REGISTERS - 1. */
uint8_t uart_read(struct uart *u, unsigned reg);
void uart_write(struct uart *u, unsigned reg, uint8_t value);

/* Control thread: somebody types. How many of the n characters there was room for. */
unsigned uart_type(struct uart *u, const char *text, unsigned n);

#endif
