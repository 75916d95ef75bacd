#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Unusual values that are right: odd frames, the smallest and the largest rings, axes at their ends.
set -u
here=$(dirname "$0")
# shellcheck source=tests/e2e/tap
. "$here/tap"

# How many frames pass in a tenth of a second is not asked: that depends on who else is running.
lossless() { # lossless NAME ARG...: works, and every row says 0 lost
	name=$1
	shift
	# shellcheck disable=SC2086 # a list of options
	tandem bench $quick --notify=direct --json="$dir/json" "$@"
	rows=$(grep -c '"scenario"' "$dir/json")
	[ $status = 0 ] && [ "$rows" -gt 0 ] && [ "$(grep -c '"lost": 0,' "$dir/json")" = "$rows" ] &&
		[ "$(grep -c '"conserved": true,' "$dir/json")" = "$rows" ]
	result $? "$name"
	rm -f "$dir/json"
}

lossless "the smallest frames" stream rr --frame=60
lossless "the largest frames" stream rr --frame=65536 --ring=16
lossless "a ring of one entry" stream rr --ring=1 --frame=1500
lossless "the largest ring" stream --ring=32768 --frame=64
quick="--duration=0.01 --warmup=0" lossless "the shortest duration, and no warm-up" rr
lossless "a backend that polls" rr --busy-poll=50
lossless "a backend that learns how long to poll" rr --busy-poll=auto
lossless "everything on one CPU" stream rr --cpus=a=0,b=0,backend=0,notifier=0
lossless "two runs" rr --runs=2
lossless "copies by a kernel thread, every byte checked" stream --producer=sqpoll --verify=full --frame=1501
if ! is_quick; then # tests/pair/traffic.c has these with host threads
	lossless "frames of an odd size" stream --frame=61
	lossless "a ring of one entry, host threads" stream rr --ring=1 --accel=thread
	lossless "a window of one frame" stream --window=1
	quick="--duration=0.1 --warmup=0" lossless "no warm-up" rr
	quick="--duration=0.01 --warmup=0.05" lossless "the shortest duration" rr
	lossless "every byte checked" stream --verify=full --frame=1501
	lossless "one frame per turn" stream --budget=1 --frame=1500
	lossless "host threads" stream rr --accel=thread
	lossless "copies inside one system call" stream --producer=batch
	lossless "copies by a kernel thread" stream --producer=sqpoll
fi

# shellcheck disable=SC2086 # a list of options
tandem bench rr $quick --notify=direct --notify=unbound --json="$dir/json"
[ $status = 0 ] && grep -q '"notify": "direct"' "$dir/json" && grep -q '"notify": "unbound"' "$dir/json"
result $? "a list that is given in two parts is the whole list"
refuses "one of two values" "--frame is given twice; give it once" bench rr --frame=64 --frame=128
refuses "one of two output files" "--output is given twice" report a.json -o b.html --output=c.html

finish
