// SPDX-License-Identifier: BSD-2-Clause
// How long the backend looks at its rings before it sleeps.
#include "vhost/polling.h"

#define FIRST_NS 10000u /* as KVM's halt_poll_ns_grow_start */
#define ROW 2u

struct polling polling_of(unsigned us, bool learns)
{
	uint64_t max_ns = us * 1000ull;

	return (struct polling){ .learns = learns, .ns = learns ? 0 : max_ns, .max_ns = max_ns };
}

static void grow(struct polling *p)
{
	uint64_t more = p->ns ? 2 * p->ns : FIRST_NS;

	p->ns = more < p->max_ns ? more : p->max_ns;
}

void polling_learn(struct polling *p, uint64_t gap_ns)
{
	if (!p->learns)
		return;
	if (gap_ns > p->max_ns) {
		p->ns = 0;
		p->missed = 0;
	} else if (gap_ns > p->ns && ++p->missed >= ROW) {
		grow(p);
	}
}
