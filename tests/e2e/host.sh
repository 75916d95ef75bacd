#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# What this host is and gives: told by bench and doctor as it is. Conditions that the machine does not have are played.
set -u
here=$(dirname "$0")
# shellcheck source=tests/e2e/tap
. "$here/tap"

bench="bench stream --accel=thread --notify=direct --duration=0.1 --warmup=0 --no-noise-check"

# ---- the share of the CPUs

# under NAME TEXT COMMAND...: bench started by the command warns of TEXT, and prints it with the conditions.
under() {
	name=$1 text=$2
	shift 2
	if ! "$@" true 2>/dev/null; then
		skip "$name is said" "$1 does not work here"
		return
	fi
	# shellcheck disable=SC2086 # words
	"$@" "$TANDEM" $bench --json="$dir/out.json" >"$dir/out" 2>"$dir/err"
	status=$?
	[ $status = 0 ] && grep -q "^share .*$text" "$dir/out" && grep -q "warning: .*share.*$text" "$dir/err"
	result $? "$name is said"
}

under "an inherited nice value" "nice 5" nice -n 5
under "SCHED_BATCH" "policy batch" chrt --batch 0
under "SCHED_IDLE" "policy idle" chrt --idle 0

# played FILE TEXT COMMAND...: with that file of sysfs saying so, in a mount namespace of its own.
played() {
	echo "$2" >"$dir/played"
	played=$1
	shift 2
	# shellcheck disable=SC2016 # for the inner shell
	unshare -m sh -c 'mount --bind "$1" "$2" || exit 99; shift 2; exec "$@"' sh "$dir/played" "$played" "$@"
}

cpu=/sys/devices/system/cpu
if [ "$(nproc)" -lt 2 ]; then
	skip "the backend does not land on a slow core" "one CPU"
elif [ ! -e $cpu/cpu0/cpu_capacity ] || ! played $cpu/cpu1/cpu_capacity 300 true 2>/dev/null; then
	skip "the backend does not land on a slow core" "no cpu_capacity to play with (root, on Linux 6.12 or later)"
else
	# shellcheck disable=SC2086 # words
	played $cpu/cpu1/cpu_capacity 300 taskset -c 0,1 "$TANDEM" $bench --json="$dir/slow.json" \
		>"$dir/out" 2>"$dir/err"
	status=$?
	[ $status = 0 ] && grep -q '"backend": "0"' "$dir/slow.json" && grep -q '"fast": "0"' "$dir/slow.json" &&
		grep -q 'warning:.*mixed cores (cpu_capacity 300 to 1024)' "$dir/err"
	result $? "the backend does not land on a slow core"
fi

# ---- limits

# shellcheck disable=SC3045 # every sh that Debian has knows it
(ulimit -n 16 && "$TANDEM" doctor) >"$dir/out" 2>"$dir/err"
status=$?
grep -q 'WARN  open files   16 .*ulimit -n' "$dir/out"
result $? "doctor names a low limit on open files"

# ---- doctor's forms

tandem doctor --json
if ! grep -q '"verdict": "FAIL"' "$dir/out"; then
	[ $status = 0 ]
elif grep -A1 '"check": "io_uring"' "$dir/out" | grep -q FAIL; then
	[ $status = 77 ]
else
	[ $status = 1 ]
fi
result $? "doctor exits 1 when a FAIL is there, 77 without io_uring"
grep -q '"schema": "tandem-doctor/1"' "$dir/out" && grep -q "\"exit\": $status" "$dir/out" &&
	[ "$(grep -c '"check":' "$dir/out")" -ge 10 ] &&
	[ "$(grep -c '"check":' "$dir/out")" = "$(grep -c -E '"verdict": "(PASS|WARN|FAIL)"' "$dir/out")" ]
result $? "doctor --json has all checks"
if command -v python3 >/dev/null; then
	python3 -c 'import json, sys; json.load(sys.stdin)' <"$dir/out"
	result $? "doctor --json is JSON"
else
	skip "doctor --json is JSON" "no python3"
fi
tandem doctor
! grep -q "$(printf '\033')" "$dir/out"
result $? "doctor prints no colours where there is no terminal"

finish
