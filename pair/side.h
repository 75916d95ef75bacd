// SPDX-License-Identifier: BSD-2-Clause
// One guest of a pair: its memory, device, doorbells, machine.
#ifndef PAIR_SIDE_H
#define PAIR_SIDE_H

#include "pair/control.h"
#include "pair/guest.h"
#include "pair/nic.h"
#include "pair/stock.h"
#include "virtio/mmio.h"
#include "virtio/net.h"

struct backend;

struct side {
	const char *name; /* "a", "b" */
	unsigned index;
	struct backend *backend;
	struct gmem mem;
	struct virtio_device dev;
	struct virtio_mmio mmio;
	struct nic nic; /* with PCI, in its place */
	int kick_fd[NET_QUEUES];
	int call_fd;
	int tx_call_fd; /* PCI: the transmit queue has a vector of its own */
	int echo_fd;
	int attach_err; /* -errno: the host could not attach its device */
	struct control control;
	const struct guest_ops *guest;
	struct stock stock; /* of a Linux guest */
	struct machine machine;
};

#endif
