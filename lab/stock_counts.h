// SPDX-License-Identifier: BSD-2-Clause
// What a stock Linux guest's kernel counts: interrupts of its network device, events of its TCP.
#ifndef LAB_STOCK_COUNTS_H
#define LAB_STOCK_COUNTS_H

#include <stdint.h>

/* Of /proc/interrupts: those of virtio devices, of all CPUs. */
uint64_t stock_count_interrupts(const char *text);

/*
 * Of /proc/net/snmp or /proc/net/netstat: the counter of that name in a group ("TcpExt",
 * "TCPTimeouts"). 0, too, where this kernel has none.
 */
uint64_t stock_count_net(const char *text, const char *group, const char *name);

#endif
