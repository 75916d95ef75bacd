#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# --slice and `bench lazy` where the slice cannot be changed: refused with a way out, or measured as the host is.
set -u
here=$(dirname "$0")
# shellcheck source=tests/e2e/tap
. "$here/tap"

good=0
for value in '' ',' 1 2 0x -2x 2y x 50us 2s 1e9x default,,5 'nan' 2.8 2.8msx 1234567890123456us; do
	tandem bench rr --slice="$value"
	if [ $status != 2 ] || ! grep -q -- "--slice=.*give" "$dir/err"; then
		echo "# --slice='$value': status $status"
		good=1
	fi
done
result $good "a slice that is none is wrong usage"

tandem bench lazy --duration=0.05 --warmup=0 --runs=1 --accel=thread --slice=current --no-noise-check --json="$dir/out.json"
[ $status = 0 ] && grep -q 'control fifo\|fifo' "$dir/out" && ! grep -q 'the mean wait' "$dir/out"
result $? "bench lazy --slice=current measures its cells, and has no dose table"
tandem bench lazy --producer=user
[ $status = 2 ] && grep -q 'bench lazy: --producer is not an option here' "$dir/err"
result $? "bench lazy has a set of its own"

if [ -w /sys/kernel/debug/sched/base_slice_ns ]; then
	skip "no right to change the slice: 77, with a way out" "it may be changed here"
	skip "bench lazy without that right says so" "it may be changed here"
else
	tandem bench rr --slice=default,2x --duration=0.05
	[ $status = 77 ] && grep -q -- '--slice: .*\(tandem lab\|mount -t debugfs\)' "$dir/err"
	result $? "no right to change the slice: 77, with a way out"
	tandem bench lazy --duration=0.05 --warmup=0 --runs=1 --accel=thread --no-noise-check
	[ $status = 0 ] && grep -q 'without a verdict.*tandem lab -- bench lazy' "$dir/err"
	result $? "bench lazy without that right says so"
fi
finish
