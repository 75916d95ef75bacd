#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# timeout: 240
#
# --trace=FILE of a subcommand: the events of each boot come back, and trace-cmd reads them.
# shellcheck disable=SC1091,SC2154,SC2034 # dir and status come from here
. "${TANDEM_SRC:?run me through make}/tests/lab/tap"
need_lab x86_64

lab --smp=1 --kernels=newest --preempt=full,lazy -- bench rr --notify=deferred --accel=thread --runs=1 \
	--duration=0.2 --warmup=0.05 --no-noise-check --trace="$dir/out.dat"
expect "the words are printed" 0 'the slowest notifications'
[ "$(cd "$dir" && ls out*.dat)" = "$(printf 'out-full.dat\nout-lazy.dat')" ] &&
	grep -q 'lab: the events are in .*/out-lazy.dat' "$dir/err"
result $? "each mode's events are in a file of its own"
if command -v trace-cmd >/dev/null; then
	for mode in full lazy; do
		trace-cmd report -i "$dir/out-$mode.dat" >"$dir/report" 2>&1 &&
			grep -q 'print: .*tandem: rr deferred: a run begins' "$dir/report" &&
			grep -q ' sched_waking: .*comm=tandem-cpu[0-9]' "$dir/report"
		result $? "trace-cmd reads those of $mode"
	done
else
	skip "trace-cmd reads them" "no trace-cmd here"
fi
lab --smp=1 --kernels=newest --preempt=full -- bench rr --accel=thread --trace=/nonexistent/out.dat
expect "a file that cannot be is refused before a boot" 2 'trace=/nonexistent/out.dat: cannot be written'
finish
