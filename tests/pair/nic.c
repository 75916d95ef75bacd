// SPDX-License-Identifier: BSD-2-Clause
// A guest's PCI device and its wires, on a machine played here: interrupts that are masked, kept
// and forgotten, doorbells that move.
#include "tests/common/suite.h"

#include <linux/pci_regs.h>
#include <linux/virtio_pci.h>
#include <string.h>

#include "lib/fd.h"
#include "pair/nic.h"

#define BAR0 (PCI_BUS_BARS + NIC_SLOT * 0x100000u)
#define BAR1 (BAR0 + PCI_REGISTERS_BYTES)
#define PENDING (BAR1 + 0x800u)
#define MSIX_CONTROL 0x42u
#define NOWHERE 0

/* The machine, as it was told. */
static struct {
	struct virtio_device dev;
	struct nic nic;
	struct machine machine;
	int kick_fd[NET_QUEUES], call_fd[NET_QUEUES];
	bool open[NET_QUEUES];
	struct pci_irq irq[NET_QUEUES];
	uint64_t doorbell[NET_QUEUES];
} fx;

static void set_line(struct machine *m, struct vm_line *line, const struct pci_irq *irq)
{
	unsigned queue = line->fd == fx.call_fd[NET_RX] ? NET_RX : NET_TX;

	assert_ptr_equal(m, &fx.machine);
	assert_int_equal(line->fd, fx.call_fd[queue]);
	assert_int_equal(line->pin, pci_bus_pin(NIC_SLOT));
	fx.open[queue] = vm_line_opens(line, irq);
	fx.irq[queue] = *irq;
}

static void move_doorbell(struct machine *m, unsigned queue, int fd, uint64_t from, uint64_t to)
{
	assert_ptr_equal(m, &fx.machine);
	assert_int_equal(fd, fx.kick_fd[queue]);
	assert_true(fx.doorbell[queue] == from);
	fx.doorbell[queue] = to;
}

static const struct accel_ops accel = { .name = "test",
					.set_line = set_line,
					.move_doorbell = move_doorbell };

static int on_activate(void *ctx)
{
	(void)ctx;
	return 0;
}

static void on_reset(void *ctx)
{
	(void)ctx;
}

static void on_kick(void *ctx, uint32_t queue)
{
	(void)ctx;
	fd_signal(fx.kick_fd[queue]);
}

static const struct virtio_device_ops device_ops = { on_activate, on_reset, on_kick };

static int set_up(void **state)
{
	struct virtio_device_kind net = net_device(0, 1514, 64);
	struct machine_config mc = { .name = "test" };

	(void)state;
	memset(&fx, 0, sizeof(fx));
	for (unsigned q = 0; q < NET_QUEUES; q++) {
		fx.kick_fd[q] = fd_eventfd();
		fx.call_fd[q] = fd_eventfd();
	}
	device_init(&fx.dev, &net, &device_ops, &fx);
	nic_init(&fx.nic, &fx.dev, fx.kick_fd, fx.call_fd);
	nic_wire(&fx.nic, &mc);
	fx.machine = (struct machine){ .accel = &accel, .config = mc };
	nic_plug(&fx.nic, &fx.machine);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	nic_fini(&fx.nic);
	for (unsigned q = 0; q < NET_QUEUES; q++) {
		fd_close(&fx.kick_fd[q]);
		fd_close(&fx.call_fd[q]);
	}
	return 0;
}

/* ---- as a guest ---- */

static void set_cfg(uint32_t offset, unsigned len, uint32_t value)
{
	const struct vm_ports *p = &fx.machine.config.ports[0];

	p->write(p->ctx, 0, 4, 0x80000000u | NIC_SLOT << 11 | (offset & ~3u));
	p->write(p->ctx, 4 + (offset & 3), len, value);
}

static uint64_t rd(uint64_t at, unsigned len)
{
	const struct vm_mmio *w = &fx.machine.config.window[0];

	return w->read(w->ctx, at - w->base.v, len);
}

static void wr(uint64_t at, unsigned len, uint32_t value)
{
	const struct vm_mmio *w = &fx.machine.config.window[0];

	w->write(w->ctx, at - w->base.v, len, value);
}

static void set_queue_vector(unsigned queue, uint32_t vector)
{
	wr(BAR0 + VIRTIO_PCI_COMMON_Q_SELECT, 2, queue);
	wr(BAR0 + VIRTIO_PCI_COMMON_Q_MSIX, 2, vector);
}

static void mask(unsigned vector, bool masked)
{
	wr(BAR1 + 16 * vector + 12, 4, masked);
}

/* MSI-X on, each queue its vector, none masked. */
static void enable_msix(void)
{
	set_cfg(PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	set_cfg(MSIX_CONTROL, 2, PCI_MSIX_FLAGS_ENABLE);
	for (unsigned q = 0; q < NET_QUEUES; q++) {
		wr(BAR1 + 16 * q, 4, 0xfee00000);
		wr(BAR1 + 16 * q + 8, 4, 0x30 + q);
		mask(q, false);
		set_queue_vector(q, q);
	}
}

/* ---- */

static void begins_with_intx(void **state)
{
	(void)state;
	for (unsigned q = 0; q < NET_QUEUES; q++) {
		assert_true(fx.open[q]);
		assert_int_equal(fx.irq[q].way, PCI_IRQ_INTX);
		assert_true(fx.doorbell[q] == BAR0 + PCI_DOORBELLS + q * PCI_DOORBELL_STRIDE);
	}
	assert_true(fx.machine.config.has_lines);
}

static void each_queue_its_message(void **state)
{
	(void)state;
	enable_msix();
	for (unsigned q = 0; q < NET_QUEUES; q++) {
		assert_true(fx.open[q]);
		assert_int_equal(fx.irq[q].way, PCI_IRQ_MSI);
		assert_int_equal(fx.irq[q].data, 0x30 + q);
	}
}

/* What the backend signals meanwhile is the eventfd's count, and still there afterwards. */
static void masked_is_pending(void **state)
{
	(void)state;
	enable_msix();
	mask(NET_RX, true);
	assert_false(fx.open[NET_RX]);
	assert_true(fx.open[NET_TX]);
	assert_int_equal(rd(PENDING, 4), 0);
	fd_signal(fx.call_fd[NET_RX]);
	fd_signal(fx.call_fd[NET_TX]); /* not masked: on its way, not pending */
	assert_int_equal(rd(PENDING, 4), 1u << NET_RX);
	assert_int_equal(rd(PENDING, 8), 1u << NET_RX); /* reading takes nothing away */
	mask(NET_RX, false);
	assert_int_equal(rd(PENDING, 4), 0);
	assert_true(fx.open[NET_RX]);
	assert_int_equal(fd_take(fx.call_fd[NET_RX]), 1);
}

static void function_mask_keeps_all(void **state)
{
	(void)state;
	enable_msix();
	set_cfg(MSIX_CONTROL, 2, PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL);
	for (unsigned q = 0; q < NET_QUEUES; q++) {
		assert_false(fx.open[q]);
		fd_signal(fx.call_fd[q]);
	}
	assert_int_equal(rd(PENDING, 4), 3);
	set_cfg(MSIX_CONTROL, 2, PCI_MSIX_FLAGS_ENABLE);
	for (unsigned q = 0; q < NET_QUEUES; q++)
		assert_int_equal(fd_take(fx.call_fd[q]), 1);
}

/* Without a vector interrupts are not kept: a vector that comes later finds none. */
static void without_a_vector_is_forgotten(void **state)
{
	(void)state;
	enable_msix();
	set_queue_vector(NET_TX, VIRTIO_MSI_NO_VECTOR);
	fd_signal(fx.call_fd[NET_TX]);
	assert_int_equal(rd(PENDING, 4), 0);
	mask(NET_TX, true);
	set_queue_vector(NET_TX, NET_TX);
	assert_int_equal(rd(PENDING, 4), 0);
	assert_int_equal(fd_take(fx.call_fd[NET_TX]), 0);
	fd_signal(fx.call_fd[NET_TX]);
	assert_int_equal(rd(PENDING, 4), 1u << NET_TX);
}

static void doorbells_follow_the_bar(void **state)
{
	(void)state;
	set_cfg(PCI_BASE_ADDRESS_0, 4, 0xd8000000);
	assert_true(fx.doorbell[NET_TX] == 0xd8000000 + PCI_DOORBELLS + PCI_DOORBELL_STRIDE);
	set_cfg(PCI_COMMAND, 2, 0);
	assert_true(fx.doorbell[NET_RX] == NOWHERE);
	set_cfg(PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
	assert_true(fx.doorbell[NET_RX] == 0xd8000000 + PCI_DOORBELLS);
}

/* Over memory, over the interrupt controllers, where nothing is: there are none. */
static void doorbells_stay_in_the_window(void **state)
{
	static const uint32_t wild[] = { 0x00001000,	     0x00100000, 0xbfffc000,
					 PCI_BUS_WINDOW_END, 0xfee00000, 0xffffc000 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wild); i++) {
		set_cfg(PCI_BASE_ADDRESS_0, 4, BAR0);
		assert_true(fx.doorbell[NET_RX] != NOWHERE);
		set_cfg(PCI_BASE_ADDRESS_0, 4, wild[i]);
		for (unsigned q = 0; q < NET_QUEUES; q++)
			assert_true(fx.doorbell[q] == NOWHERE);
	}
}

int main(void)
{
	static struct suite s = { .setup = set_up, .teardown = tear_down };

	suite_add(&s, "begins_with_intx_and_doorbells_in_place", begins_with_intx, NULL);
	suite_add(&s, "each_queue_has_its_message", each_queue_its_message, NULL);
	suite_add(&s, "what_comes_while_masked_is_pending_and_not_lost", masked_is_pending, NULL);
	suite_add(&s, "a_function_mask_keeps_all", function_mask_keeps_all, NULL);
	suite_add(&s, "without_a_vector_interrupts_are_forgotten", without_a_vector_is_forgotten,
		  NULL);
	suite_add(&s, "doorbells_follow_their_bar", doorbells_follow_the_bar, NULL);
	suite_add(&s, "doorbells_stay_in_the_window", doorbells_stay_in_the_window, NULL);
	return suite_run(&s, "pair: nic");
}
