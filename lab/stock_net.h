// SPDX-License-Identifier: BSD-2-Clause
// The network of a stock Linux guest, as its process 1 sets it up and tries it.
#ifndef LAB_STOCK_NET_H
#define LAB_STOCK_NET_H

#include <stdint.h>

/*
 * eth0 gets 10.0.0.1 in guest a, 10.0.0.2 in guest b, which its MAC address tells. Which one it is,
 * 'a' or 'b'; or -errno (logged).
 */
int stock_net_up(void);

/* Guest a: a connection to guest b, for which it waits a minute or more. A socket, or -errno. */
int stock_net_connect(uint16_t port);

/* Guest b: a socket that listens, or -errno. */
int stock_net_listen(uint16_t port);

/*
 * Guest a sends so many bytes to guest b, which sends them back, by TCP; a compares them and says
 * how long it took. 0 or -errno (logged).
 */
int stock_net_try(int guest, uint64_t bytes);

#endif
