// SPDX-License-Identifier: BSD-2-Clause
// Threads with a name, a CPU set and a home.
#include "lib/thread.h"

#include <errno.h>
#include <semaphore.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/signals.h"

/* Enough for the loops here, small enough that a thread per CPU costs little. */
#define STACK_BYTES (256 * 1024)

struct birth {
	struct thread *thread;
	const char *name;
	const cpu_set_t *cpus;
	void (*fn)(void *);
	void *arg;
	struct filter *filter;
	int err;
	sem_t ready;
};

static void *thread_main(void *opaque)
{
	struct birth *birth = opaque;
	void (*fn)(void *) = birth->fn;
	void *arg = birth->arg;

	pthread_setname_np(pthread_self(), birth->name);
	if (birth->cpus && sched_setaffinity(0, sizeof(*birth->cpus), birth->cpus) < 0)
		birth->err = -errno;
	birth->thread->self = pthread_self();
	birth->thread->tid = (pid_t)syscall(SYS_gettid);
	if (birth->filter && !birth->err)
		birth->err = filter_load(birth->filter);
	if (birth->err)
		fn = NULL;
	sem_post(&birth->ready); /* birth is gone from here on */
	if (fn)
		fn(arg);
	return NULL;
}

static int spawn(struct thread *t, struct birth *birth)
{
	pthread_attr_t attr;
	sigset_t all, old, faults = signals_faults();
	int err;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	sigfillset(&all);
	for (int i = 1; i < NSIG; i++)
		if (sigismember(&faults, i) == 1)
			sigdelset(&all, i);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = pthread_create(&t->handle, &attr, thread_main, birth);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	return -err;
}

int thread_start(struct thread *t, const char *name, const cpu_set_t *cpus, void (*fn)(void *),
		 void *arg)
{
	struct birth birth = { .thread = t, .name = name, .cpus = cpus, .fn = fn, .arg = arg };
	const struct filter_rule *const tables[] = { t->filter, NULL };
	int err;

	if (t->filter) {
		birth.filter = filter_make(tables);
		if (!birth.filter)
			return -ENOMEM;
	}
	sem_init(&birth.ready, 0, 0);
	err = spawn(t, &birth);
	if (!err) {
		while (sem_wait(&birth.ready) < 0)
			;
		t->started = true;
		err = birth.err;
		if (err)
			thread_join(t);
	}
	sem_destroy(&birth.ready);
	filter_free(birth.filter);
	return err;
}

const char *thread_error(int err)
{
	return err == -EAGAIN  ? THREADS_LACKING
	       : err == -EFBIG ? log_reason(err, NULL, 0)
			       : strerror(-err);
}

void thread_join(struct thread *t)
{
	if (t->started)
		pthread_join(t->handle, NULL);
	t->started = false;
}

bool thread_is_home(const struct thread *t)
{
	return pthread_equal(pthread_self(), t->self);
}
