/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One split virtqueue, both halves, on a machine whose stores wait in buffers: is a wake-up ever lost?
 *
 * Every party (0: the driver, 1: the device) stores into its own buffer, from which a process of its
 * own moves stores to memory, some time later. TSO: in the order of the program, as x86 does. WEAK: in
 * any order, but for two stores to the same word, and a release store waits for all before it; a
 * load that is not an acquire may be done early. A fence waits until the buffer is empty. All words of the
 * rings have one writer, so a party never reads what is in its own buffer.
 *
 * The letters are those of virtio/virtq.c and guest/ring_split*.h; each can be left out on either side
 * (-DNO_C_DRIVER and so on), and tests/model/run sees to it that the model fails then.
 *
 *   what is modelled                     driver                      device
 *   (A) avail entries, then avail->idx   ring_publish()              refresh_pending()
 *   (B) used entries, then used->idx     ring_used()                 virtq_publish()
 *   (C) used_event against used->idx     ring_arm(), then a fence    virtq_wants_call()
 *   (D) avail->idx against avail_event   guest_kick(), kick_both()   virtq_enable_kick()
 *
 * Indices run modulo M instead of 65536, with a ring of N entries: they wrap all the time. The driver
 * publishes 1 to N entries at a time and waits when it likes; the device takes as many as it
 * likes per turn. Entry i holds the number i, so that a stale one is seen. The driver may stop at
 * any moment, when all it has published is used. Whenever nothing can move any more, all must be done.
 */
#ifndef N
#define N 2
#endif
#ifndef M
#define M 4
#endif
#define K 4 /* stores that a buffer holds */
#define mod(x) ((x) & (M - 1))

/* vring_need_event(); NAIVE: what one writes who forgets that indices wrap. */
#ifdef NAIVE
#define need_event(event, new, old) ((event) >= (old) && (event) < (new))
#else
#define need_event(event, new, old) (mod((new) - (event) - 1 + M) < mod((new) - (old) + M))
#endif

/* Words of memory: two indices, two event words (or flags), the entries. */
#define AVAIL 0
#define USED 1
#define AVAIL_EVENT 2
#define USED_EVENT 3
#define ENTRY(i) (4 + (i) % N)
#define USED_ENTRY(i) (4 + N + (i) % N)

byte mem[4 + 2 * N];
bit kick, call; /* eventfds */

/* What the halves have got to; for the last question. */
byte published, reclaimed, taken;

typedef buffer {
	byte n;
	byte loc[K];
	byte val[K];
	bit rel[K];
};
buffer b[2];

inline store(p, l, v, r)
{
	atomic {
		b[p].n < K;
		b[p].loc[b[p].n] = l;
		b[p].val[b[p].n] = v;
		b[p].rel[b[p].n] = r;
		b[p].n++
	}
}

#define drained(p) (b[p].n == 0)

inline drain_one(p, i)
{
	d_step {
		mem[b[p].loc[i]] = b[p].val[i];
		j = i;
		do
		:: j + 1 < b[p].n ->
			b[p].loc[j] = b[p].loc[j + 1];
			b[p].val[j] = b[p].val[j + 1];
			b[p].rel[j] = b[p].rel[j + 1];
			j++
		:: else -> break
		od;
		b[p].n--;
		b[p].loc[b[p].n] = 0;
		b[p].val[b[p].n] = 0;
		b[p].rel[b[p].n] = 0;
		j = 0
	}
}

#define before(p, i, j) (b[p].loc[i] != b[p].loc[j])

proctype drain(byte p)
{
	byte j;

end:
	do
	:: atomic { b[p].n > 0 -> drain_one(p, 0) }
#ifdef WEAK
	:: atomic { b[p].n > 1 && !b[p].rel[1] && before(p, 1, 0) -> drain_one(p, 1) }
	:: atomic {
		b[p].n > 2 && !b[p].rel[2] && before(p, 2, 0) && before(p, 2, 1) ->
			drain_one(p, 2)
	   }
	:: atomic {
		b[p].n > 3 && !b[p].rel[3] && before(p, 3, 0) && before(p, 3, 1) && before(p, 3, 2) ->
			drain_one(p, 3)
	   }
#endif
	od
}

/* The fences and orders under test. */
#ifdef NO_C_DRIVER
#define FENCE_C_DRIVER true
#else
#define FENCE_C_DRIVER drained(0)
#endif
#ifdef NO_C_DEVICE
#define FENCE_C_DEVICE true
#else
#define FENCE_C_DEVICE drained(1)
#endif
#ifdef NO_D_DRIVER
#define FENCE_D_DRIVER true
#else
#define FENCE_D_DRIVER drained(0)
#endif
#ifdef NO_D_DEVICE
#define FENCE_D_DEVICE true
#else
#define FENCE_D_DEVICE drained(1)
#endif
#ifdef NO_A_RELEASE
#define A_RELEASE 0
#else
#define A_RELEASE 1
#endif
#ifdef NO_B_RELEASE
#define B_RELEASE 0
#else
#define B_RELEASE 1
#endif

/* A load of an entry that is not kept behind the load of the index may come before it. */
#ifdef NO_A_ACQUIRE
#define EARLY_A 1
#else
#define EARLY_A 0
#endif
#ifdef NO_B_ACQUIRE
#define EARLY_B 1
#else
#define EARLY_B 0
#endif

inline choose(x, max)
{
	x = 1;
	do
	:: x < max -> x++
	:: break
	od
}

proctype driver()
{
	byte avail, asked, seen, n, k, early, event;
	bit done;

	do
	:: true ->
		/* ring_used(): take back what is used */
		if
		:: EARLY_B -> early = mem[USED_ENTRY(seen)]
		:: EARLY_B -> early = 255
		:: else -> early = 255
		fi;
		n = mod(mem[USED] - seen + M); /* (B) */
		assert(n <= N);
		do
		:: n > 0 ->
			if
			:: early == 255 -> assert(mem[USED_ENTRY(seen)] == seen)
			:: else -> assert(early == seen)
			fi;
			early = 255;
			seen = mod(seen + 1);
			n--
		:: else -> break
		od;
		reclaimed = seen;
		n = mod(avail - seen + M); /* outstanding */
		if
		:: !done && n < N -> /* ring_publish(), guest_kick() */
			choose(k, N - n);
			do
			:: k > 0 ->
				store(0, ENTRY(avail), avail, 0);
				avail = mod(avail + 1);
				k--
			:: else -> break
			od;
			published = avail;
			store(0, AVAIL, avail, A_RELEASE); /* (A) */
			FENCE_D_DRIVER; /* (D) */
			event = mem[AVAIL_EVENT];
			if
#ifdef FLAGS
			:: event == 0 -> kick = 1
#else
			:: need_event(event, avail, asked) -> kick = 1
#endif
			:: else -> skip
			fi;
			asked = avail
		:: !done -> done = 1
		:: n == N || (done && n > 0) -> /* ring_arm(), wait */
			choose(k, n);
#ifdef FLAGS
			store(0, USED_EVENT, 0, 0);
#else
			store(0, USED_EVENT, mod(seen + k - 1), 0);
#endif
			FENCE_C_DRIVER; /* (C) */
			if
#ifndef NO_LOOK_DRIVER
			:: mem[USED] != seen -> skip
			:: mem[USED] == seen ->
#else
			:: true ->
#endif
				atomic { call -> call = 0 }
			fi;
			if /* ring_disarm() */
			:: true -> skip
#ifdef FLAGS
			:: store(0, USED_EVENT, 1, 0)
#else
			:: store(0, USED_EVENT, mod(seen + M / 2), 0)
#endif
			fi
		:: done && n == 0 -> break
		fi;
		n = 0;
		k = 0;
		event = 0
	od
}

proctype device()
{
	byte next, used, called, n, k, early, event;

	do
	:: true ->
		/* virtq_pending(), virtq_pop() */
		if
		:: EARLY_A -> early = mem[ENTRY(next)]
		:: EARLY_A -> early = 255
		:: else -> early = 255
		fi;
		n = mod(mem[AVAIL] - next + M); /* (A) */
		assert(n <= N);
		if
		:: n > 0 ->
			choose(k, n);
			do
			:: k > 0 ->
				if
				:: early == 255 -> assert(mem[ENTRY(next)] == next)
				:: else -> assert(early == next)
				fi;
				early = 255;
				store(1, USED_ENTRY(used), used, 0); /* virtq_push_used() */
				next = mod(next + 1);
				used = mod(used + 1);
				k--
			:: else -> break
			od;
			taken = next;
			store(1, USED, used, B_RELEASE); /* (B) virtq_publish() */
			FENCE_C_DEVICE; /* (C) virtq_wants_call() */
			event = mem[USED_EVENT];
			if
#ifdef FLAGS
			:: event == 0 -> call = 1
#else
			:: need_event(event, used, called) -> call = 1
#endif
			:: else -> skip
			fi;
			called = used
		:: else -> /* virtq_enable_kick(), loop_wait() */
#ifdef FLAGS
			store(1, AVAIL_EVENT, 0, 0);
#else
			store(1, AVAIL_EVENT, next, 0);
#endif
			FENCE_D_DEVICE; /* (D) */
			if
#ifndef NO_LOOK_DEVICE
			:: mem[AVAIL] != next -> skip
			:: mem[AVAIL] == next ->
#else
			:: true ->
#endif
				atomic { kick -> kick = 0 };
#ifdef FLAGS
				if /* virtq_disable_kick() */
				:: store(1, AVAIL_EVENT, 1, 0)
				:: skip
				fi
#endif
			fi
		fi;
		n = 0;
		k = 0;
		event = 0
	od
}

/* Nothing can move: then nothing is left to do. */
proctype watch()
{
	timeout ->
	assert(taken == published); /* else the device sleeps and was not kicked */
	assert(reclaimed == published) /* else the driver sleeps and was not called */
}

init
{
	atomic {
#ifndef FLAGS
		mem[USED_EVENT] = M / 2; /* ring_init() disarms */
#endif
		run driver();
		run device();
		run drain(0);
		run drain(1);
		run watch()
	}
}
