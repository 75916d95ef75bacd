// SPDX-License-Identifier: BSD-2-Clause
// The network of a stock Linux guest.
#include "lab/stock_net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/fd.h"
#include "lib/log.h"

#define INTERFACE "eth0"
#define PORT 7 /* echo */
#define PIECE 16384u
#define PATIENCE_TENTHS 600

static struct sockaddr_in address(int guest, uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port) };

	a.sin_addr.s_addr = htonl(0x0a000000u | (uint32_t)(guest - 'a' + 1));
	return a;
}

static int ask(int fd, unsigned long request, struct ifreq *r)
{
	return ioctl(fd, request, r) < 0 ? log_errno(-errno, "guest: " INTERFACE) : 0;
}

static int set_address(int fd, unsigned long request, struct sockaddr_in a)
{
	struct ifreq r = { .ifr_name = INTERFACE };

	memcpy(&r.ifr_addr, &a, sizeof(a));
	return ask(fd, request, &r);
}

static int set_up(int fd)
{
	struct ifreq r = { .ifr_name = INTERFACE };
	struct sockaddr_in mask = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0xffffff00u) };
	int err = ask(fd, SIOCGIFHWADDR, &r), guest = r.ifr_hwaddr.sa_data[5];

	if (!err && guest != 'a' && guest != 'b')
		err = log_errno(-ENODEV, "guest: " INTERFACE ": its MAC address is of no guest");
	if (!err)
		err = set_address(fd, SIOCSIFADDR, address(guest, 0));
	if (!err)
		err = set_address(fd, SIOCSIFNETMASK, mask);
	r.ifr_flags = IFF_UP | IFF_RUNNING;
	if (!err)
		err = ask(fd, SIOCSIFFLAGS, &r);
	return err ? err : guest;
}

int stock_net_up(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), guest;

	if (fd < 0)
		return log_errno(-errno, "guest: socket");
	guest = set_up(fd);
	fd_close(&fd);
	return guest;
}

/* Any two pieces of it differ. */
static uint8_t byte_at(uint64_t i)
{
	return (uint8_t)(i ^ i >> 8 ^ i >> 16);
}

static int send_all(int fd, uint64_t bytes)
{
	uint8_t piece[PIECE];
	int err = 0;

	for (uint64_t at = 0; at < bytes && !err; at += sizeof(piece)) {
		uint64_t n = bytes - at < sizeof(piece) ? bytes - at : sizeof(piece);

		for (uint64_t i = 0; i < n; i++)
			piece[i] = byte_at(at + i);
		err = fd_write_all(fd, piece, n);
	}
	return err;
}

/* 0: all came, and as it was sent. */
static int compare_all(int fd, uint64_t bytes)
{
	uint8_t piece[PIECE];
	uint64_t at = 0;
	ssize_t n;

	while (at < bytes && (n = read(fd, piece, sizeof(piece))) > 0)
		for (ssize_t i = 0; i < n; i++)
			if (piece[i] != byte_at(at++))
				return -EBADMSG;
	return at == bytes ? 0 : -EPIPE;
}

static int connect_to_b(int fd, uint16_t port)
{
	struct sockaddr_in b = address('b', port);
	struct timespec tenth = { .tv_nsec = 100000000 };
	int err = -ETIMEDOUT;

	for (unsigned i = 0; i < PATIENCE_TENTHS && err; i++) {
		err = connect(fd, (struct sockaddr *)&b, sizeof(b)) < 0 ? -errno : 0;
		if (err)
			nanosleep(&tenth, NULL);
	}
	return err;
}

int stock_net_connect(uint16_t port)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int err = fd < 0 ? -errno : connect_to_b(fd, port);

	if (!err)
		return fd;
	fd_close(&fd);
	return err;
}

int stock_net_listen(uint16_t port)
{
	struct sockaddr_in b = address('b', port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), err;

	if (fd >= 0 && bind(fd, (struct sockaddr *)&b, sizeof(b)) == 0 &&
	    listen(fd, SOMAXCONN) == 0)
		return fd;
	err = -errno;
	fd_close(&fd);
	return err;
}

static void say_result(int fd, uint64_t bytes, uint64_t took_ns)
{
	struct tcp_info info = { 0 };
	socklen_t n = sizeof(info);

	getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &n);
	printf("tandem: tcp: %" PRIu64 " bytes there and back in %.3f s, all as they were sent, "
	       "%u retransmitted\n",
	       bytes, (double)took_ns / 1e9, info.tcpi_total_retrans);
	fflush(stdout);
}

/* A process of its own sends, so that neither side waits for room while the other does. */
static int send_and_compare(int fd, uint64_t bytes)
{
	uint64_t start = clock_mono_ns();
	pid_t sender = fork();
	int err;

	if (sender < 0)
		return -errno;
	if (!sender)
		_exit(send_all(fd, bytes) != 0);
	err = compare_all(fd, bytes);
	waitpid(sender, NULL, 0);
	if (!err)
		say_result(fd, bytes, clock_mono_ns() - start);
	return err;
}

static int echo_one(int door)
{
	int with = accept4(door, NULL, NULL, SOCK_CLOEXEC), err = 0;
	char piece[PIECE];
	ssize_t n;

	if (with < 0)
		return -errno;
	while (!err && (n = read(with, piece, sizeof(piece))) > 0)
		err = fd_write_all(with, piece, (size_t)n);
	fd_close(&with);
	return err;
}

int stock_net_try(int guest, uint64_t bytes)
{
	int fd = guest == 'a' ? stock_net_connect(PORT) : stock_net_listen(PORT), err;

	if (fd < 0)
		return log_errno(fd, "guest: tcp");
	err = guest == 'a' ? send_and_compare(fd, bytes) : echo_one(fd);
	fd_close(&fd);
	return err ? log_errno(err, "guest: tcp") : 0;
}
