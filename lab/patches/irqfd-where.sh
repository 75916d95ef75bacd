#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Where do irqfd's work items run? Inside the lab, with busybox as /bin/busybox:
#
#   tandem lab --parallel --preempt=lazy --build=LINUX \
#       --add=/bin/busybox --add=lab/patches/irqfd-where.sh:/where \
#       -- exec /bin/busybox sh /where
#
# Prints how many items were queued, and how many ran on the CPU where they were
# queued and on another one. docs/irqfd.md has what came of it.
# shellcheck disable=SC2016 # the quoted program is awk's
b=/bin/busybox
tracing=/sys/kernel/tracing
[ -d $tracing/events ] || tracing=/sys/kernel/debug/tracing

echo 8192 >$tracing/buffer_size_kb
echo 1 >$tracing/events/workqueue/workqueue_queue_work/enable
echo 1 >$tracing/events/workqueue/workqueue_execute_start/enable
/bin/tandem bench stream --accel=kvm --notify=direct --producer=sqpoll \
	--irq=ioapic --slice=8ms --frame=1500 --window=16 --duration=1 --runs=1 \
	--no-noise-check >/dev/null 2>&1
echo 0 >$tracing/tracing_on

# "  TASK-PID  [CPU] FLAGS TIME: EVENT: work struct=ADDRESS function=..."; of
# execute_start "work struct ADDRESS: ...".
$b grep irqfd_inject $tracing/trace | $b awk '
	{
		match($0, /\[[0-9]+\]/)
		cpu = substr($0, RSTART + 1, RLENGTH - 2) + 0
		match($0, /work struct[= ](0x)?[0-9a-f]+/)
		work = substr($0, RSTART + 12, RLENGTH - 12)
		sub(/^0x/, "", work)
	}
	/workqueue_queue_work/ {
		match($0, /workqueue=[^ ]*/)
		queued[substr($0, RSTART + 10, RLENGTH - 10)]++
		from[work] = cpu
	}
	/workqueue_execute_start/ && work in from {
		from[work] == cpu ? same++ : other++
		delete from[work]
	}
	END {
		for (name in queued)
			print "queued on " name ": " queued[name]
		print "ran on the CPU where it was queued: " same + 0
		print "ran on another CPU: " other + 0
	}'
