// SPDX-License-Identifier: BSD-2-Clause
// Several guests of several CPUs each on one set of CPUs.
#include "pair/crowd.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/fd.h"
#include "lib/log.h"
#include "lib/thread.h"
#include "pair/side.h"
#include "tandem/hosted.h"
#include "vmm/vm.h"

#define CTL_BYTES 0x1000u

struct guest_of {
	char name[8]; /* "0", "1", ... */
	unsigned index;
	struct crowd *crowd;
	struct gmem mem;
	int state; /* enum tandem_state, as CPU 0 last told */
	struct vm *vm;
	/* Accel thread. */
	struct hosted_machine hosted;
	int ipi_fd[CROWD_CPUS_MAX];
	struct thread thread[CROWD_CPUS_MAX];
};

/* What a thread that stands in for a vCPU is given. */
struct seat {
	struct guest_of *guest;
	unsigned cpu;
};

struct crowd {
	struct crowd_setup setup;
	struct seat seat[CROWD_GUESTS_MAX][CROWD_CPUS_MAX];
	struct guest_of guest[CROWD_GUESTS_MAX];
};

static bool is_kvm(const struct crowd *c)
{
	return c->setup.accel == &accel_kvm;
}

/* ---- the control page; of all CPUs only the first, or one that fails, writes it ---- */

static bool take_state(struct guest_of *g, uint64_t offset, uint32_t value)
{
	if (offset != TANDEM_CTL_STATE)
		return false;
	shared_store_release(&g->state, (int)value);
	return value == TANDEM_DONE || value == TANDEM_FAILED;
}

static uint64_t ctl_read(void *ctx, uint64_t offset, unsigned len)
{
	(void)ctx;
	(void)offset;
	(void)len;
	return 0;
}

static void ctl_write(void *ctx, uint64_t offset, unsigned len, uint64_t value)
{
	struct guest_of *g = ctx;

	if (len == 4 && take_state(g, offset, (uint32_t)value))
		vm_end(g->vm);
}

static uint32_t hosted_read32(void *ctx, uint64_t at)
{
	(void)ctx;
	(void)at;
	return 0;
}

static void hosted_write32(void *ctx, uint64_t at, uint32_t value)
{
	take_state(ctx, at - vm_layout()->ctl_gpa, value);
}

/* ---- making it ---- */

static void write_pages(struct guest_of *g)
{
	const struct crowd_setup *s = &g->crowd->setup;
	const struct vm_layout *at = vm_layout();
	struct tandem_boot *boot =
		gmem_ptr(&g->mem, gpa(g->mem.base + TANDEM_BOOT_OFFSET), sizeof(*boot));
	struct crowd_page *page =
		gmem_ptr(&g->mem, gpa(g->mem.base + CROWD_PAGE_OFFSET), sizeof(*page));

	*boot = (struct tandem_boot){
		.magic = TANDEM_BOOT_MAGIC,
		.workload = TANDEM_CROWD,
		.ram_gpa = g->mem.base,
		.ram_bytes = g->mem.bytes,
		.virtio_gpa = at->virtio_gpa,
		.ctl_gpa = at->ctl_gpa,
		.intc_gpa = { at->intc_gpa[0], at->intc_gpa[1] },
		.irq = at->irq,
		.clock_hz = s->clock_hz,
	};
	page->config = s->config;
}

static int make_vm(struct guest_of *g)
{
	const struct crowd_setup *s = &g->crowd->setup;
	struct vm_config vc = {
		.name = g->name,
		.kvm_fd = s->kvm_fd,
		.mem = &g->mem,
		.vcpus = s->config.cpus,
		.mmio = { { gpa(vm_layout()->ctl_gpa), CTL_BYTES, ctl_read, ctl_write, g } },
		.nmmio = 1,
		.halt_poll_ns = s->halt_poll_ns,
		.no_pause_exits = s->no_pause_exits,
		.confine = s->confine,
	};
	int err = vm_create(&g->vm, &vc);

	return err ? err : vm_load_guest(g->vm);
}

static int make_hosted(struct guest_of *g)
{
	g->hosted = (struct hosted_machine){
		.ram = g->mem.host,
		.ram_gpa = g->mem.base,
		.ctx = g,
		.read32 = hosted_read32,
		.write32 = hosted_write32,
		.kick_fd = { -1, -1 },
		.call_fd = -1,
		.echo_fd = -1,
		.ipi_fd = g->ipi_fd,
	};
	for (unsigned i = 0; i < g->crowd->setup.config.cpus; i++) {
		g->ipi_fd[i] = fd_eventfd();
		if (g->ipi_fd[i] < 0)
			return log_errno(g->ipi_fd[i], "guest %s: eventfd", g->name);
	}
	return 0;
}

static int make_guest(struct guest_of *g)
{
	int err = gmem_create(&g->mem, "tandem-ram", gpa(vm_layout()->ram_gpa), CROWD_RAM_BYTES);
	char why[320];

	if (err) {
		log_error("guest %s: %u MiB of memory: %s", g->name, CROWD_RAM_BYTES >> 20,
			  gmem_reason(err, why, sizeof(why)));
		return err;
	}
	write_pages(g);
	return is_kvm(g->crowd) ? make_vm(g) : make_hosted(g);
}

static void init_guest(struct crowd *c, unsigned index)
{
	struct guest_of *g = &c->guest[index];

	g->index = index;
	g->crowd = c;
	g->mem.fd = -1;
	snprintf(g->name, sizeof(g->name), "%u", index % CROWD_GUESTS_MAX);
	for (unsigned i = 0; i < CROWD_CPUS_MAX; i++) {
		g->ipi_fd[i] = -1;
		c->seat[index][i] = (struct seat){ g, i };
	}
}

int crowd_create(struct crowd **out, const struct crowd_setup *setup)
{
	struct crowd *c = calloc(1, sizeof(*c));
	int err = 0;

	if (!c)
		return -ENOMEM;
	c->setup = *setup;
	for (unsigned i = 0; i < CROWD_GUESTS_MAX; i++)
		init_guest(c, i);
	for (unsigned i = 0; i < setup->guests && !err; i++)
		err = make_guest(&c->guest[i]);
	if (err) {
		crowd_destroy(c);
		return err;
	}
	*out = c;
	return 0;
}

static void seat_main(void *arg)
{
	struct seat *s = arg;

	if (s->cpu)
		hosted_cpu_run(&s->guest->hosted, s->cpu);
	else
		hosted_guest_run(&s->guest->hosted);
}

static int start_hosted(struct guest_of *g)
{
	struct crowd *c = g->crowd;

	for (unsigned i = 0; i < c->setup.config.cpus; i++) {
		char name[16];
		int err;

		snprintf(name, sizeof(name), "tandem-%.3s.%u", g->name, i % CROWD_CPUS_MAX);
		g->thread[i].filter = c->setup.confine ? guest_filter : NULL;
		err = thread_start(&g->thread[i], name, &c->setup.cpus, seat_main,
				   &c->seat[g->index][i]);
		if (err) {
			log_error("guest %s: starting its threads: %s", g->name, thread_error(err));
			return err;
		}
	}
	return 0;
}

int crowd_start(struct crowd *c)
{
	int err = 0;

	for (unsigned i = 0; i < c->setup.guests && !err; i++)
		err = is_kvm(c) ? vm_start(c->guest[i].vm, &c->setup.cpus)
				: start_hosted(&c->guest[i]);
	if (err)
		crowd_stop(c);
	return err;
}

void crowd_ask_to_end(struct crowd *c)
{
	for (unsigned i = 0; i < c->setup.guests; i++) {
		const struct gmem *m = &c->guest[i].mem;
		struct tandem_boot *boot =
			gmem_ptr(m, gpa(m->base + TANDEM_BOOT_OFFSET), sizeof(*boot));

		assert(boot);
		shared_store(&boot->stop, 1);
	}
}

static void stop_hosted(struct guest_of *g)
{
	shared_store_release(&g->hosted.quit, 1);
	for (unsigned i = 0; i < g->crowd->setup.config.cpus; i++) {
		if (g->ipi_fd[i] >= 0)
			fd_signal(g->ipi_fd[i]);
		thread_join(&g->thread[i]);
	}
}

void crowd_stop(struct crowd *c)
{
	for (unsigned i = 0; i < c->setup.guests; i++) {
		if (c->guest[i].vm)
			vm_stop(c->guest[i].vm);
		else if (!is_kvm(c))
			stop_hosted(&c->guest[i]);
	}
}

void crowd_destroy(struct crowd *c)
{
	if (!c)
		return;
	crowd_stop(c);
	for (unsigned i = 0; i < c->setup.guests; i++) {
		struct guest_of *g = &c->guest[i];

		vm_destroy(g->vm);
		gmem_destroy(&g->mem);
		for (unsigned n = 0; n < CROWD_CPUS_MAX; n++)
			fd_close(&g->ipi_fd[n]);
	}
	free(c);
}

/* ---- looking at it ---- */

enum pair_state crowd_state(const struct crowd *c, unsigned guest)
{
	const struct guest_of *g = &c->guest[guest];
	int state = shared_load_acquire(&g->state);

	if (state == TANDEM_FAILED || (g->vm && vm_state(g->vm) == VM_FAILED))
		return PAIR_FAILED;
	return state == TANDEM_DONE	 ? PAIR_DONE
	       : state == TANDEM_RUNNING ? PAIR_RUNNING
					 : PAIR_BOOTING;
}

bool crowd_lacks_threads(const struct crowd *c, unsigned guest)
{
	const struct guest_of *g = &c->guest[guest];

	return g->vm && vm_lacks_threads(g->vm);
}

void crowd_failure(const struct crowd *c, unsigned guest, char *text, unsigned bytes)
{
	const struct guest_of *g = &c->guest[guest];
	const struct tandem_report *r =
		gmem_ptr(&g->mem, gpa(g->mem.base + TANDEM_REPORT_OFFSET), sizeof(*r));

	if (g->vm && vm_state(g->vm) == VM_FAILED)
		snprintf(text, bytes, "%s", vm_failure(g->vm));
	else
		snprintf(text, bytes, "%s: 0x%llx 0x%llx 0x%llx 0x%llx",
			 pair_failure_text(shared_load(&r->failure)),
			 (unsigned long long)shared_load(&r->failure_info[0]),
			 (unsigned long long)shared_load(&r->failure_info[1]),
			 (unsigned long long)shared_load(&r->failure_info[2]),
			 (unsigned long long)shared_load(&r->failure_info[3]));
}

const struct crowd_page *crowd_report(const struct crowd *c, unsigned guest)
{
	const struct gmem *m = &c->guest[guest].mem;

	return gmem_ptr(m, gpa(m->base + CROWD_PAGE_OFFSET), sizeof(struct crowd_page));
}

pid_t crowd_tid(const struct crowd *c, unsigned guest, unsigned vcpu)
{
	const struct guest_of *g = &c->guest[guest];

	return g->vm ? vm_vcpu_tid(g->vm, vcpu) : g->thread[vcpu].tid;
}

int crowd_stats(const struct crowd *c, struct vm_stats *out)
{
	struct vm_stats one;
	int err = is_kvm(c) ? 0 : -ENOSYS;

	for (unsigned i = 0; i < c->setup.guests && !err; i++) {
		err = vm_stats_read(c->guest[i].vm, &one);
		if (!err)
			vm_stats_merge(out, &one);
	}
	return err;
}
