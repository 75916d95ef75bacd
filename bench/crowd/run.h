// SPDX-License-Identifier: BSD-2-Clause
// The crowd's rows: each once in every round.
#ifndef BENCH_CROWD_RUN_H
#define BENCH_CROWD_RUN_H

struct crowd_bench;

/* All rows, `runs` rounds of them. 0; -EIO: one failed; -ENOSYS: this host lacks something;
 * -EACCES: a thread made a system call that its filter has not (all logged). */
int crowd_bench_run(struct crowd_bench *b);

#endif
