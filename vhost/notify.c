// SPDX-License-Identifier: BSD-2-Clause
// What all notification strategies share.
#include "vhost/notify.h"

#include "lib/clock.h"
#include "lib/fd.h"

bool notify_by_producer(const struct notify_ops *ops)
{
	return !ops->deliverer;
}

int notify_prepare(struct notifier *n, struct notify_target *target, uint16_t rx_idx, unsigned cpu)
{
	uint64_t id = stamps_add(target->stamps, clock_now(), rx_idx);

	shared_store(&target->decided, target->decided + 1);
	return n->ops->queue(n, target, id, cpu);
}

void notify_send(struct notifier *n, struct notify_target *target, uint16_t rx_idx)
{
	int fd = notify_prepare(n, target, rx_idx, (unsigned)sched_getcpu());

	if (fd >= 0)
		fd_signal(fd);
}

/*
 * (E) The failed claim and notify_run()'s exchange are both sequentially consistent: when the claim
 * sees the old message, the exchange comes later, so the interrupt that follows it finds all
 * that the backend published before the claim. This is set_work_pool_and_clear_pending()'s
 * argument.
 */
_Bool notify_claim(struct notify_target *target, uint64_t id)
{
	uint64_t none = 0;

	if (__atomic_compare_exchange_n(&target->message, &none, id + 1, 0, __ATOMIC_SEQ_CST,
					__ATOMIC_SEQ_CST))
		return 1;
	shared_store(&target->coalesced, target->coalesced + 1);
	shared_store(&stamps_at(target->stamps, id)->t1, STAMP_COALESCED);
	return 0;
}

void notify_stamp(struct notify_target *target, uint64_t id, uint64_t t1)
{
	struct stamp *e = stamps_at(target->stamps, id);
	uint64_t t0 = shared_load(&e->t0);

	/* So late that the ring has come round: the entry is another's, and this one is lost. */
	if (shared_load(&e->id) == id) {
		/* A worker that was awake already starts on this one when it is queued. */
		shared_store(&e->t1, t1 > t0 ? t1 : t0);
		shared_store_release(&e->t2, clock_now());
	}
}

/* Release: whoever finds all delivered may close the eventfd, see port_is_quiet(). */
void notify_delivered(struct notify_target *target)
{
	__atomic_fetch_add(&target->delivered, 1, __ATOMIC_RELEASE);
}

void notify_run(struct notify_target *target, uint64_t t1)
{
	uint64_t message = __atomic_exchange_n(&target->message, 0, __ATOMIC_SEQ_CST); /* (E) */

	if (!message)
		return;
	notify_stamp(target, message - 1, t1);
	fd_signal(target->call_fd);
	notify_delivered(target);
}
