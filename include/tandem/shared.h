// SPDX-License-Identifier: BSD-2-Clause
// Access to memory that two parties touch at once: guest and host, driver and device.
#ifndef TANDEM_SHARED_H
#define TANDEM_SHARED_H

/*
 * Every access names its order. An acquire, release or fence at a call site carries a letter in a
 * comment; the same letter in the other half marks its partner.
 */
#define shared_load(p) __atomic_load_n((p), __ATOMIC_RELAXED)
#define shared_load_acquire(p) __atomic_load_n((p), __ATOMIC_ACQUIRE)
#define shared_store(p, v) __atomic_store_n((p), (v), __ATOMIC_RELAXED)
#define shared_store_release(p, v) __atomic_store_n((p), (v), __ATOMIC_RELEASE)

/*
 * Read-modify-writes of several CPUs, acquire and release both: they return what was there before.
 */
#define shared_exchange(p, v) __atomic_exchange_n((p), (v), __ATOMIC_ACQ_REL)
#define shared_fetch_add(p, n) __atomic_fetch_add((p), (n), __ATOMIC_ACQ_REL)
#define shared_fetch_or(p, bits) __atomic_fetch_or((p), (bits), __ATOMIC_ACQ_REL)

/*
 * The full fence between "I published" and "does the other side want to know?". A locked
 * read-modify-write of a private word would do as well; the compiler picks.
 */
static inline void shared_fence(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

#endif
