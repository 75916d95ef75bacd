// SPDX-License-Identifier: BSD-2-Clause
// One open file of /dev/vhost-net: the kernel's backend of one guest's device.
#ifndef VHOST_KDEV_H
#define VHOST_KDEV_H

#include <sys/types.h>

#include "lib/filter.h"
#include "vhost/backend.h"
#include "vhost/port.h"

#define KDEV_PATH "/dev/vhost-net"

/* What it does for the thread that owns it, besides what any thread may ask. */
extern const struct filter_rule kdev_filter[];

/*
 * Control thread: opens it, and looks whether it can serve tandem's guests. The fd; or -errno:
 * -ENOTSUP where it lacks features. kdev_way_out() has the words for the person.
 */
int kdev_open(void);
const char *kdev_way_out(int err);

/*
 * Any thread, while nobody owns it: how its thread is to run, until somebody does. 0; -ENOTTY where
 * the kernel leaves no choice; -errno.
 */
int kdev_choose_thread(int fd, enum vhost_thread which);

/*
 * Owner's thread: from now on a thread of the kernel's serves it. As a task it belongs to this
 * process (6.4), with the caller's CPUs and nice value; as a kthread to none, and it runs anywhere:
 * kthread_find() finds it. 0; -ENOTTY as above; -errno.
 */
int kdev_own(int fd, enum vhost_thread which);

/* Owner's thread: that thread has ended when it returns. */
void kdev_disown(int fd);

struct kdev_port {
	int tap;
	int call_fd; /* -1: nobody is called */
	/* eventfds: the kernel refuses what the driver put into that queue */
	int error_fd[PORT_QUEUES];
	uint32_t busy_poll_us; /* its thread looks at the rings so long before it sleeps */
};

/*
 * Any thread of its owner's process: serves the device as `setup` has it. 0; -EINVAL for a layout
 * it refuses; -errno. On error nothing is served.
 */
int kdev_start(int fd, const struct port_setup *setup, const struct kdev_port *port);

/*
 * The same: when it returns the kernel touches neither memory nor eventfds any more. `base` gets
 * each queue's index to go on from.
 */
void kdev_stop(int fd, uint32_t base[PORT_QUEUES]);

#endif
