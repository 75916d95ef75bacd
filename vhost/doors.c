// SPDX-License-Identifier: BSD-2-Clause
// Two front doors and a backend.
#include "vhost/doors.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/log.h"
#include "vhost/producers.h"

struct doors {
	unsigned pairs;
	struct backend *backend;
	struct user_door *door[BACKEND_PORTS];
};

static int make_doors(struct doors *d, const struct doors_config *c)
{
	int err = 0;

	for (unsigned side = 0; side < BACKEND_PORTS && !err; side++) {
		struct user_door_config door = { .path = c->path[side],
						 .client = c->client,
						 .port = side,
						 .backend = d->backend,
						 .pairs = c->backend.pairs,
						 .features = c->features,
						 .frame_bytes = c->backend.frame_max,
						 .confine = c->backend.confine };

		err = user_door_create(&d->door[side], &door);
	}
	return err;
}

int doors_create(struct doors **out, const struct doors_config *config)
{
	struct doors *d = calloc(1, sizeof(*d));
	int err;

	*out = NULL;
	if (!d)
		return log_errno(-ENOMEM, "backend");
	d->pairs = config->backend.pairs ? config->backend.pairs : 1;
	err = backend_create(&d->backend, &config->backend);
	if (!err)
		err = make_doors(d, config);
	if (err)
		doors_destroy(d);
	else
		*out = d;
	return err;
}

int doors_start(struct doors *d)
{
	int err = backend_start(d->backend);

	for (unsigned side = 0; side < BACKEND_PORTS && !err; side++)
		err = user_door_start(d->door[side]);
	return err;
}

/* The doors first: they attach to the backend. */
void doors_stop(struct doors *d)
{
	for (unsigned side = 0; side < BACKEND_PORTS; side++)
		user_door_stop(d->door[side]);
	backend_stop(d->backend);
}

void doors_destroy(struct doors *d)
{
	if (!d)
		return;
	for (unsigned side = 0; side < BACKEND_PORTS; side++)
		user_door_destroy(d->door[side]);
	backend_destroy(d->backend);
	free(d);
}

struct user_door_stats doors_side(const struct doors *d, unsigned side)
{
	return user_door_stats(d->door[side]);
}

struct backend *doors_backend(const struct doors *d)
{
	return d->backend;
}

unsigned doors_pairs(const struct doors *d)
{
	return d->pairs;
}
