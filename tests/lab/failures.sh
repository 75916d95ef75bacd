#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# What goes wrong inside the lab or around it is told apart, and nothing is left behind.
# timeout: 300
# shellcheck disable=SC1091,SC2154,SC2034 # dir and status come from here
. "${TANDEM_SRC:?run me through make}/tests/lab/tap"
native x86_64 || skip_all "written for an x86_64 machine"
need_lab x86_64
TMPDIR=$dir/tmp
mkdir "$TMPDIR"
export TMPDIR

empty() { # is the lab's temporary directory gone, and its emulator, which works in it?
	[ -z "$(ls -A "$TMPDIR")" ] || return
	for cwd in /proc/[0-9]*/cwd; do
		case $(readlink "$cwd") in
		"$TMPDIR"*) return 1 ;;
		esac
	done
}

in_sh() { # in_sh SCRIPT [LAB OPTION...]
	script=$1
	shift
	lab --add=/bin/sh --add=/bin/cat "$@" -- exec /bin/sh -c "$script"
}

head -c 20000000 /dev/urandom >"$dir/big"
lab --add=/bin/cat --add="$dir/big:/big" -- exec /bin/cat /big
cmp -s "$dir/big" "$dir/out"
result $? "20 MB of output come back whole"

in_sh 'echo to stderr >&2; echo to stdout; exit 3'
[ "$status" = 3 ] && [ "$(cat "$dir/out")" = "to stdout" ] && grep -q "^to stderr" "$dir/err"
result $? "status, stdout and stderr of the command come back"

if [ -x /bin/busybox ]; then
	printf 'uname -r; tty\nls -1d /sys/kernel/debug/sched /sys/kernel/tracing/events\nexit 7\n' |
		"$TANDEM" lab --shell >"$dir/out" 2>"$dir/err"
	status=$?
	[ $status = 7 ] && grep -q "^7\." "$dir/out" && grep -q "^/dev/hvc0" "$dir/out" &&
		grep -q "^/sys/kernel/debug/sched" "$dir/out" && grep -q "^/sys/kernel/tracing/events" "$dir/out"
	result $? "a shell inside has a terminal, debugfs and tracefs; its status comes back"
else
	skip "a shell inside has a terminal, debugfs and tracefs; its status comes back" "no busybox here"
fi

in_sh 'kill -SEGV $$'
expect "a command that dies of a signal" 139 "status 139"

in_sh 'echo begun; echo c >/proc/sysrq-trigger'
expect "a panic while the command runs" 1 "panicked while the command ran"
grep -q "console:.*sysrq" "$dir/err" && grep -q "^begun" "$dir/err" && [ ! -s "$dir/out" ]
result $? "a panic shows the last console lines, and half an output on stderr alone"

in_sh 'echo o >/proc/sysrq-trigger; while :; do :; done'
expect "a machine that powers off early" 1 "stopped without a result while the command ran"

in_sh 'echo begun; while :; do :; done' --timeout=$((15 * ${TANDEM_TEST_SLOWNESS:-1}))
expect "a hang ends at the time limit" 1 "took too long"
grep -q "^begun" "$dir/err" && [ ! -s "$dir/out" ]
result $? "what came before it is on stderr"

in_sh "exit 0" --add=/bin/true --append=rdinit=/bin/true
expect "an init that fails" 1 "before the command began"

image=$(find "${XDG_CACHE_HOME:-$HOME/.cache}/tandem/lab/kernels.3/amd64" -path '*/7.*cloud*/image' |
	head -n 1)
if [ -n "$image" ]; then
	lab --kernel="$image" --add=/bin/sh -- exec /bin/sh -c '[ ! -e /dev/kvm ]'
	expect "a kernel without KVM is said" 0 "no /dev/kvm inside"
fi

in_sh 'exit 0' --kernels=newest --preempt=voluntary
case $(cat "$dir/list") in
*linux-image-7*) expect "a mode that the kernel has not" 77 "not in preemption mode voluntary" ;;
esac

empty
result $? "nothing is left behind by any of these"

"$TANDEM" lab --add=/bin/sh -- exec /bin/sh -c 'while :; do :; done' >"$dir/out" 2>"$dir/err" &
pid=$!
sleep 3
kill -TERM $pid
wait $pid
[ $? = 143 ] && empty
result $? "a signal ends it, and it cleans up first"

# As a terminal has it: a process group of its own, and all of it gets the signal, which a shell's & would have
# it ignore.
setsid env --default-signal=INT "$TANDEM" lab --add=/bin/sh -- exec /bin/sh -c 'while :; do :; done' >"$dir/out" 2>"$dir/err" &
pid=$!
sleep 3
kill -s INT -- -$pid
wait $pid
[ $? = 130 ] && empty
result $? "so does Ctrl-C"

"$TANDEM" lab --add=/bin/sh -- exec /bin/sh -c 'while :; do :; done' >"$dir/out" 2>"$dir/err" &
pid=$!
sleep 3
kill -KILL $pid
wait $pid 2>/dev/null
sleep 1
in_sh 'exit 0'
[ "$status" = 0 ] && empty
result $? "the next lab removes what a killed one left"

"$TANDEM" lab --add=/bin/sh -- exec /bin/sh -c 'echo one' >"$dir/one" 2>"$dir/one.err" &
pid=$!
in_sh 'echo two'
wait $pid && [ "$(cat "$dir/one")" = one ] && [ "$(cat "$dir/out")" = two ]
result $? "two labs at once"
finish
