// SPDX-License-Identifier: BSD-2-Clause
// Accel "thread": each guest is a host thread, everything but KVM as with accel kvm.
#include <errno.h>
#include <stdlib.h>
#include <sys/prctl.h>

#include "lib/fd.h"
#include "lib/log.h"
#include "lib/thread.h"
#include "pair/side.h"
#include "tandem/hosted.h"
#include "vmm/vm.h"

struct machine {
	struct thread thread;
	struct hosted_machine hosted;
};

const struct filter_rule guest_filter[] = {
	ALLOW(ppoll, "idle until the device calls or the tick comes"),
	ALLOW(read, "take the call"),
	ALLOW_IF(prctl, 0, FILTER_WORD, PR_SET_TIMERSLACK,
		 "a schedule's times are kept to the point"),
	FILTER_END,
};

static uint32_t read32(void *ctx, uint64_t at)
{
	struct side *s = ctx;

	return (uint32_t)mmio_read(&s->mmio, at - vm_layout()->virtio_gpa, 4);
}

static void write32(void *ctx, uint64_t at, uint32_t value)
{
	struct side *s = ctx;

	if (at - vm_layout()->ctl_gpa < 0x1000)
		side_ctl_write(s, at - vm_layout()->ctl_gpa, value);
	else
		mmio_write(&s->mmio, at - vm_layout()->virtio_gpa, 4, value);
}

static int create(struct side *s, const struct pair_config *config)
{
	struct machine *m = calloc(1, sizeof(*m));

	if (!m)
		return log_errno(-ENOMEM, "guest %s: create", s->name);
	m->thread.filter = config->confine ? guest_filter : NULL;
	m->hosted = (struct hosted_machine){
		.ram = s->mem.host,
		.ram_gpa = s->mem.base,
		.ctx = s,
		.read32 = read32,
		.write32 = write32,
		.kick_fd = { s->kick_fd[0], s->kick_fd[1] },
		.call_fd = s->call_fd,
		.echo_fd = s->echo_fd,
	};
	s->machine = m;
	return 0;
}

static void guest_thread(void *arg)
{
	/* A timer set for a frame's time is not to be late by the 50 us that a thread gets by default. */
	prctl(PR_SET_TIMERSLACK, 1);
	hosted_guest_run(&((struct machine *)arg)->hosted);
}

static int start(struct side *s, const cpu_set_t *cpus)
{
	struct machine *m = s->machine;
	char name[] = "tandem-?";
	int err;

	name[7] = s->name[0];
	err = thread_start(&m->thread, name, cpus, guest_thread, m);
	if (err)
		log_error("guest %s: starting its thread: %s", s->name, thread_error(err));
	return err;
}

static void stop(struct side *s)
{
	struct machine *m = s->machine;

	if (!m || !m->thread.started)
		return;
	shared_store_release(&m->hosted.quit, 1);
	fd_signal(s->call_fd);
	thread_join(&m->thread);
}

static void destroy(struct side *s)
{
	free(s->machine);
	s->machine = NULL;
}

static const char *failure(const struct side *s)
{
	(void)s;
	return NULL;
}

static pid_t tid(const struct side *s)
{
	return ((const struct machine *)s->machine)->thread.tid;
}

const struct accel_ops accel_thread = {
	.name = "thread",
	.create = create,
	.start = start,
	.stop = stop,
	.destroy = destroy,
	.failure = failure,
	.tid = tid,
};
