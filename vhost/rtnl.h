// SPDX-License-Identifier: BSD-2-Clause
// Requests of rtnetlink about one network interface: as much of it as a bridge with ports takes.
#ifndef VHOST_RTNL_H
#define VHOST_RTNL_H

#include <linux/rtnetlink.h>
#include <stddef.h>
#include <stdint.h>

#define RTNL_ATTR_BYTES 256u

struct rtnl_request {
	struct nlmsghdr head;
	struct ifinfomsg link;
	uint8_t attr[RTNL_ATTR_BYTES];
};

/* A socket for requests about the calling thread's network namespace, or -errno. */
int rtnl_open(void);

/* Begins a request that makes a link (index 0) or changes one; it is up afterwards. */
void rtnl_begin(struct rtnl_request *r, unsigned index);

void rtnl_put(struct rtnl_request *r, unsigned short type, const void *data, size_t bytes);
void rtnl_put_text(struct rtnl_request *r, unsigned short type, const char *text);
void rtnl_put_u32(struct rtnl_request *r, unsigned short type, uint32_t v);

/* What is put between the two lies within the attribute. */
struct rtattr *rtnl_nest(struct rtnl_request *r, unsigned short type);
void rtnl_nest_end(struct rtnl_request *r, struct rtattr *nest);

/* Sends it and waits for the kernel's answer. 0 or -errno. */
int rtnl_ask(int fd, const struct rtnl_request *r);

#endif
