// SPDX-License-Identifier: BSD-2-Clause
// A serial port: a 16550A without a line, that sends at once.
#include "vmm/uart.h"

#include <linux/serial_reg.h>

#include "lib/fd.h"

#define FIFOS_ENABLED 0xc0u /* in IIR */

void uart_init(struct uart *u, void (*sent)(void *ctx, char c), void *ctx, int irq_fd)
{
	*u = (struct uart){ .sent = sent, .ctx = ctx, .irq_fd = irq_fd };
	pthread_mutex_init(&u->lock, NULL);
}

void uart_fini(struct uart *u)
{
	pthread_mutex_destroy(&u->lock);
}

/* Why it interrupts, the most urgent first. */
static uint8_t reason(const struct uart *u)
{
	if (u->ier & UART_IER_RDI && u->ntyped)
		return UART_IIR_RDI;
	if (u->ier & UART_IER_THRI && u->empty)
		return UART_IIR_THRI;
	return UART_IIR_NO_INT;
}

/* The line is edge-triggered: only what comes anew is told. */
static void tell(struct uart *u)
{
	bool now = reason(u) != UART_IIR_NO_INT;

	if (now && !u->raised && u->irq_fd >= 0)
		fd_signal(u->irq_fd);
	u->raised = now;
}

static bool put(struct uart *u, uint8_t c)
{
	if (u->ntyped == UART_TYPED_MAX)
		return false;
	u->typed[(u->first + u->ntyped++) % UART_TYPED_MAX] = c;
	return true;
}

static uint8_t take(struct uart *u)
{
	uint8_t c = u->typed[u->first];

	if (!u->ntyped)
		return 0;
	u->first = (u->first + 1) % UART_TYPED_MAX;
	u->ntyped--;
	return c;
}

static uint8_t read_reason(struct uart *u)
{
	uint8_t why = reason(u);

	if (why == UART_IIR_THRI)
		u->empty = false; /* now it knows */
	return why | (u->fifo ? FIFOS_ENABLED : 0);
}

/* In loopback what goes out comes in: how drivers find out that there is one. */
static uint8_t modem(const struct uart *u)
{
	if (!(u->mcr & UART_MCR_LOOP))
		return UART_MSR_DCD | UART_MSR_DSR | UART_MSR_CTS;
	return (uint8_t)((u->mcr & UART_MCR_RTS ? UART_MSR_CTS : 0) |
			 (u->mcr & UART_MCR_DTR ? UART_MSR_DSR : 0) |
			 (u->mcr & UART_MCR_OUT1 ? UART_MSR_RI : 0) |
			 (u->mcr & UART_MCR_OUT2 ? UART_MSR_DCD : 0));
}

static uint8_t read_register(struct uart *u, unsigned reg)
{
	bool dlab = u->lcr & UART_LCR_DLAB;

	switch (reg) {
	case UART_RX:
		return dlab ? u->divisor[0] : take(u);
	case UART_IER:
		return dlab ? u->divisor[1] : u->ier;
	case UART_IIR:
		return read_reason(u);
	case UART_LCR:
		return u->lcr;
	case UART_MCR:
		return u->mcr;
	case UART_LSR:
		return UART_LSR_TEMT | UART_LSR_THRE | (u->ntyped ? UART_LSR_DR : 0);
	case UART_MSR:
		return modem(u);
	default:
		return u->scratch;
	}
}

static void send(struct uart *u, uint8_t c)
{
	if (u->mcr & UART_MCR_LOOP)
		put(u, c);
	else
		u->sent(u->ctx, (char)c);
	u->empty = true;
}

static void write_data(struct uart *u, unsigned reg, uint8_t value)
{
	if (u->lcr & UART_LCR_DLAB)
		u->divisor[reg] = value;
	else if (reg == UART_TX)
		send(u, value);
	else {
		u->empty = u->empty || (value & UART_IER_THRI && !(u->ier & UART_IER_THRI));
		u->ier = value & 0xf;
	}
}

static void write_fifo(struct uart *u, uint8_t value)
{
	u->fifo = value & UART_FCR_ENABLE_FIFO;
	if (value & UART_FCR_CLEAR_RCVR)
		u->ntyped = 0;
}

static void write_register(struct uart *u, unsigned reg, uint8_t value)
{
	switch (reg) {
	case UART_TX:
	case UART_IER:
		write_data(u, reg, value);
		break;
	case UART_FCR:
		write_fifo(u, value);
		break;
	case UART_LCR:
		u->lcr = value;
		break;
	case UART_MCR:
		u->mcr = value & 0x1f;
		break;
	case UART_SCR:
		u->scratch = value;
		break;
	}
}

uint8_t uart_read(struct uart *u, unsigned reg)
{
	uint8_t value;

	pthread_mutex_lock(&u->lock);
	value = read_register(u, reg);
	tell(u);
	pthread_mutex_unlock(&u->lock);
	return value;
}

void uart_write(struct uart *u, unsigned reg, uint8_t value)
{
	pthread_mutex_lock(&u->lock);
	write_register(u, reg, value);
	tell(u);
	pthread_mutex_unlock(&u->lock);
}

unsigned uart_type(struct uart *u, const char *text, unsigned n)
{
	unsigned i = 0;

	pthread_mutex_lock(&u->lock);
	while (i < n && put(u, (uint8_t)text[i]))
		i++;
	tell(u);
	pthread_mutex_unlock(&u->lock);
	return i;
}
