// SPDX-License-Identifier: BSD-2-Clause
// What a stock Linux guest does for `bench tcp`: a stream and round trips over TCP, measured, and
// told line by line (bench/tcp/said.h).
#ifndef LAB_STOCK_TCP_H
#define LAB_STOCK_TCP_H

struct tcp_work;

/*
 * Guest 'a' connects to guest 'b', which serves it until it goes. Prints what it has measured. 0 or
 * -errno (logged).
 */
int stock_tcp_run(int guest, const struct tcp_work *work);

#endif
