// SPDX-License-Identifier: BSD-2-Clause
// A front end of vhost-user that a test plays.
#include "tests/common/front.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "lib/clock.h"
#include "lib/fd.h"

static int nothing(void *ctx)
{
	(void)ctx;
	return 0;
}

static void no_reset(void *ctx)
{
	(void)ctx;
}

static void no_kick(void *ctx, uint32_t queue)
{
	(void)ctx;
	(void)queue;
}

/* The fake guest's own device is only there for its driver. */
static const struct virtio_device_ops ops = { nothing, no_reset, no_kick };

void front_create(struct front *f, uint64_t base, uint32_t ring_size)
{
	memset(f, 0, sizeof(*f));
	f->sock = -1;
	for (unsigned q = 0; q < NET_QUEUES; q++) {
		f->kick[q] = fd_eventfd();
		f->call[q] = fd_eventfd();
		assert(f->kick[q] >= 0 && f->call[q] >= 0);
	}
	fake_guest_create(&f->guest, base, 4 << 20, ring_size, FRONT_BUF_BYTES, &ops, NULL);
}

void front_destroy(struct front *f)
{
	front_hang_up(f);
	for (unsigned q = 0; q < NET_QUEUES; q++) {
		fd_close(&f->kick[q]);
		fd_close(&f->call[q]);
	}
	fake_guest_destroy(&f->guest);
}

void front_soften(struct front *f)
{
	struct gmem *m = &f->guest.mem;
	int err;

	fd_close(&m->fd);
	m->fd = memfd_create("soft", MFD_CLOEXEC);
	err = ftruncate(m->fd, (off_t)m->bytes);
	assert(!err);
	(void)err;
	if (mmap(m->host, m->bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, m->fd, 0) ==
	    MAP_FAILED)
		abort();
}

void front_hide(struct front *f)
{
	const struct gmem *m = &f->guest.mem;

	if (mmap(m->host, m->bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, m->fd, 0) ==
	    MAP_FAILED)
		abort();
}

void front_cut(struct front *f)
{
	int err = ftruncate(f->guest.mem.fd, 0);

	assert(!err);
	(void)err;
}

/* ---- the socket ---- */

int front_connect(struct front *f, const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int err;

	assert(strlen(path) < sizeof(at.sun_path));
	strcpy(at.sun_path, path);
	f->sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (f->sock < 0)
		return -errno;
	err = connect(f->sock, (const struct sockaddr *)&at, sizeof(at)) < 0 ? -errno : 0;
	if (err)
		fd_close(&f->sock);
	return err;
}

int front_accept(struct front *f, int listener)
{
	f->sock = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	return f->sock < 0 ? -errno : 0;
}

void front_hang_up(struct front *f)
{
	fd_close(&f->sock);
}

int front_send(struct front *f, uint32_t request, uint32_t flags, const void *payload,
	       uint32_t bytes, int fd)
{
	struct user_header h = { request, flags, bytes };
	struct iovec iov[] = { { &h, sizeof(h) }, { (void *)payload, bytes } };
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };

	if (fd >= 0) {
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control);
		control.align.cmsg_len = CMSG_LEN(sizeof(int));
		control.align.cmsg_level = SOL_SOCKET;
		control.align.cmsg_type = SCM_RIGHTS;
		memcpy(CMSG_DATA(&control.align), &fd, sizeof(fd));
	}
	return sendmsg(f->sock, &msg, MSG_NOSIGNAL) == (ssize_t)(sizeof(h) + bytes) ? 0 : -errno;
}

int front_receive(struct front *f, union user_payload *p)
{
	struct user_header h;
	ssize_t n = recv(f->sock, &h, sizeof(h), MSG_WAITALL);

	if (n <= 0)
		return n ? -errno : 0;
	if (n != sizeof(h) || h.size > sizeof(*p) || h.flags != (USER_VERSION | USER_REPLY))
		return -EPROTO;
	if (recv(f->sock, p, h.size, MSG_WAITALL) != (ssize_t)h.size)
		return -EPROTO;
	return (int)h.size;
}

int front_set(struct front *f, uint32_t request, const void *payload, uint32_t bytes, int fd)
{
	union user_payload p;
	int n = front_send(f, request, USER_VERSION | USER_NEED_REPLY, payload, bytes, fd);

	if (n)
		return n;
	n = front_receive(f, &p);
	if (n != 8)
		return n < 0 ? n : -EPIPE;
	return p.u64 != 0;
}

int front_get(struct front *f, uint32_t request, uint64_t *value)
{
	union user_payload p;
	int n = front_send(f, request, USER_VERSION, NULL, 0, -1);

	if (!n)
		n = front_receive(f, &p);
	if (n != 8)
		return n < 0 ? n : -EPIPE;
	*value = p.u64;
	return 0;
}

/* ---- what a front end does ---- */

static int set_u64(struct front *f, uint32_t request, uint64_t value, int fd)
{
	return front_set(f, request, &value, sizeof(value), fd);
}

static int set_state(struct front *f, uint32_t request, uint32_t ring, uint32_t num)
{
	struct user_vring_state s = { ring, num };

	return front_set(f, request, &s, sizeof(s), -1);
}

/* REPLY_ACK first: from then on every message is acknowledged. */
static int negotiate_protocol(struct front *f, uint64_t *offered)
{
	uint64_t protocol = 0;
	int err = front_get(f, USER_GET_FEATURES, offered);

	if (!err)
		err = front_get(f, USER_GET_PROTOCOL_FEATURES, &protocol);
	if (err)
		return err;
	protocol &= USER_PROTOCOL_REPLY_ACK | USER_PROTOCOL_STATUS |
		    (f->one_pair ? 0 : USER_PROTOCOL_MQ);
	return set_u64(f, USER_SET_PROTOCOL_FEATURES, protocol, -1);
}

int front_negotiate(struct front *f)
{
	struct user_mem_table t = { .n = 1,
				    .region = { { f->guest.mem.base, f->guest.mem.bytes,
						  f->guest.mem.base, 0 } } };
	uint64_t offered;
	int err = negotiate_protocol(f, &offered);

	if (err)
		return err;
	f->features = offered & (1ull << VIRTIO_F_VERSION_1 | 1ull << VIRTIO_RING_F_EVENT_IDX |
				 USER_F_PROTOCOL_FEATURES | NET_MQ);
	err = front_set(f, USER_SET_OWNER, NULL, 0, -1);
	if (!err)
		err = set_u64(f, USER_SET_FEATURES, f->features, -1);
	if (!err)
		err = front_set(f, USER_SET_MEM_TABLE, &t, 8 + sizeof(t.region[0]),
				f->guest.mem.fd);
	return err;
}

static int start_ring(struct front *f, uint32_t q)
{
	const struct virtq_layout *at = &f->guest.queue[q].at;
	uint32_t ring = f->first + q;
	struct user_vring_addr addr = {
		.index = ring, .desc = at->desc.v, .used = at->device.v, .avail = at->driver.v
	};
	int err = set_state(f, USER_SET_VRING_NUM, ring, at->size);

	if (!err)
		err = set_state(f, USER_SET_VRING_BASE, ring, 0);
	if (!err)
		err = front_set(f, USER_SET_VRING_ADDR, &addr, sizeof(addr), -1);
	if (!err)
		err = set_u64(f, USER_SET_VRING_KICK, ring, f->kick[q]);
	if (!err)
		err = set_u64(f, USER_SET_VRING_CALL, ring, f->call[q]);
	return err ? err : set_state(f, USER_SET_VRING_ENABLE, ring, 1);
}

int front_start(struct front *f)
{
	int err = 0;

	fake_guest_start(&f->guest, f->features & 1ull << VIRTIO_RING_F_EVENT_IDX);
	for (uint32_t q = 0; q < NET_QUEUES && !err; q++)
		err = start_ring(f, q);
	if (!err && fake_guest_fill_rx(&f->guest))
		fd_signal(f->kick[NET_RX]);
	return err;
}

int front_stop(struct front *f, uint32_t base[NET_QUEUES])
{
	for (uint32_t q = 0; q < NET_QUEUES; q++) {
		struct user_vring_state s = { f->first + q, 0 };
		union user_payload p;
		int n = front_send(f, USER_GET_VRING_BASE, USER_VERSION, &s, sizeof(s), -1);

		if (!n)
			n = front_receive(f, &p);
		if (n != 8 || p.state.index != s.index)
			return n < 0 ? n : -EPIPE;
		if (base)
			base[q] = p.state.num;
	}
	return 0;
}

int front_attach(struct front *f, const char *path)
{
	int err = front_connect(f, path);

	if (!err)
		err = front_negotiate(f);
	return err ? err : front_start(f);
}

/* ---- several pairs of queues ---- */

static struct user_mem_reg memory_of(const struct front *f)
{
	const struct gmem *m = &f->guest.mem;

	return (struct user_mem_reg){ 0, { m->base, m->bytes, m->base, 0 } };
}

int front_join(struct front *f, const struct front *first, uint32_t pair)
{
	struct user_mem_reg reg = memory_of(f);
	int err;

	f->sock = first->sock;
	f->features = first->features;
	f->first = pair * NET_QUEUES;
	err = front_set(f, USER_ADD_MEM_REG, &reg, sizeof(reg), f->guest.mem.fd);
	return err ? err : front_start(f);
}

int front_borrow_memory(struct front *f, const struct front *other)
{
	struct user_mem_reg reg = memory_of(other);
	int err = front_set(f, USER_ADD_MEM_REG, &reg, sizeof(reg), other->guest.mem.fd);

	return err ? err : front_set(f, USER_REM_MEM_REG, &reg, sizeof(reg), -1);
}

int front_enable(struct front *f, bool on)
{
	int err = 0;

	for (uint32_t q = 0; q < NET_QUEUES && !err; q++)
		err = set_state(f, USER_SET_VRING_ENABLE, f->first + q, on);
	return err;
}

void front_leave(struct front *f)
{
	f->sock = -1;
}

/* ---- frames ---- */

bool front_send_frame(struct front *f, uint64_t seq, uint32_t bytes)
{
	bool kick;

	fake_guest_reap_tx(&f->guest);
	if (!fake_guest_send(&f->guest, bytes, seq, &kick))
		return false;
	if (kick)
		fd_signal(f->kick[NET_TX]);
	return true;
}

/* False: nobody called within the time. */
static bool sleep_until_called(struct front *f, int64_t timeout_ns)
{
	if (fake_arm_call(&f->guest.queue[NET_RX]))
		return true;
	if (!fd_wait(f->call[NET_RX], timeout_ns))
		return false;
	fd_take(f->call[NET_RX]);
	return true;
}

int front_take_frame(struct front *f, uint64_t *seq, int64_t timeout_ns)
{
	int64_t end = (int64_t)clock_mono_ns() + timeout_ns, left;
	uint32_t bytes;
	int got;

	while ((got = fake_guest_take_frame(&f->guest, seq, &bytes)) == 0) {
		left = end - (int64_t)clock_mono_ns();
		if (left <= 0 || !sleep_until_called(f, left))
			return 0;
	}
	if (fake_guest_fill_rx(&f->guest))
		fd_signal(f->kick[NET_RX]);
	return got;
}
