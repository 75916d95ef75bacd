// SPDX-License-Identifier: BSD-2-Clause
// What the hosted platform's files share: a CPU of the stand-in machine.
#ifndef GUEST_HOSTED_HOSTED_H
#define GUEST_HOSTED_HOSTED_H

#include <setjmp.h>

#include "guest.h"
#include "tandem/hosted.h"

struct hosted {
	struct hosted_machine *machine;
	uint64_t timer; /* when it goes off; 0: it is not set */
	bool one_shot;
	jmp_buf end;
};

static inline struct hosted *hosted(struct guest *g)
{
	return g->platform;
}

#endif
