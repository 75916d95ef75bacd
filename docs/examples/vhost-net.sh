#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# The kernel's vhost-net beside tandem's own backend, five rounds of all in turn. Inside the lab:
#
#   tandem lab --parallel --kernels=newest --preempt=lazy --add=/bin/busybox \
#       --add=docs/examples/vhost-net.sh:/inside -- exec /bin/busybox sh /inside
#
# Prints each result as JSON behind a line "@@ ROUND NAME STATUS". docs/vhost-net.md has what came
# of it.
/bin/busybox --install -s /bin
bench() {
	rm -f /tmp/result
	tandem bench stream --accel=thread --notify=direct --frame=1514 --duration=0.3 \
		--warmup=0.1 --runs=1 --no-noise-check --json=/tmp/result "$@" >/tmp/said 2>&1
}

say() { # NAME STATUS
	echo "@@ $round $1 $2"
	if [ -f /tmp/result ]; then cat /tmp/result; else tail -n 2 /tmp/said; fi
	echo "@@ end"
}

one() { # NAME OPTION...
	name=$1
	shift
	bench "$@"
	say "$name" $?
}

# tandem gives each vhost thread a CPU; this takes that back once both are there.
free() {
	bench --producer=vhost-net --cpus=backend=1 &
	n=0
	while kill -0 $! 2>/dev/null && [ $n -lt 2 ]; do
		n=0
		for comm in $(grep -ls '^vhost-' /proc/[0-9]*/task/*/comm); do
			tid=${comm%/comm}
			taskset -p 3 "${tid##*/}" >/dev/null 2>&1 && n=$((n + 1))
		done
		sleep 0.05
	done
	wait $!
	say "free($n)" $?
}

for round in 1 2 3 4 5; do
	one user --producer=user --cpus=backend=1
	one task --producer=vhost-net --vhost-thread=task --cpus=backend=1
	one batch --producer=batch --cpus=backend=1
	one kthread --producer=vhost-net --vhost-thread=kthread --cpus=backend=1
	one sqpoll --producer=sqpoll --cpus=backend=1
	one poll50 --producer=vhost-net --busy-poll=50 --cpus=backend=1
	free
	one poll500 --producer=vhost-net --busy-poll=500 --cpus=backend=1
	one each --producer=vhost-net --cpus=backend=0-1
done
