#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# --producer=vhost-net where the host has it not, and what it refuses. Where it has: tests/lab/vhost_net.sh.
# timeout: 120
set -u
here=$(dirname "$0")
# shellcheck source=tests/e2e/tap
. "$here/tap"

stream="bench stream --accel=thread --notify=direct --duration=0.2 --warmup=0 --no-noise-check"

# shellcheck disable=SC2086 # words
refuses "a frame that no tap takes" "a tap without GSO takes frames of at most 65535 bytes; use --frame=65535" \
	$stream --producer=vhost-net --frame=65536
# shellcheck disable=SC2086 # words
refuses "it has no pool" "there is no pool" $stream --producer=vhost-net --notify=unbound --strict=yes
# shellcheck disable=SC2086 # words
refuses "nor the strategy for tests" "it has direct, deferred and unbound" $stream --producer=vhost-net --notify=delayed
refuses "front ends of others are not its guests" "serves tandem's own guests" \
	backend --producer=vhost-net --socket-a="$dir/a" --socket-b="$dir/b"

# shellcheck disable=SC2086 # words
refuses "only its threads can be chosen" "only --producer=vhost-net has threads of vhost" \
	$stream --vhost-thread=kthread
# shellcheck disable=SC2086 # words
refuses "and they are tasks or kthreads" "give auto, task or kthread" \
	$stream --producer=vhost-net --vhost-thread=process

# shellcheck disable=SC2086 # words
refuses "only its devices are joined" "link=bridge: only --producer=vhost-net has a link; add it" $stream --link=bridge
# shellcheck disable=SC2086 # words
refuses "not by macvtap, and why" "those of both bundled guests have the same; use --link=bridge" \
	$stream --producer=vhost-net --link=macvtap
# shellcheck disable=SC2086 # words
refuses "nor by what there is not" "--link=.*bridge or macvtap" $stream --producer=vhost-net --link=veth

tandem doctor
grep -q '^[A-Z]*  *vhost-net  *.*--producer=vhost-net' "$dir/out"
result $? "doctor has a row for it"
if grep -q '^PASS  *vhost-net' "$dir/out"; then
	# shellcheck disable=SC2086 # words
	tandem $stream --producer=vhost-net,user --link=bridge --json="$dir/out.json"
	[ $status = 0 ] && [ "$(grep -c '"lost": 0' "$dir/out.json")" = 2 ] &&
		[ "$(grep -c '"frame_bytes": 1514' "$dir/out.json")" -ge 2 ]
	result $? "it carries a stream, and the frames of those beside it are as long"
else
	for command in "$stream" "run stream --accel=thread --duration=0.2"; do
		# shellcheck disable=SC2086 # words
		tandem $command --producer=vhost-net
		[ $status = 77 ] && [ "$(grep -c '' "$dir/err")" -le 2 ] &&
			grep -q -- '--producer=vhost-net: .*: .*; .*' "$dir/err" && [ ! -s "$dir/out" ]
		result $? "without it ${command%% *} says what is missing and the way out, exit 77"
	done
fi
finish
