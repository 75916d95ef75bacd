// SPDX-License-Identifier: BSD-2-Clause
// Requests of rtnetlink about one network interface.
#include "vhost/rtnl.h"

#include <assert.h>
#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int rtnl_open(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	return fd < 0 ? -errno : fd;
}

void rtnl_begin(struct rtnl_request *r, unsigned index)
{
	*r = (struct rtnl_request){
		.head = { .nlmsg_len = NLMSG_LENGTH(sizeof(r->link)),
			  .nlmsg_type = RTM_NEWLINK,
			  .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK },
		.link = { .ifi_family = AF_UNSPEC,
			  .ifi_index = (int)index,
			  .ifi_flags = IFF_UP,
			  .ifi_change = IFF_UP },
	};
	if (!index)
		r->head.nlmsg_flags |= NLM_F_CREATE | NLM_F_EXCL;
}

static struct rtattr *add(struct rtnl_request *r, unsigned short type, size_t bytes)
{
	size_t at = NLMSG_ALIGN(r->head.nlmsg_len);
	struct rtattr *a = (struct rtattr *)(void *)((uint8_t *)r + at);

	assert(at + RTA_SPACE(bytes) <= sizeof(*r));
	a->rta_type = type;
	a->rta_len = (unsigned short)RTA_LENGTH(bytes);
	r->head.nlmsg_len = (uint32_t)(at + RTA_SPACE(bytes));
	return a;
}

void rtnl_put(struct rtnl_request *r, unsigned short type, const void *data, size_t bytes)
{
	memcpy(RTA_DATA(add(r, type, bytes)), data, bytes);
}

void rtnl_put_text(struct rtnl_request *r, unsigned short type, const char *text)
{
	rtnl_put(r, type, text, strlen(text) + 1);
}

void rtnl_put_u32(struct rtnl_request *r, unsigned short type, uint32_t v)
{
	rtnl_put(r, type, &v, sizeof(v));
}

struct rtattr *rtnl_nest(struct rtnl_request *r, unsigned short type)
{
	return add(r, type, 0);
}

void rtnl_nest_end(struct rtnl_request *r, struct rtattr *nest)
{
	nest->rta_len = (unsigned short)((uint8_t *)r + r->head.nlmsg_len - (uint8_t *)nest);
}

int rtnl_ask(int fd, const struct rtnl_request *r)
{
	struct {
		struct nlmsghdr head;
		struct nlmsgerr error;
		uint8_t more[RTNL_ATTR_BYTES + sizeof(*r)]; /* the request once more, and words */
	} answer;
	ssize_t n = send(fd, r, r->head.nlmsg_len, 0);

	if (n >= 0)
		n = recv(fd, &answer, sizeof(answer), 0);
	if (n < 0)
		return -errno;
	if ((size_t)n < NLMSG_LENGTH(sizeof(answer.error)) || answer.head.nlmsg_type != NLMSG_ERROR)
		return -EPROTO;
	return answer.error.error;
}
