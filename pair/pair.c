// SPDX-License-Identifier: BSD-2-Clause
// Two guests, a backend between them and a notifier.
#include "pair/pair.h"

#include <errno.h>
#include <linux/virtio_mmio.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/fd.h"
#include "lib/log.h"
#include "pair/features.h"
#include "pair/side.h"
#include "tandem/frame.h"
#include "vmm/vm.h"

#define RAM_ALIGN (2ull << 20)
#define STREAM_TICK_US 10000u
#define WINDOW_BYTES 0x1000u

struct pair {
	struct pair_config config;
	struct side side[SIDES];
	struct backend *backend;
};

uint64_t pair_ram_bytes(const struct pair_config *c)
{
	uint64_t need = TANDEM_HEAP_OFFSET + 2 * frame_queue_bytes(c->ring_size, c->frame_bytes);

	need = (need + RAM_ALIGN - 1) & ~(RAM_ALIGN - 1);
	return need <= vm_layout()->ram_max ? need : 0;
}

bool pair_has(const struct pair *p, unsigned side)
{
	return p->config.workload[side] != 0;
}

/* ---- the device's way to the backend ---- */

static int activate(void *ctx)
{
	struct side *s = ctx;

	struct port_setup setup = port_setup_of(&s->dev, &s->mem, s->kick_fd, s->call_fd);
	int err;

	if (s->tx_call_fd >= 0)
		setup.queue[NET_TX].call_fd = s->tx_call_fd;
	err = backend_attach(s->backend, s->index, &setup);

	/* A layout that is refused is the guest's doing, and it is told; the rest is the host's. */
	if (err && err != -EINVAL && err != -ESHUTDOWN)
		shared_store(&s->attach_err, err);
	return err;
}

static void reset(void *ctx)
{
	struct side *s = ctx;

	backend_detach(s->backend, s->index, NULL);
}

static void kick(void *ctx, uint32_t queue)
{
	struct side *s = ctx;

	fd_signal(s->kick_fd[queue]);
}

static const struct virtio_device_ops device_ops = {
	.activate = activate,
	.reset = reset,
	.kick = kick,
};

/* ---- making it ---- */

static int make_eventfds(struct side *s, bool pci)
{
	int *fds[] = { &s->kick_fd[0], &s->kick_fd[1], &s->call_fd, &s->echo_fd, &s->tx_call_fd };

	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]) - !pci; i++) {
		*fds[i] = fd_eventfd();
		if (*fds[i] < 0)
			return log_errno(*fds[i], "guest %s: eventfd", s->name);
	}
	return 0;
}

static void set_boot_pci(struct tandem_boot *boot, const struct pair_config *c)
{
	uint64_t address;
	uint32_t data;

	boot->flags |= TANDEM_VIRTIO_IS_PCI;
	if (!vm_irq_message(c->irq ? c->irq : vm_irq_find("auto"), &address, &data))
		return;
	boot->msi_address = address;
	boot->msi_data = data;
}

static struct guest_config guest_config_of(const struct side *s, const struct pair_config *c)
{
	struct guest_config g = {
		.boot = {
			.workload = c->workload[s->index],
			.flags = TANDEM_IRQ_IS_MESSAGE | (c->flags & TANDEM_VERIFY_FULL),
			.ring_size = c->ring_size,
			.frame_bytes = c->frame_bytes,
			.window = c->window,
			.clock_hz = c->clock_hz,
			.rto_cycles = c->clock_hz / 1000000 * c->rto_us,
			.tick_us = STREAM_TICK_US,
			.load_gpa = c->open_loop ? s->mem.base + TANDEM_LOAD_OFFSET : 0,
			.ns_per_cycle = (uint64_t)(1e9 / (double)c->clock_hz * 4294967296.0),
			.features = features_usual() ^ c->features_changed,
		},
		.image = c->guest_image[s->index],
		.image_bytes = c->guest_image_bytes[s->index],
		.stock = c->stock,
	};

	if (s->index == SIDE_B)
		g.boot.flags |= c->flags;
	if (c->pci)
		set_boot_pci(&g.boot, c);
	return g;
}

static uint64_t virtio_read(void *ctx, uint64_t offset, unsigned len)
{
	return mmio_read(&((struct side *)ctx)->mmio, offset, len);
}

static void virtio_write(void *ctx, uint64_t offset, unsigned len, uint64_t value)
{
	mmio_write(&((struct side *)ctx)->mmio, offset, len, value);
}

static void add_doorbell(struct machine_config *mc, uint64_t at, uint32_t value, int fd)
{
	mc->doorbell[mc->ndoorbells++] = (struct machine_doorbell){ gpa(at), value, fd };
}

static void wire_mmio(struct side *s, struct machine_config *mc)
{
	const uint64_t at = vm_layout()->virtio_gpa;

	mc->window[mc->nwindows++] =
		(struct vm_mmio){ gpa(at), WINDOW_BYTES, virtio_read, virtio_write, s };
	for (unsigned q = 0; q < NET_QUEUES; q++)
		add_doorbell(mc, at + VIRTIO_MMIO_QUEUE_NOTIFY, q, s->kick_fd[q]);
}

static struct machine_config machine_config_of(struct side *s, const struct pair_config *c)
{
	struct machine_config mc = {
		.name = s->name,
		.kvm_fd = c->kvm_fd,
		.mem = &s->mem,
		.window = { control_window(&s->control) },
		.nwindows = 1,
		.call_fd = s->call_fd,
		.irq = c->irq,
		.halt_poll_ns = c->halt_poll_ns,
		.console = control_console,
		.console_ctx = &s->control,
		.confine = c->confine,
	};

	add_doorbell(&mc, vm_layout()->ctl_gpa + TANDEM_CTL_ECHO, 1, s->echo_fd);
	if (c->pci)
		nic_wire(&s->nic, &mc);
	else
		wire_mmio(s, &mc);
	return mc;
}

static void make_device(struct side *s, const struct pair_config *c)
{
	struct virtio_device_kind net = net_device(s->index, c->frame_bytes, c->ring_size);
	const int call_fd[NET_QUEUES] = { [NET_RX] = s->call_fd, [NET_TX] = s->tx_call_fd };

	if (c->features_changed)
		net.offered = features_usual() ^ c->features_changed;
	device_init(&s->dev, &net, &device_ops, s);
	if (c->pci)
		nic_init(&s->nic, &s->dev, s->kick_fd, call_fd);
	else
		mmio_init(&s->mmio, &s->dev);
}

/* Without what the bundled guest has: its control page, and virtio on a page of its own. */
static int make_stock(struct side *s, const struct pair_config *c, struct machine_config *mc)
{
	int err = stock_init(&s->stock, c->stock, &s->machine);

	if (err)
		return log_errno(err, "guest %s: its serial port", s->name);
	mc->nwindows = mc->ndoorbells = mc->nports = 0;
	mc->call_fd = -1;
	mc->console = NULL;
	stock_wire(&s->stock, mc);
	if (c->pci)
		nic_wire(&s->nic, mc);
	return 0;
}

static int make_machine(struct side *s, const struct pair_config *c)
{
	struct machine_config mc = machine_config_of(s, c);
	struct guest_config gc = guest_config_of(s, c);
	int err = c->stock ? make_stock(s, c, &mc) : 0;

	if (!err)
		err = machine_create(&s->machine, c->accel, &mc);

	if (!err && c->pci)
		nic_plug(&s->nic, &s->machine);
	return err ? err : s->guest->load(&s->machine, &gc);
}

static int make_side(struct pair *p, unsigned index)
{
	const struct pair_config *c = &p->config;
	struct side *s = &p->side[index];
	uint64_t ram_bytes = c->stock ? c->stock->ram_bytes : pair_ram_bytes(c);
	char name[] = "tandem-ram-?", why[320];
	int err;

	name[11] = s->name[0];
	err = gmem_create(&s->mem, name, gpa(vm_layout()->ram_gpa), ram_bytes);
	if (err) {
		log_error("guest %s: %llu MiB of memory: %s", s->name,
			  (unsigned long long)(ram_bytes >> 20),
			  gmem_reason(err, why, sizeof(why)));
		return err;
	}
	make_device(s, c);
	return make_machine(s, c);
}

static void init_side(struct pair *p, unsigned index)
{
	const char *name = index == SIDE_A ? "a" : "b";
	struct side *s = &p->side[index];

	*s = (struct side){
		.name = name,
		.index = index,
		.mem = GMEM_NONE,
		.guest = p->config.stock ? &guest_linux : &guest_bundled,
		.stock = { STOCK_NONE },
		.control = { .name = name, .machine = &s->machine },
		.kick_fd = { -1, -1 },
		.call_fd = -1,
		.tx_call_fd = -1,
		.echo_fd = -1,
	};
}

static int make_backend(struct pair *p)
{
	struct backend_config bc = {
		.notify = p->config.notify,
		.producer = p->config.producer,
		.batch = p->config.batch,
		.frame_max = p->config.frame_bytes,
		.budget = p->config.budget,
		.notifier_fifo = p->config.notifier_fifo,
		.sq_idle_ms = p->config.sq_idle_ms,
		.delay_us = p->config.delay_us,
		.pool = p->config.pool,
		.busy_poll_us = p->config.busy_poll_us,
		.busy_poll_learns = p->config.busy_poll_learns,
		.vhost_thread = p->config.vhost_thread,
		.queue_size_max = p->config.ring_size,
		.confine = p->config.confine,
		.backend_cpus = p->config.cpus[ROLE_BACKEND],
		.notifier_cpus = p->config.cpus[ROLE_NOTIFIER],
	};
	int err;

	err = backend_create(&p->backend, &bc);
	for (unsigned i = 0; i < SIDES; i++)
		p->side[i].backend = p->backend;
	return err;
}

static int make(struct pair *p)
{
	int err = 0;

	if (!pair_ram_bytes(&p->config)) {
		log_error("guest memory: %u buffers of %u bytes are more than a guest can have "
			  "(%llu MiB); use a smaller --ring or --frame",
			  p->config.ring_size, p->config.frame_bytes,
			  (unsigned long long)(vm_layout()->ram_max >> 20));
		return -EINVAL;
	}
	for (unsigned i = 0; i < SIDES && !err; i++)
		err = make_eventfds(&p->side[i], p->config.pci);
	if (!err)
		err = make_backend(p);
	for (unsigned i = 0; i < SIDES && !err; i++)
		if (pair_has(p, i))
			err = make_side(p, i);
	return err;
}

int pair_create(struct pair **out, const struct pair_config *config)
{
	struct pair *p = calloc(1, sizeof(*p));
	int err;

	if (!p)
		return log_errno(-ENOMEM, "pair: create");
	p->config = *config;
	for (unsigned i = 0; i < SIDES; i++)
		init_side(p, i);
	err = make(p);
	if (err) {
		pair_destroy(p);
		return err;
	}
	*out = p;
	return 0;
}

int pair_start(struct pair *p)
{
	int err = backend_start(p->backend);

	/* B first: whoever listens should be there when the other speaks. */
	for (int i = SIDES - 1; i >= 0 && !err; i--)
		if (pair_has(p, (unsigned)i))
			err = machine_start(&p->side[i].machine, &p->config.cpus[ROLE_A + i]);
	if (err)
		pair_stop(p);
	return err;
}

void pair_ask_to_end(struct pair *p, unsigned side)
{
	struct side *s = &p->side[side];

	s->guest->ask_to_end(&s->machine);
}

void pair_stop(struct pair *p)
{
	for (unsigned i = 0; i < SIDES; i++)
		machine_stop(&p->side[i].machine);
	backend_stop(p->backend);
}

void pair_destroy(struct pair *p)
{
	if (!p)
		return;
	if (p->backend)
		pair_stop(p);
	for (unsigned i = 0; i < SIDES; i++) {
		struct side *s = &p->side[i];

		machine_destroy(&s->machine);
		nic_fini(&s->nic);
		stock_fini(&s->stock);
		gmem_destroy(&s->mem);
		fd_close(&s->kick_fd[0]);
		fd_close(&s->kick_fd[1]);
		fd_close(&s->call_fd);
		fd_close(&s->tx_call_fd);
		fd_close(&s->echo_fd);
	}
	backend_destroy(p->backend);
	free(p);
}

/* ---- looking at it ---- */

static enum pair_state stock_state(const struct side *s)
{
	if (stock_ended(&s->stock) != PC_RUNS)
		return PAIR_DONE;
	return machine_failure(&s->machine) ? PAIR_FAILED : PAIR_RUNNING;
}

enum pair_state pair_state(const struct pair *p, unsigned side)
{
	const struct side *s = &p->side[side];
	int state = shared_load_acquire(&s->control.state);

	if (!pair_has(p, side))
		return PAIR_DONE;
	if (p->config.stock)
		return stock_state(s);
	if (machine_failure(&s->machine) || state == TANDEM_FAILED || shared_load(&s->attach_err))
		return PAIR_FAILED;
	return state == TANDEM_DONE	 ? PAIR_DONE
	       : state == TANDEM_RUNNING ? PAIR_RUNNING
					 : PAIR_BOOTING;
}

void pair_failure(const struct pair *p, unsigned side, char *text, unsigned bytes)
{
	const struct side *s = &p->side[side];

	if (shared_load(&s->attach_err))
		snprintf(text, bytes, "the backend could not take its device");
	else
		guest_explain(&s->machine, s->guest, text, bytes);
}

bool pair_lacks_threads(const struct pair *p, unsigned side)
{
	return machine_lacks_threads(&p->side[side].machine);
}

struct stock *pair_stock(struct pair *p, unsigned side)
{
	return &p->side[side].stock;
}

const struct tandem_report *pair_report(const struct pair *p, unsigned side)
{
	const struct side *s = &p->side[side];

	return s->guest->report(&s->machine);
}

struct tandem_load *pair_load(const struct pair *p, unsigned side)
{
	return machine_ptr(&p->side[side].machine, TANDEM_LOAD_OFFSET, sizeof(struct tandem_load));
}

uint64_t pair_features(const struct pair *p, unsigned side)
{
	return p->side[side].dev.accepted;
}

struct backend *pair_backend(const struct pair *p)
{
	return p->backend;
}

struct machine *pair_machine(struct pair *p, unsigned side)
{
	return &p->side[side].machine;
}

pid_t pair_guest_tid(const struct pair *p, unsigned side)
{
	return machine_tid(&p->side[side].machine, 0);
}

int pair_call_fd(const struct pair *p, unsigned side)
{
	return p->side[side].call_fd;
}

int pair_echo_fd(const struct pair *p, unsigned side)
{
	return p->side[side].echo_fd;
}

int pair_stats(const struct pair *p, unsigned side, struct vm_stats *out)
{
	out->n = 0;
	return machine_stats(&p->side[side].machine, out);
}
