// SPDX-License-Identifier: BSD-2-Clause
// The way between two kernel backends.
#include "vhost/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/fd.h"
#include "lib/log.h"
#include "vhost/rtnl.h"
#include "virtio/net.h"

#define ETH_HDR_BYTES 14u
#define MTU_USUAL 1500u
#define QUEUE_USUAL 1000u /* a tap's own */

/* What the helper says; the taps come beside it. */
struct reply {
	int err;
	char why[WIRE_WHY_BYTES];
};

/* The kernel's words for `err`, what they are about, and the way out. Returns err. */
static int explain(struct reply *r, int err, const char *what, const char *way_out)
{
	char text[128];

	snprintf(r->why, sizeof(r->why), "%s: %s; %s", what, log_reason(err, text, sizeof(text)),
		 way_out);
	return err;
}

/* ---- the helper process: what it makes lives on in the taps, the rest ends with it ---- */

/* Root's own namespace, or one inside a user namespace where the host lets others have these. */
static int enter_namespace(struct reply *r)
{
	if (unshare(CLONE_NEWNET) == 0)
		return 0;
	if (errno == EPERM && unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0)
		return 0;
	return explain(r, -errno, "a network namespace",
		       "run as root, or allow user namespaces (sysctl "
		       "user.max_user_namespaces, kernel.unprivileged_userns_clone)");
}

/* A host that speaks up on the bridge would send frames to the guests. Where there is no IPv6 there
 * is no such file. */
static int silence_ipv6(struct reply *r)
{
	static const char path[] = "/proc/sys/net/ipv6/conf/default/disable_ipv6";
	int fd = open(path, O_WRONLY | O_CLOEXEC), err = fd < 0 ? -errno : 0;

	if (fd >= 0)
		err = fd_write_all(fd, "1", 1);
	fd_close(&fd);
	return !err || err == -ENOENT ? 0 : explain(r, err, path, "mount a writable /proc");
}

/*
 * Forwards at once, asks nobody who is there, and learns nothing: the bundled guests' frames all
 * have one address, and what is addressed to no port it knows goes to every other port.
 */
static int make_bridge(int rtnl, const char *name, struct reply *r)
{
	struct rtattr *info, *data;
	struct rtnl_request ask;
	uint8_t no = 0;
	int err;

	rtnl_begin(&ask, 0);
	rtnl_put_text(&ask, IFLA_IFNAME, name);
	info = rtnl_nest(&ask, IFLA_LINKINFO);
	rtnl_put_text(&ask, IFLA_INFO_KIND, "bridge");
	data = rtnl_nest(&ask, IFLA_INFO_DATA);
	rtnl_put_u32(&ask, IFLA_BR_FORWARD_DELAY, 0);
	rtnl_put_u32(&ask, IFLA_BR_AGEING_TIME, 0);
	rtnl_put(&ask, IFLA_BR_MCAST_SNOOPING, &no, sizeof(no));
	rtnl_nest_end(&ask, data);
	rtnl_nest_end(&ask, info);
	err = rtnl_ask(rtnl, &ask);
	return err ? explain(r, err, "a bridge", "load the module: modprobe bridge") : 0;
}

static const char *tun_way_out(int err)
{
	return err == -ENOENT || err == -ENODEV || err == -ENXIO
		       ? "load the module: modprobe tun"
		       : "run as root, or as a user who may use it";
}

/* No offloads: the guests negotiate none. Its sender never waits for the receiver. */
static int set_up_tap(int fd, const char *name)
{
	int header = NET_HDR_BYTES, queued = INT_MAX;
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	if (ioctl(fd, TUNSETIFF, &ifr) < 0 || ioctl(fd, TUNSETVNETHDRSZ, &header) < 0 ||
	    ioctl(fd, TUNSETOFFLOAD, 0) < 0 || ioctl(fd, TUNSETSNDBUF, &queued) < 0)
		return -errno;
	return 0;
}

static int make_tap(const char *name, struct reply *r)
{
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC), err = fd < 0 ? -errno : 0;

	if (!err)
		err = set_up_tap(fd, name);
	if (!err)
		return fd;
	fd_close(&fd);
	return explain(r, err, "/dev/net/tun", tun_way_out(err));
}

static int join(int rtnl, const char *name, const char *bridge, struct wire_sizes sizes,
		struct reply *r)
{
	struct rtnl_request ask;
	char what[64];
	int err;

	rtnl_begin(&ask, if_nametoindex(name));
	rtnl_put_u32(&ask, IFLA_MTU, sizes.mtu);
	rtnl_put_u32(&ask, IFLA_TXQLEN, sizes.queue);
	rtnl_put_u32(&ask, IFLA_MASTER, if_nametoindex(bridge));
	err = rtnl_ask(rtnl, &ask);
	snprintf(what, sizeof(what), "a tap of MTU %u in a bridge", sizes.mtu);
	return err ? explain(r, err, what, "please report this") : 0;
}

static int make_ports(struct wire *w, int rtnl, const char *bridge, struct wire_sizes sizes,
		      struct reply *r)
{
	static const char *const names[] = { "tap-a", "tap-b" };
	int err = 0;

	for (unsigned i = 0; i < 2 && !err; i++) {
		w->tap[i] = make_tap(names[i], r);
		err = w->tap[i] < 0 ? w->tap[i] : join(rtnl, names[i], bridge, sizes, r);
	}
	return err;
}

static int make(struct wire *w, struct wire_sizes sizes, struct reply *r)
{
	int err = enter_namespace(r), rtnl;

	if (!err)
		err = silence_ipv6(r);
	if (err)
		return err;
	rtnl = rtnl_open();
	if (rtnl < 0)
		return explain(r, rtnl, "rtnetlink", "the kernel needs CONFIG_NET");
	err = make_bridge(rtnl, "bridge", r);
	if (!err)
		err = make_ports(w, rtnl, "bridge", sizes, r);
	fd_close(&rtnl);
	return err;
}

/* ---- both of them ---- */

union control {
	char bytes[CMSG_SPACE(sizeof(((struct wire *)0)->tap))];
	struct cmsghdr align;
};

static void hand_over(int to, const struct wire *w, struct reply *r)
{
	union control control = { .bytes = { 0 } };
	struct iovec body = { r, sizeof(*r) };
	struct msghdr m = { .msg_iov = &body, .msg_iovlen = 1 };
	struct cmsghdr *c;

	if (!r->err) {
		m.msg_control = &control;
		m.msg_controllen = sizeof(control);
		c = CMSG_FIRSTHDR(&m);
		*c = (struct cmsghdr){ .cmsg_level = SOL_SOCKET,
				       .cmsg_type = SCM_RIGHTS,
				       .cmsg_len = CMSG_LEN(sizeof(w->tap)) };
		memcpy(CMSG_DATA(c), w->tap, sizeof(w->tap));
	}
	_exit(sendmsg(to, &m, 0) < 0);
}

static void take_over(int from, struct wire *w, struct reply *r)
{
	union control control = { .bytes = { 0 } };
	struct iovec body = { r, sizeof(*r) };
	struct msghdr m = { .msg_iov = &body,
			    .msg_iovlen = 1,
			    .msg_control = &control,
			    .msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(from, &m, MSG_CMSG_CLOEXEC);
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	if (n != sizeof(*r))
		r->err = explain(r, -ECHILD, "the process that makes the taps",
				 "it ended early; please report this");
	else if (!r->err && c && c->cmsg_len == CMSG_LEN(sizeof(w->tap)))
		memcpy(w->tap, CMSG_DATA(c), sizeof(w->tap));
	else if (!r->err)
		r->err = explain(r, -EMFILE, "the taps' descriptors", "allow more: ulimit -n");
}

static void run_helper(int pair[2], struct wire *w, struct wire_sizes sizes, struct reply *r)
{
	pid_t pid = fork();

	if (pid == 0) {
		r->err = make(w, sizes, r);
		hand_over(pair[1], w, r);
	}
	fd_close(&pair[1]);
	if (pid < 0) {
		r->err = explain(r, -errno, "fork", "allow more processes: ulimit -u");
		return;
	}
	take_over(pair[0], w, r);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* In a process of its own, so that the caller stays in the namespace it is in. */
static void ask_helper(struct wire *w, struct wire_sizes sizes, struct reply *r)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
		r->err = explain(r, -errno, "socketpair", "allow more files: ulimit -n");
		return;
	}
	run_helper(pair, w, sizes, r);
	fd_close(&pair[0]);
	fd_close(&pair[1]);
}

struct wire_sizes wire_sizes(uint32_t frame_max, uint32_t queue)
{
	uint32_t mtu = frame_max - ETH_HDR_BYTES;

	return (struct wire_sizes){ mtu > MTU_USUAL ? mtu : MTU_USUAL,
				    queue > QUEUE_USUAL ? queue : QUEUE_USUAL };
}

int wire_create(struct wire *w, uint32_t frame_max, uint32_t queue, char why[WIRE_WHY_BYTES])
{
	struct reply r = { .err = 0 };

	*w = WIRE_NONE;
	ask_helper(w, wire_sizes(frame_max, queue), &r);
	memcpy(why, r.why, sizeof(r.why));
	return r.err;
}

void wire_destroy(struct wire *w)
{
	for (unsigned i = 0; i < 2; i++)
		fd_close(&w->tap[i]);
}
