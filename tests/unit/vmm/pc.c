// SPDX-License-Identifier: BSD-2-Clause
// The serial port as Linux's driver looks at it, and the ports that end a guest.
#include "tests/common/suite.h"

#include <linux/serial_reg.h>
#include <string.h>

#include "lib/fd.h"
#include "vmm/pc.h"

static struct pc pc;
static struct vm_ports ports[PC_PORTS];
static char printed[64];
static unsigned nprinted, ends;
static enum pc_end ended;
static int irq_fd = -1;

static void print(void *ctx, char c)
{
	assert_ptr_equal(ctx, &pc);
	printed[nprinted++] = c;
}

static void end(void *ctx, enum pc_end how)
{
	assert_ptr_equal(ctx, &pc);
	ended = how;
	ends++;
}

static int set_up(void **state)
{
	(void)state;
	nprinted = ends = 0;
	memset(printed, 0, sizeof(printed));
	irq_fd = fd_eventfd();
	pc = (struct pc){ .end = end, .ctx = &pc };
	uart_init(&pc.serial, print, &pc, irq_fd);
	pc_ports(&pc, ports);
	return irq_fd < 0;
}

static int tear_down(void **state)
{
	(void)state;
	uart_fini(&pc.serial);
	fd_close(&irq_fd);
	return 0;
}

static const struct vm_ports *at(unsigned port)
{
	for (unsigned i = 0; i < PC_PORTS; i++)
		if (port >= ports[i].base && port < (unsigned)ports[i].base + ports[i].ports)
			return &ports[i];
	fail_msg("nothing at port 0x%x", port);
	return NULL;
}

static uint32_t in(unsigned port)
{
	const struct vm_ports *p = at(port);

	return p->read(p->ctx, port - p->base, 1);
}

static void out(unsigned port, uint32_t value)
{
	const struct vm_ports *p = at(port);

	p->write(p->ctx, port - p->base, 1, value);
}

static uint32_t get(unsigned reg)
{
	return in(PC_SERIAL_PORT + reg);
}

static void set(unsigned reg, uint32_t value)
{
	out(PC_SERIAL_PORT + reg, value);
}

/* What autoconfig() of Linux's 8250 driver does before it believes that there is a port. */
static void test_found(void **state)
{
	(void)state;
	set(UART_IER, 0);
	assert_int_equal(get(UART_IER) & 0xf, 0);
	set(UART_IER, 0xf);
	assert_int_equal(get(UART_IER) & 0xf, 0xf);
	set(UART_IER, 0);
	set(UART_MCR, UART_MCR_LOOP | UART_MCR_OUT2 | UART_MCR_RTS);
	assert_int_equal(get(UART_MSR) & 0xf0, UART_MSR_DCD | UART_MSR_CTS);
	set(UART_MCR, UART_MCR_LOOP | UART_MCR_OUT1 | UART_MCR_DTR);
	assert_int_equal(get(UART_MSR) & 0xf0, UART_MSR_RI | UART_MSR_DSR);
	set(UART_MCR, 0);
	assert_int_equal(get(UART_MSR), UART_MSR_DCD | UART_MSR_DSR | UART_MSR_CTS);
	assert_int_equal(get(UART_IIR), UART_IIR_NO_INT);
	set(UART_FCR, UART_FCR_ENABLE_FIFO);
	assert_int_equal(get(UART_IIR), 0xc0 | UART_IIR_NO_INT); /* a 16550A */
	set(UART_SCR, 0x5a);
	assert_int_equal(get(UART_SCR), 0x5a);
}

static void test_divisor(void **state)
{
	(void)state;
	set(UART_LCR, UART_LCR_DLAB | UART_LCR_WLEN8);
	set(UART_DLL, 1);
	set(UART_DLM, 2);
	assert_int_equal(get(UART_DLL), 1);
	assert_int_equal(get(UART_DLM), 2);
	set(UART_LCR, UART_LCR_WLEN8);
	assert_int_equal(get(UART_LCR), UART_LCR_WLEN8);
	assert_int_equal(get(UART_IER), 0);
	assert_int_equal(nprinted, 0);
}

static void test_print(void **state)
{
	(void)state;
	for (const char *s = "hello\n"; *s; s++) {
		assert_int_equal(get(UART_LSR), UART_LSR_TEMT | UART_LSR_THRE);
		set(UART_TX, (uint8_t)*s);
	}
	assert_string_equal(printed, "hello\n");
	assert_int_equal(fd_take(irq_fd), 0);
}

/* An edge for each time that there is something new to be told, and none without. */
static void test_sent_interrupts(void **state)
{
	(void)state;
	set(UART_IER, UART_IER_THRI);
	assert_int_equal(fd_take(irq_fd), 1);
	assert_int_equal(get(UART_IIR), UART_IIR_THRI);
	assert_int_equal(get(UART_IIR), UART_IIR_NO_INT);
	assert_int_equal(fd_take(irq_fd), 0);
	set(UART_TX, 'a');
	set(UART_TX, 'b');
	assert_int_equal(fd_take(irq_fd), 1);
	set(UART_IER, 0);
	assert_int_equal(get(UART_IIR), UART_IIR_NO_INT);
	set(UART_IER, UART_IER_THRI);
	assert_int_equal(get(UART_IIR), UART_IIR_THRI);
}

static void test_typed(void **state)
{
	char text[UART_TYPED_MAX + 8];

	(void)state;
	assert_int_equal(get(UART_RX), 0);
	set(UART_IER, UART_IER_RDI);
	assert_int_equal(uart_type(&pc.serial, "ok", 2), 2);
	assert_int_equal(fd_take(irq_fd), 1);
	assert_int_equal(get(UART_IIR), UART_IIR_RDI);
	assert_int_equal(get(UART_LSR) & UART_LSR_DR, UART_LSR_DR);
	assert_int_equal(get(UART_RX), 'o');
	assert_int_equal(get(UART_RX), 'k');
	assert_int_equal(get(UART_LSR) & UART_LSR_DR, 0);
	assert_int_equal(get(UART_IIR), UART_IIR_NO_INT);
	memset(text, 'x', sizeof(text));
	assert_int_equal(uart_type(&pc.serial, text, sizeof(text)), UART_TYPED_MAX);
	set(UART_FCR, UART_FCR_ENABLE_FIFO | UART_FCR_CLEAR_RCVR);
	assert_int_equal(get(UART_LSR) & UART_LSR_DR, 0);
}

static void test_loop(void **state)
{
	(void)state;
	set(UART_MCR, UART_MCR_LOOP);
	set(UART_TX, 'x');
	assert_int_equal(nprinted, 0);
	assert_int_equal(get(UART_RX), 'x');
}

static void test_wide(void **state)
{
	const struct vm_ports *p = at(PC_SERIAL_PORT);

	(void)state;
	assert_int_equal(p->read(p->ctx, 0, 4), UINT32_MAX);
	p->write(p->ctx, 0, 2, 'x');
	assert_int_equal(nprinted, 0);
}

static void test_power_off(void **state)
{
	(void)state;
	out(PC_SLEEP_PORT + 1, 0x80); /* clears the status first */
	out(PC_SLEEP_PORT, 5 << 2);
	assert_int_equal(ends, 0);
	out(PC_SLEEP_PORT, 5 << 2 | 0x20);
	assert_int_equal(ends, 1);
	assert_int_equal(ended, PC_POWERED_OFF);
}

static void test_reset(void **state)
{
	(void)state;
	assert_int_equal(in(PC_RESET_PORT), 0);
	out(PC_RESET_PORT, 2);
	assert_int_equal(ends, 0);
	out(PC_RESET_PORT, PC_RESET_VALUE);
	assert_int_equal(ends, 1);
	assert_int_equal(ended, PC_REBOOTED);
}

/* reboot=k waits until a command may be given, then pulses the line. */
static void test_keyboard(void **state)
{
	(void)state;
	assert_int_equal(in(0x64) & 3, 0);
	out(0x64, 0xd1);
	out(0x60, 0xfe);
	assert_int_equal(ends, 0);
	out(0x64, 0xfe);
	assert_int_equal(ends, 1);
	assert_int_equal(ended, PC_REBOOTED);
}

int main(void)
{
	static struct suite s = { .setup = set_up, .teardown = tear_down };

	suite_add(&s, "a_driver_finds_a_16550A", test_found, NULL);
	suite_add(&s, "the_divisor_lies_behind_DLAB", test_divisor, NULL);
	suite_add(&s, "what_is_sent_is_printed", test_print, NULL);
	suite_add(&s, "an_interrupt_for_what_was_sent", test_sent_interrupts, NULL);
	suite_add(&s, "what_is_typed_arrives", test_typed, NULL);
	suite_add(&s, "in_loopback_it_hears_itself", test_loop, NULL);
	suite_add(&s, "only_bytes_are_registers", test_wide, NULL);
	suite_add(&s, "sleep_is_power_off", test_power_off, NULL);
	suite_add(&s, "the_reset_register_reboots", test_reset, NULL);
	suite_add(&s, "the_keyboard_controller_reboots", test_keyboard, NULL);
	return suite_run(&s, "unit: pc");
}
