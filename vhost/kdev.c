// SPDX-License-Identifier: BSD-2-Clause
// One open file of /dev/vhost-net.
#include "vhost/kdev.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/vhost.h>
#include <linux/virtio_config.h>
#include <sys/ioctl.h>

#include "lib/fd.h"

/* Linux 6.18; older headers do not have it. */
#ifndef VHOST_SET_FORK_FROM_OWNER
#define VHOST_FORK_OWNER_KTHREAD 0
#define VHOST_FORK_OWNER_TASK 1
#define VHOST_SET_FORK_FROM_OWNER _IOW(VHOST_VIRTIO, 0x84, __u8)
#endif

/*
 * Of what a driver accepts, these are the backend's business. Bit 27, VHOST_NET_F_VIRTIO_NET_HDR,
 * is never set: the taps have the headers.
 */
#define RING_FEATURES (1ull << VIRTIO_F_VERSION_1 | 1ull << VIRTIO_RING_F_EVENT_IDX)

const struct filter_rule kdev_filter[] = {
	ALLOW_IF(ioctl, 1, FILTER_WORD, VHOST_SET_FORK_FROM_OWNER, "--vhost-thread"),
	ALLOW_IF(ioctl, 1, FILTER_WORD, VHOST_SET_OWNER, "the kernel's thread begins"),
	ALLOW_IF(ioctl, 1, FILTER_WORD, VHOST_RESET_OWNER, "and ends"),
	ALLOW_IF(ioctl, 1, FILTER_WORD, VHOST_SET_FEATURES, "a device begins: what was negotiated"),
	ALLOW_IF(ioctl, 1, FILTER_WORD, VHOST_SET_MEM_TABLE, "its memory"),
	ALLOW_IF(ioctl, 1, FILTER_WORD, VHOST_SET_VRING_NUM, "its rings"),
	ALLOW_IF(ioctl, 1, FILTER_WORD, VHOST_SET_VRING_BASE, "its rings"),
	ALLOW_IF(ioctl, 1, FILTER_WORD, VHOST_SET_VRING_ADDR, "its rings"),
	ALLOW_IF(ioctl, 1, FILTER_WORD, VHOST_SET_VRING_KICK, "its eventfds"),
	ALLOW_IF(ioctl, 1, FILTER_WORD, VHOST_SET_VRING_CALL, "its eventfds"),
	ALLOW_IF(ioctl, 1, FILTER_WORD, VHOST_SET_VRING_ERR, "its eventfds"),
	ALLOW_IF(ioctl, 1, FILTER_WORD, VHOST_SET_VRING_BUSYLOOP_TIMEOUT, "--busy-poll"),
	ALLOW_IF(ioctl, 1, FILTER_WORD, VHOST_NET_SET_BACKEND, "its tap: it runs, or stops"),
	ALLOW_IF(ioctl, 1, FILTER_WORD, VHOST_GET_VRING_BASE, "where it stopped"),
	ALLOW(ppoll, "sleep until there is a command, or a broken ring"),
	ALLOW(read, "take the eventfd's count"),
	ALLOW(sched_setaffinity, "the kernel's threads take the place of who makes them"),
	FILTER_END,
};

static int ask(int fd, unsigned long request, void *arg)
{
	return ioctl(fd, request, arg) < 0 ? -errno : 0;
}

/* ---- its life ---- */

int kdev_open(void)
{
	int fd = open(KDEV_PATH, O_RDWR | O_CLOEXEC), err;
	uint64_t features = 0;

	if (fd < 0)
		return -errno;
	err = ask(fd, VHOST_GET_FEATURES, &features);
	if (!err && (features & RING_FEATURES) != RING_FEATURES)
		err = -ENOTSUP;
	if (!err)
		return fd;
	fd_close(&fd);
	return err;
}

const char *kdev_way_out(int err)
{
	switch (err) {
	case -ENOENT:
	case -ENODEV:
	case -ENXIO:
		return "load the module: modprobe vhost_net; or use the lab: tandem lab -- bench "
		       "...";
	case -EACCES:
	case -EPERM:
		return "run as root, or as a user who may use it (group kvm?)";
	case -ENOTSUP:
		return "it lacks VIRTIO_F_VERSION_1 or VIRTIO_RING_F_EVENT_IDX: use a newer kernel";
	case -ENOTTY:
		return "this kernel leaves no choice of --vhost-thread: it takes Linux 6.18 with "
		       "CONFIG_VHOST_ENABLE_FORK_OWNER_CONTROL; leave the option out";
	default:
		return "use another --producer";
	}
}

int kdev_choose_thread(int fd, enum vhost_thread which)
{
	uint8_t way = which == VHOST_THREAD_TASK ? VHOST_FORK_OWNER_TASK : VHOST_FORK_OWNER_KTHREAD;

	return which == VHOST_THREAD_AUTO ? 0 : ask(fd, VHOST_SET_FORK_FROM_OWNER, &way);
}

/* The choice is made each time: with its owner a device loses it. */
int kdev_own(int fd, enum vhost_thread which)
{
	int err = kdev_choose_thread(fd, which);

	return err ? err : ask(fd, VHOST_SET_OWNER, NULL);
}

void kdev_disown(int fd)
{
	ask(fd, VHOST_RESET_OWNER, NULL);
}

/* ---- a device ---- */

/* With room for as many regions as guest memory may have. */
union memory_table {
	struct vhost_memory head;
	uint8_t room[sizeof(struct vhost_memory) +
		     GMEM_REGIONS_MAX * sizeof(struct vhost_memory_region)];
};

static int set_memory(int fd, const struct gmem *mem)
{
	union memory_table table = { .head = { .nregions = mem->nregions } };

	for (unsigned i = 0; i < mem->nregions; i++)
		table.head.regions[i] = (struct vhost_memory_region){
			.guest_phys_addr = mem->region[i].base,
			.memory_size = mem->region[i].bytes,
			.userspace_addr = (uintptr_t)mem->region[i].host,
		};
	return ask(fd, VHOST_SET_MEM_TABLE, &table);
}

/* The rings with their event indices (2.7), as addresses of this process. */
static int set_addresses(int fd, unsigned q, const struct gmem *mem, const struct virtq_layout *at)
{
	uint64_t n = at->size;
	void *desc = gmem_ptr(mem, at->desc, 16 * n);
	void *avail = gmem_ptr(mem, at->driver, 6 + 2 * n);
	void *used = gmem_ptr(mem, at->device, 6 + 8 * n);
	struct vhost_vring_addr addr = {
		.index = q,
		.desc_user_addr = (uintptr_t)desc,
		.avail_user_addr = (uintptr_t)avail,
		.used_user_addr = (uintptr_t)used,
	};

	return desc && avail && used ? ask(fd, VHOST_SET_VRING_ADDR, &addr) : -EINVAL;
}

static int set_state(int fd, unsigned long request, unsigned q, unsigned num)
{
	struct vhost_vring_state state = { q, num };

	return ask(fd, request, &state);
}

static int set_file(int fd, unsigned long request, unsigned q, int file)
{
	struct vhost_vring_file f = { q, file };

	return ask(fd, request, &f);
}

/* A kernel without busy polling is asked for it only where somebody wants it. */
static int set_busy_poll(int fd, unsigned q, uint32_t us)
{
	return us ? set_state(fd, VHOST_SET_VRING_BUSYLOOP_TIMEOUT, q, us) : 0;
}

static int set_ring(int fd, unsigned q, const struct port_setup *setup, const struct kdev_port *p)
{
	const struct queue_setup *queue = &setup->queue[q];
	int err = queue->absent ? -EINVAL : 0;

	if (!err)
		err = set_state(fd, VHOST_SET_VRING_NUM, q, queue->at.size);
	if (!err)
		err = set_state(fd, VHOST_SET_VRING_BASE, q, queue->base);
	if (!err)
		err = set_addresses(fd, q, setup->mem, &queue->at);
	if (!err)
		err = set_file(fd, VHOST_SET_VRING_KICK, q, queue->kick_fd);
	if (!err)
		err = set_file(fd, VHOST_SET_VRING_CALL, q, p->call_fd);
	if (!err)
		err = set_file(fd, VHOST_SET_VRING_ERR, q, p->error_fd[q]);
	return err ? err : set_busy_poll(fd, q, p->busy_poll_us);
}

int kdev_start(int fd, const struct port_setup *setup, const struct kdev_port *port)
{
	uint64_t features = setup->features & RING_FEATURES;
	uint32_t base[PORT_QUEUES];
	int err = ask(fd, VHOST_SET_FEATURES, &features);

	if (!err)
		err = set_memory(fd, setup->mem);
	for (unsigned q = 0; q < PORT_QUEUES && !err; q++)
		err = set_ring(fd, q, setup, port);
	for (unsigned q = 0; q < PORT_QUEUES && !err; q++)
		err = set_file(fd, VHOST_NET_SET_BACKEND, q, port->tap);
	if (err)
		kdev_stop(fd, base);
	return err;
}

void kdev_stop(int fd, uint32_t base[PORT_QUEUES])
{
	for (unsigned q = 0; q < PORT_QUEUES; q++)
		set_file(fd, VHOST_NET_SET_BACKEND, q, -1);
	for (unsigned q = 0; q < PORT_QUEUES; q++) {
		struct vhost_vring_state state = { q, 0 };

		ask(fd, VHOST_GET_VRING_BASE, &state);
		base[q] = state.num;
		set_file(fd, VHOST_SET_VRING_KICK, q, -1);
		set_file(fd, VHOST_SET_VRING_CALL, q, -1);
		set_file(fd, VHOST_SET_VRING_ERR, q, -1);
	}
}
