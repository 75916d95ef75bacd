#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# timeout: 240
#
# bench --trace and --trace=FILE: the words, the file as trace-cmd reads it, and tracefs as it was before. Where tracefs
# is not mounted, root gets one that nobody else sees.
set -u
here=$(dirname "$0")
# shellcheck source=tests/e2e/tap
. "$here/tap"

tracing=/sys/kernel/tracing
if [ ! -d $tracing/instances ] && [ -z "${TANDEM_TEST_TRACEFS-}" ] && unshare -m mount -t tracefs t $tracing 2>/dev/null; then
	rm -rf "$dir"
	# shellcheck disable=SC2016 # expanded inside
	TANDEM_TEST_TRACEFS=1 exec unshare -m sh -c 'mount -t tracefs t "$0" && exec sh "$1"' $tracing "$0"
fi

quick="$quick --no-noise-check"

# Where there is no tracefs: an empty directory in its place.
blind() {
	# shellcheck disable=SC2016 # expanded inside
	timeout "$patience" unshare -m sh -c 'for at in /sys/kernel/tracing /sys/kernel/debug; do
		mount --bind "$0" $at || exit 99; done; exec "$@"' "$dir/empty" "$TANDEM" "$@" >"$dir/out" 2>"$dir/err"
	status=$?
}

mkdir "$dir/empty"
if [ -d $tracing ] && unshare -m mount --bind "$dir/empty" $tracing 2>/dev/null; then
	# shellcheck disable=SC2086
	blind bench rr $quick --runs=1 --trace
	[ $status = 0 ] && grep -q 'trace: no tracefs .*; measuring without$' "$dir/err" && grep -q 'direct' "$dir/out"
	result $? "without tracefs: that is said, and it measures"
	# shellcheck disable=SC2086
	blind bench rr $quick --runs=1 --trace="$dir/never.dat"
	[ $status = 77 ] && grep -q 'trace: no tracefs .*as root)$' "$dir/err" && [ ! -s "$dir/out" ] &&
		[ ! -e "$dir/never.dat" ]
	result $? "a file that was asked for: then nothing is measured, and exit is 77"
else
	skip "without tracefs: that is said, and it measures" "no right to mount"
	skip "a file that was asked for: then nothing is measured, and exit is 77" "no right to mount"
fi
refuses "--trace=FILE where no file can be" "^tandem: --trace=$dir: not a regular file" bench rr --trace="$dir"
refuses "--trace=FILE in no directory" "^tandem: --trace=$dir/a/b: cannot be written: No such" bench rr --trace="$dir/a/b"
refuses "--trace= without a name" "needs a value" bench rr --trace=

if [ ! -w $tracing/instances ]; then
	skip "--trace: says who kept the slowest waiting" "no tracefs here"
	finish
fi

# What a tandem that is gone left: nobody has it locked.
leftovers() {
	find $tracing/instances -maxdepth 1 -name 'tandem-*' -exec flock -n {} echo {} \; 2>/dev/null
}

# All that a tracer could have changed for others.
host_state() {
	for f in tracing_on current_tracer trace_clock buffer_size_kb saved_cmdlines_size events/enable set_event; do
		echo "$f: $(cat $tracing/$f)"
	done
}

host_state >"$dir/before"

# shellcheck disable=SC2086
tandem bench rr --duration=0.5 --warmup=0.05 --runs=1 --no-noise-check --notify=deferred --trace
[ $status = 0 ] && grep -q 'the slowest notifications' "$dir/out" &&
	grep -q 'guest [ab]: [0-9]* us, \|no longer had' "$dir/out"
result $? "--trace: says who kept the slowest waiting"

# shellcheck disable=SC2086
tandem bench stream rr --duration=0.3 --warmup=0.05 --no-noise-check --runs=2 --notify=deferred --trace="$dir/out.dat" --json="$dir/out.json"
[ $status = 0 ] && grep -q 'the slowest notifications' "$dir/out" && [ "$(head -c 10 "$dir/out.dat" | tail -c 7)" = tracing ]
result $? "--trace=FILE: the same words, and the file"
[ "$(find "$dir" -name 'out.dat*')" = "$dir/out.dat" ]
result $? "nothing is left beside it"

if command -v trace-cmd >/dev/null; then
	trace-cmd report -i "$dir/out.dat" >"$dir/report" 2>"$dir/err"
	status=$?
	[ $status = 0 ] && [ ! -s "$dir/err" ] && head -n 1 "$dir/report" | grep -q '^cpus=[0-9]'
	result $? "trace-cmd reads it"
	[ "$(grep -c 'print: .*tandem: stream deferred: a run begins' "$dir/report")" = 2 ] &&
		[ "$(grep -c 'print: .*tandem: rr deferred: the run has ended' "$dir/report")" = 2 ]
	result $? "each run has its marks"
	# Times are seconds, in order, and the marks of a run are at least its length apart.
	awk '/tandem: .*: a run begins/ { begun = $3 + 0 }
		/tandem: .*: the run has ended/ { if ($3 - begun < 0.15 || $3 - begun > 60) bad++; runs++ }
		/^ / && NF > 4 && $3 + 0 < last { bad++ }
		/^ / && NF > 4 { last = $3 + 0 }
		END { exit bad || runs != 4 }' "$dir/report"
	result $? "its times are seconds, and ascend"
	grep -q '^ *tandem-b[a-z]*-[0-9]* .* sched_switch: ' "$dir/report" &&
		grep -q ' sched_waking: .*comm=tandem-cpu[0-9]' "$dir/report"
	result $? "it has the worker's wake-ups and who ran, by name"
	grep -q ' workqueue_execute_start: .* function [a-z_]' "$dir/report" &&
		! grep -q ' workqueue_execute_start: .* function 0x' "$dir/report"
	result $? "work items have the names of their functions"
else
	for name in "trace-cmd reads it" "each run has its marks" "its times are seconds, and ascend" \
		"it has the worker's wake-ups and who ran, by name" "work items have the names of their functions"; do
		skip "$name" "no trace-cmd"
	done
fi

# By its number: another tandem may trace, too.
# shellcheck disable=SC2317 # wait_until calls them
instance() { find "/proc/$pid/fd" -lname "$tracing/instances/tandem-*" -exec readlink {} \; 2>/dev/null; }
# shellcheck disable=SC2317
measures() { grep -q 1 "$(instance)/tracing_on" 2>/dev/null; }

"$TANDEM" bench rr --duration=20 --trace="$dir/cut.dat" >"$dir/out" 2>"$dir/err" &
pid=$!
wait_until 200 measures
began=$?
kill -TERM $pid
wait $pid
status=$?
[ $began = 0 ] && [ $status = 130 ] && [ "$(head -c 10 "$dir/cut.dat" | tail -c 7)" = tracing ] &&
	[ "$(tail -c 4096 "$dir/cut.dat" | tr -d '\0' | wc -c)" -gt 8 ]
result $? "a run that a signal ends: the file has what there was"
[ -z "$(leftovers)" ]
result $? "no instance is left, after a signal either"

"$TANDEM" bench rr --duration=20 --trace >"$dir/out" 2>"$dir/err" &
pid=$!
wait_until 200 measures
kill -KILL $pid
wait $pid 2>/dev/null
has_leftovers() { [ -n "$(leftovers)" ]; }
wait_until 100 has_leftovers # its child has the lock, too, until it has noticed
killed=$?
# shellcheck disable=SC2086
tandem bench rr $quick --runs=1 --trace
[ $killed = 0 ] && [ $status = 0 ] && ! has_leftovers
result $? "what a killed one left is gone after the next"

host_state >"$dir/after"
diff "$dir/before" "$dir/after" >"$dir/err"
result $? "tracefs is as it was"
finish
