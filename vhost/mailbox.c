// SPDX-License-Identifier: BSD-2-Clause
// One command at a time to the backend's thread.
#include "vhost/mailbox.h"

#include <errno.h>

#include "lib/fd.h"
#include "tandem/shared.h"

void mailbox_init(struct mailbox *m)
{
	pthread_mutex_init(&m->lock, NULL);
	pthread_cond_init(&m->answered, NULL);
}

void mailbox_fini(struct mailbox *m)
{
	pthread_cond_destroy(&m->answered);
	pthread_mutex_destroy(&m->lock);
}

/* With the lock. */
static void answer(struct mailbox *m, int value)
{
	m->mail->answer = value;
	m->mail->answered = true;
	shared_store_release(&m->mail, NULL);
	pthread_cond_broadcast(&m->answered);
}

static int post_locked(struct mailbox *m, struct mail *mail, int wake_fd)
{
	while (m->mail)
		pthread_cond_wait(&m->answered, &m->lock);
	if (!m->open)
		return -ESHUTDOWN;
	mail->answered = false;
	shared_store_release(&m->mail, mail);
	fd_signal(wake_fd);
	while (!mail->answered)
		pthread_cond_wait(&m->answered, &m->lock);
	return mail->answer;
}

int mailbox_post(struct mailbox *m, struct mail *mail, int wake_fd)
{
	int value;

	pthread_mutex_lock(&m->lock);
	value = post_locked(m, mail, wake_fd);
	pthread_mutex_unlock(&m->lock);
	return value;
}

bool mailbox_is_full(const struct mailbox *m)
{
	return shared_load_acquire(&m->mail);
}

void mailbox_serve(struct mailbox *m, int (*execute)(void *ctx, struct mail *mail), void *ctx)
{
	if (!mailbox_is_full(m))
		return;
	pthread_mutex_lock(&m->lock);
	if (m->mail)
		answer(m, execute(ctx, m->mail));
	pthread_mutex_unlock(&m->lock);
}

void mailbox_expect(struct mailbox *m)
{
	m->started = 1;
}

int mailbox_wait_open(struct mailbox *m)
{
	int err;

	pthread_mutex_lock(&m->lock);
	while (m->started == 1)
		pthread_cond_wait(&m->answered, &m->lock);
	err = m->started;
	m->open = err == 0;
	pthread_mutex_unlock(&m->lock);
	return err;
}

void mailbox_open(struct mailbox *m, int err)
{
	pthread_mutex_lock(&m->lock);
	m->started = err;
	pthread_cond_broadcast(&m->answered);
	pthread_mutex_unlock(&m->lock);
}

void mailbox_close(struct mailbox *m)
{
	pthread_mutex_lock(&m->lock);
	m->open = false;
	if (m->mail)
		answer(m, -ESHUTDOWN);
	pthread_mutex_unlock(&m->lock);
}
