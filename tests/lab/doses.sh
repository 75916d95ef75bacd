#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# One dose pair whose verdict is known: a worker waits for the producer's slice under lazy, and not under full. One
# CPU and counted instructions, so that this machine's load is not in it.
# timeout: 480
# shellcheck disable=SC1091,SC2154,SC2034 # dir and status come from here
. "${TANDEM_SRC:?run me through make}/tests/lab/tap"
need_lab x86_64

lab --deterministic --kernels=newest --preempt=full,lazy --timeout=230 --json="$dir/doses.json" -- bench stream \
	--slice=default,6x --notify=deferred --producer=sqpoll --accel=thread --frame=1500 --window=16 \
	--runs=3 --duration=0.1 --warmup=0.05 --no-noise-check
expect "lazy: the wait follows the slice" 0 "^preempt lazy: shown\. worker on the producer's CPU"
expect "full: it does not" 0 "^preempt full: absent\. worker on the producer's CPU"
expect "the slice is said, and how it ends" 0 'slice  *base 0.7 ms (debugfs sched/base_slice_ns), HRTICK on'
grep -q '"finding": "shown"' "$dir/doses.json" && grep -q '"finding": "absent"' "$dir/doses.json"
result $? "the results file has both verdicts"
"$TANDEM" compare "$dir/doses.json" "$dir/doses.json" --old='full' --new='lazy' >"$dir/out" 2>"$dir/err"
[ "$(grep -c 'slice=' "$dir/out")" -ge 2 ]
result $? "compare holds each dose against its own"
finish
