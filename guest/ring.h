// SPDX-License-Identifier: BSD-2-Clause
// Driver half of a virtqueue: of the three kinds of ring, the one that this file is compiled for.
#ifndef GUEST_RING_H
#define GUEST_RING_H

/*
 * What kind of ring was negotiated is asked once, not for every frame: the workloads are compiled
 * once for each (streams_*.c, trips_*.c). All kinds have the same steps under the same names.
 */
#if defined(OVER_PACKED)
#include "ring_packed.h"
#elif defined(OVER_FLAGS)
#include "ring_flags.h"
#else
#include "ring_split.h"
#endif

#endif
