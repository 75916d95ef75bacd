// SPDX-License-Identifier: BSD-2-Clause
// Several guests of several CPUs each on one set of CPUs.
#include "pair/crowd.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/log.h"
#include "pair/control.h"
#include "pair/guest.h"

struct crowd_guest {
	char name[8]; /* "0", "1", ... */
	struct gmem mem;
	struct control control;
	const struct guest_ops *ops;
	struct machine machine;
};

struct crowd {
	struct crowd_setup setup;
	struct crowd_guest guest[CROWD_GUESTS_MAX];
};

/* ---- making it ---- */

static struct machine_config machine_config_of(struct crowd_guest *g, const struct crowd_setup *s)
{
	return (struct machine_config){
		.name = g->name,
		.kvm_fd = s->kvm_fd,
		.mem = &g->mem,
		.vcpus = s->config.cpus,
		.window = { control_window(&g->control) },
		.nwindows = 1,
		.call_fd = -1,
		.halt_poll_ns = s->halt_poll_ns,
		.no_pause_exits = s->no_pause_exits,
		.confine = s->confine,
	};
}

static int make_machine(struct crowd_guest *g, const struct crowd_setup *s)
{
	struct machine_config mc = machine_config_of(g, s);
	struct guest_config gc = { .boot = { .workload = TANDEM_CROWD, .clock_hz = s->clock_hz } };
	struct crowd_page *page;
	int err = machine_create(&g->machine, s->accel, &mc);

	if (err)
		return err;
	page = machine_ptr(&g->machine, CROWD_PAGE_OFFSET, sizeof(*page));
	page->config = s->config;
	return g->ops->load(&g->machine, &gc);
}

static int make_guest(struct crowd_guest *g, const struct crowd_setup *s)
{
	int err = gmem_create(&g->mem, "tandem-ram", gpa(vm_layout()->ram_gpa), CROWD_RAM_BYTES);
	char why[320];

	if (err) {
		log_error("guest %s: %u MiB of memory: %s", g->name, CROWD_RAM_BYTES >> 20,
			  gmem_reason(err, why, sizeof(why)));
		return err;
	}
	return make_machine(g, s);
}

static void init_guest(struct crowd_guest *g, unsigned index)
{
	g->mem = GMEM_NONE;
	g->ops = &guest_bundled;
	snprintf(g->name, sizeof(g->name), "%u", index % CROWD_GUESTS_MAX);
	g->control = (struct control){ .name = g->name, .machine = &g->machine };
}

int crowd_create(struct crowd **out, const struct crowd_setup *setup)
{
	struct crowd *c = calloc(1, sizeof(*c));
	int err = 0;

	if (!c)
		return -ENOMEM;
	c->setup = *setup;
	for (unsigned i = 0; i < CROWD_GUESTS_MAX; i++)
		init_guest(&c->guest[i], i);
	for (unsigned i = 0; i < setup->guests && !err; i++)
		err = make_guest(&c->guest[i], setup);
	if (err) {
		crowd_destroy(c);
		return err;
	}
	*out = c;
	return 0;
}

int crowd_start(struct crowd *c)
{
	int err = 0;

	for (unsigned i = 0; i < c->setup.guests && !err; i++)
		err = machine_start(&c->guest[i].machine, &c->setup.cpus);
	if (err)
		crowd_stop(c);
	return err;
}

void crowd_ask_to_end(struct crowd *c)
{
	for (unsigned i = 0; i < c->setup.guests; i++)
		c->guest[i].ops->ask_to_end(&c->guest[i].machine);
}

void crowd_stop(struct crowd *c)
{
	for (unsigned i = 0; i < c->setup.guests; i++)
		machine_stop(&c->guest[i].machine);
}

void crowd_destroy(struct crowd *c)
{
	if (!c)
		return;
	crowd_stop(c);
	for (unsigned i = 0; i < c->setup.guests; i++) {
		machine_destroy(&c->guest[i].machine);
		gmem_destroy(&c->guest[i].mem);
	}
	free(c);
}

/* ---- looking at it ---- */

enum pair_state crowd_state(const struct crowd *c, unsigned guest)
{
	const struct crowd_guest *g = &c->guest[guest];
	int state = shared_load_acquire(&g->control.state);

	if (state == TANDEM_FAILED || machine_failure(&g->machine))
		return PAIR_FAILED;
	return state == TANDEM_DONE	 ? PAIR_DONE
	       : state == TANDEM_RUNNING ? PAIR_RUNNING
					 : PAIR_BOOTING;
}

bool crowd_lacks_threads(const struct crowd *c, unsigned guest)
{
	return machine_lacks_threads(&c->guest[guest].machine);
}

void crowd_failure(const struct crowd *c, unsigned guest, char *text, unsigned bytes)
{
	guest_explain(&c->guest[guest].machine, c->guest[guest].ops, text, bytes);
}

const struct crowd_page *crowd_report(const struct crowd *c, unsigned guest)
{
	return machine_ptr(&c->guest[guest].machine, CROWD_PAGE_OFFSET, sizeof(struct crowd_page));
}

pid_t crowd_tid(const struct crowd *c, unsigned guest, unsigned vcpu)
{
	return machine_tid(&c->guest[guest].machine, vcpu);
}

int crowd_stats(const struct crowd *c, struct vm_stats *out)
{
	struct vm_stats one;
	int err = 0;

	for (unsigned i = 0; i < c->setup.guests && !err; i++) {
		err = machine_stats(&c->guest[i].machine, &one);
		if (!err)
			vm_stats_merge(out, &one);
	}
	return err;
}
