/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The way of a notification from the backend to the guests through worker threads: is one ever
 * merged into another that has already been delivered, or left with nobody to run it?
 *
 * (E) of vhost/notify.c: a target is claimed by compare-and-exchange of `message`; whoever delivers
 * exchanges it for nothing first, then writes the guest's eventfd. Here all these are single
 * steps in one order, as their seq_cst asks; that the used index is visible before the claim is (C)'s
 * doing, and virtq.pml's matter.
 *
 *   POOL      vhost/notify_unbound.c: a pool with a stack of idle workers, any of which takes what is
 *             queued; what vhost/pool_idle.c decides under the pod's lock is one step
 *   otherwise vhost/notify_deferred.c: one worker, woken by whoever sets the first pending bit
 *
 * A wake-up that a kernel-resident producer sends with its batch comes late: `later`.
 * The mistakes that must fail: NO_LOOK (a worker lets go of the lock between finding nothing and resting), LATE_CLEAR (the message
 * is cleared after the guest was told), LATE_PENDING (deferred: the bits are cleared after they were run).
 */
#define TARGETS 2
#ifndef WORKERS
#define WORKERS 2
#endif

byte published[TARGETS]; /* modulo 2: what the guest may find */
byte seen[TARGETS];	 /* what it found when it was called last */
bit message[TARGETS];
bit call[TARGETS]; /* the guests' eventfds */
bit pending[TARGETS];
bit wake[WORKERS];  /* the workers' */
bit later[WORKERS]; /* wake-ups in the producer's batch */
byte idle[WORKERS]; /* a stack: worker + 1 */
byte top;
byte kicked; /* workers woken that have not come yet */

#define any_pending (pending[0] || pending[1])

/* pop_idle() and the wake-up by whoever popped. */
/* pool_idle_queue(): one kick on its way is enough. */
#define QUEUE(t, eventfd)                           \
	d_step {                                    \
		pending[t] = 1;                     \
		if                                  \
		:: kicked == 0 && top > 0 ->        \
			top--;                      \
			eventfd[idle[top] - 1] = 1; \
			idle[top] = 0;              \
			kicked++                    \
		:: else -> skip                     \
		fi                                  \
	}

proctype backend()
{
	byte t;

end:
	do
	:: t = 0; goto decide
	:: t = 1; goto decide
	:: break /* for ever */
	od;
	goto finish;
decide:
	published[t] = (published[t] + 1) % 2;
	/* notify_claim() */
	if
	:: atomic { message[t] == 0 -> message[t] = 1 }
#ifdef POOL
		if
		:: QUEUE(t, wake)
		:: QUEUE(t, later)
		fi
#else
		if
		:: atomic { !any_pending -> pending[t] = 1 };
			if
			:: wake[0] = 1
			:: later[0] = 1
			fi
		:: atomic { any_pending -> pending[t] = 1 }
		fi
#endif
	:: message[t] == 1 -> skip /* coalesced */
	fi;
	goto end;
finish:
	skip
}

/* The producer's batch: sooner or later it reaches the signals. */
proctype batch()
{
end:
	do
	:: atomic { later[0] -> later[0] = 0; wake[0] = 1 }
#if WORKERS > 1
	:: atomic { later[1] -> later[1] = 0; wake[1] = 1 }
#endif
#if WORKERS > 2
	:: atomic { later[2] -> later[2] = 0; wake[2] = 1 }
#endif
	od
}

/* notify_run() */
inline deliver(t)
{
#ifdef LATE_CLEAR
	if
	:: message[t] -> call[t] = 1; message[t] = 0
	:: else -> skip
	fi
#else
	atomic {
		had = message[t];
		message[t] = 0
	};
	if
	:: had -> call[t] = 1
	:: else -> skip
	fi;
	had = 0
#endif
}

#ifdef POOL
proctype worker(byte me)
{
	bit had;
	byte t;

end:
	do
	:: true -> /* work() */
		do
		:: d_step { any_pending ->
				t = (pending[0] -> 0 : 1);
				pending[t] = 0
		   };
			if
			:: t == 0 -> deliver(0)
			:: else -> deliver(1)
			fi;
			t = 0
#ifdef NO_LOOK
		:: !any_pending -> break
		od;
		skip;
		d_step {
#else
		:: d_step { !any_pending ->
#endif
			idle[top] = me + 1; /* pool_idle_rest() */
			top++
		}
#ifndef NO_LOOK
			; break
		od
#endif
		;
		atomic { wake[me] -> wake[me] = 0 }; /* sleep_until_woken() */
		kicked-- /* pool_idle_woken() */
	od
}
#else
proctype worker(byte me)
{
	bit had, p0, p1;

end:
	do
	:: true ->
		atomic { wake[me] -> wake[me] = 0 }; /* notify_thread_wait() */
		/* run_pending() */
#ifdef LATE_PENDING
		atomic { p0 = pending[0]; p1 = pending[1] };
#else
		d_step { p0 = pending[0]; p1 = pending[1]; pending[0] = 0; pending[1] = 0 };
#endif
		if
		:: p0 -> deliver(0)
		:: else -> skip
		fi;
		if
		:: p1 -> deliver(1)
		:: else -> skip
		fi;
#ifdef LATE_PENDING
		d_step { pending[0] = pending[0] && !p0; pending[1] = pending[1] && !p1 };
#endif
		p0 = 0;
		p1 = 0
	od
}
#endif

proctype guest(byte t)
{
end:
	do
	:: atomic { call[t] -> call[t] = 0 };
		seen[t] = published[t]
	od
}

proctype watch()
{
	timeout ->
	assert(seen[0] == published[0]);
	assert(seen[1] == published[1]);
	assert(!message[0] && !message[1]);
	assert(!any_pending)
}

init
{
	atomic {
		run backend();
		run batch();
		run worker(0);
#ifdef POOL
#if WORKERS > 1
		run worker(1);
#endif
#if WORKERS > 2
		run worker(2);
#endif
#endif
		run guest(0);
		run guest(1);
		run watch()
	}
}
