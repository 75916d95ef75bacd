#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# What whoever starts us leaves us: signals that are ignored, outputs that nobody reads or that are full.
set -u
here=$(dirname "$0")
# shellcheck source=tests/e2e/tap
. "$here/tap"
# shellcheck source=tests/e2e/processes
. "$here/processes"

direct="--notify=direct --no-noise-check"

# ignoring SIGNAL COMMAND...: in place of this (sub)shell.
ignoring() {
	trap '' "$1"
	shift
	exec "$@"
}

# ---- SIGCHLD, which not every shell can ignore

if env --ignore-signal=CHLD true 2>/dev/null; then
	# shellcheck disable=SC2086
	timeout -k 1 "$patience" env --ignore-signal=CHLD "$TANDEM" bench rr $quick $direct >"$dir/out" 2>"$dir/err"
	status=$?
	[ $status = 0 ] && grep -q 'trips/s' "$dir/out"
	result $? "SIGCHLD ignored: bench ends, with a table"
else
	skip "SIGCHLD ignored: bench ends, with a table" "no env --ignore-signal"
fi

# ---- nohup, and a shell's &

signals=HUP
is_quick || signals="HUP INT QUIT"
for signal in $signals; do
	# shellcheck disable=SC2086
	(ignoring $signal "$dir/tandem-e2e" bench stream --accel=thread --duration=2.5 --warmup=0 $direct \
		--json="$dir/$signal.json") >"$dir/out" 2>"$dir/err" &
	# shellcheck disable=SC2034 # for ends
	pid=$!
	wait_guests
	sleep 0.3
	for each in $(children); do
		kill -s $signal "$each" 2>/dev/null
	done
	ends "SIG$signal ignored from the start"
	[ $status = 0 ] && ! grep -q 'cut short' "$dir/err" && grep -q '"cut_short": false' "$dir/$signal.json"
	result $? "SIG$signal ignored from the start: it stays so, and nothing is cut short"
	wait_nobody
done

# ---- closed standard streams: what is opened next gets their numbers

"$dir/tandem-e2e" run --accel=thread --notify=direct --duration=20 <&- >&- 2>&- &
pid=$!
wait_guests
names=$(for fd in 0 1 2; do readlink "/proc/$pid/fd/$fd"; done)
[ "$names" = "/dev/null
/dev/null
/dev/null" ]
result $? "closed standard streams: nothing of ours has their numbers"
kill "$pid"
wait "$pid"
wait_nobody
# shellcheck disable=SC2086
"$TANDEM" bench rr $quick $direct --accel=thread --json="$dir/closed.json" <&- >&- 2>&-
status=$?
[ $status = 1 ] && grep -q '"ok": true' "$dir/closed.json"
result $? "closed standard streams: results in their file; the table is missed, exit 1"
"$TANDEM" version >&- 2>"$dir/err"
status=$?
[ $status = 1 ] && grep -q 'standard output: Bad file descriptor' "$dir/err"
result $? "closed standard output: exit 1, saying so"

# ---- nobody reads standard output

# unread COMMAND...: its standard output is a pipe whose reader is gone after the first line.
unread() {
	{
		timeout -k 1 "$patience" "$TANDEM" "$@" 2>"$dir/err"
		echo $? >"$dir/status"
	} | sed 1q >"$dir/out"
	status=$(cat "$dir/status")
}

# nothing is said but warnings of a noisy host
quiet() { ! grep -v 'warning: noise' "$dir/err" | grep -q .; }

# shellcheck disable=SC2086
unread bench rr $quick $direct --accel=thread --json="$dir/unread.json"
[ $status = 0 ] && quiet && [ "$(tail -n 1 "$dir/unread.json")" = "}" ]
result $? "bench: nobody reads the table: the results are in the file, and nothing is said"
if ! is_quick; then
	unread bench table --duration=0.05 --warmup=0 --no-noise-check --accel=thread --json="$dir/unread-table.json"
	[ $status = 0 ] && [ "$(tail -n 1 "$dir/unread-table.json")" = "}" ]
	result $? "bench table: the same"
	unread bench pool --items=200 --json="$dir/unread-pool.json"
	[ $status = 0 ] && quiet && [ "$(tail -n 1 "$dir/unread-pool.json")" = "}" ]
	result $? "bench pool: the same"
	unread bench crowd tas --accel=thread --ratio=1 --duration=0.1 --warmup=0 --json="$dir/unread-crowd.json"
	[ $status = 0 ] && quiet && [ "$(tail -n 1 "$dir/unread-crowd.json")" = "}" ]
	result $? "bench crowd: the same"
fi
unread run --accel=thread --duration=40
[ $status = 0 ] && quiet && [ "$(wc -l <"$dir/out")" = 1 ]
result $? "run: nobody reads: it ends, and nothing is said"
# shellcheck disable=SC2086
unread bench rr $quick $direct --accel=thread --json=-
[ $status = 0 ] && [ "$(cat "$dir/out")" = "{" ] && ! grep -q 'json=-' "$dir/err"
result $? "--json=-: nobody reads to the end: nothing is said"
wrong=0
for format in html text markdown csv json; do
	unread report "$dir/unread.json" --format=$format
	[ $status = 0 ] && quiet || wrong=1
done
result $wrong "report: the same, in every format"
wrong=0
for format in text markdown csv json; do
	unread compare "$dir/unread.json" "$dir/unread.json" --format=$format
	[ $status = 0 ] && ! grep -qi pipe "$dir/err" || wrong=1
done
result $wrong "compare: the same, in every format"
unread help bench
[ $status = 0 ] && quiet
result $? "help: the same"

# ---- standard output is full

# full COMMAND...: exit 1 and one line that names it.
full() {
	timeout -k 1 "$patience" "$TANDEM" "$@" >/dev/full 2>"$dir/err"
	status=$?
	[ $status = 1 ] && [ "$(grep "^tandem: " "$dir/err" | grep -vc "warning: noise")" = 1 ] &&
		grep -q 'standard output\|writing the output\|--format' "$dir/err"
	result $? "$1: standard output is full: exit 1, naming it"
}

# shellcheck disable=SC2086
full bench rr $quick $direct --accel=thread --json="$dir/full.json"
[ "$(tail -n 1 "$dir/full.json")" = "}" ]
result $? "bench: standard output is full: the results are in the file"
# shellcheck disable=SC2086
full bench rr $quick $direct --accel=thread --format=csv
is_quick || {
	full bench pool --items=200
	full bench crowd tas --accel=thread --ratio=1 --duration=0.1 --warmup=0
}
full report "$dir/unread.json"
full compare "$dir/unread.json" "$dir/unread.json"
full doctor
full version

finish
