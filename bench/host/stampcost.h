// SPDX-License-Identifier: BSD-2-Clause
// What it costs the host to record one notification.
#ifndef BENCH_HOST_STAMPCOST_H
#define BENCH_HOST_STAMPCOST_H

/*
 * ns for t0, t1 and t2 of one notification, the clock's reading included. Takes less than a
 * millisecond.
 */
double stampcost_ns(void);

#endif
