// SPDX-License-Identifier: BSD-2-Clause
// The producers by name. One that is new adds a line here.
#include "vhost/producers.h"

#include <string.h>

#include "vhost/copier.h"
#include "vhost/kernel.h"

static const struct producer_ops producer_user = {
	.name = "user",
	.backend = &backend_copier,
	.summary = "copies and signals in user mode (the control: no mode effect expected)",
};

static const struct producer_ops producer_batch = {
	.name = "batch",
	.backend = &backend_copier,
	.summary = "signal and copies inside one long io_uring_enter",
	.in_kernel = true,
};

static const struct producer_ops producer_sqpoll = {
	.name = "sqpoll",
	.backend = &backend_copier,
	.summary = "signal and copies by the io_uring SQPOLL kernel thread "
		   "(a vhost thread's stand-in)",
	.in_kernel = true,
	.sqpoll = true,
};

static const struct producer_ops producer_vhost_net = {
	.name = "vhost-net",
	.backend = &backend_kernel,
	.summary = "the kernel's own vhost threads, with taps and a bridge between them",
	.in_kernel = true,
	.not_ours = true,
	.frame_usual = 1514,
	.frame_max = WIRE_FRAME_MAX,
	.lacks = VIRTQ_PACKED | VIRTQ_INDIRECT_DESC,
	.check = kernel_check,
};

const struct producer_ops *const producers[] = {
	&producer_user, &producer_batch, &producer_sqpoll, &producer_vhost_net, NULL,
};

const struct producer_ops *producer_find(const char *name)
{
	for (size_t i = 0; producers[i]; i++)
		if (strcmp(producers[i]->name, name) == 0)
			return producers[i];
	return NULL;
}

int backend_create(struct backend **out, const struct backend_config *config)
{
	struct backend_config c = *config;

	if (!c.producer)
		c.producer = producers[0];
	return c.producer->backend->create(out, &c);
}
