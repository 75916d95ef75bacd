#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# timeout: 240
#
# --preempt for real: a kernel's mode is switched, put back, and put back after kill -9 and where memory
# runs out. One CPU, because switching patches kernel text, which the threaded emulator does not survive.
set -u
# shellcheck source=tests/lab/tap
. "${TANDEM_SRC:?run me through make}/tests/lab/tap"
need_lab x86_64
box=$(busybox x86_64)
[ -n "$box" ] || skip_all "no package busybox-static; apt cannot download it"

cat >"$dir/inside" <<'EOF'
/bin/busybox --install -s /bin
mode() { echo "mode $1: $(cat /sys/kernel/debug/sched/preempt)"; }
mode before
tandem bench rr --details --notify=direct --accel=thread --duration=0.2 --preempt=full,lazy,full --no-noise-check
echo "status $?"
mode after
tandem bench rr --notify=direct --accel=thread --duration=0.2 --preempt=none --no-noise-check
echo "not offered: status $?"
tandem bench rr --notify=direct --accel=thread --duration=60 --preempt=full --no-noise-check >/dev/null 2>&1 &
while ! grep -q '(full)' /sys/kernel/debug/sched/preempt; do sleep 0.1; done
kill -9 $!
sleep 0.5
mode killed
tandem bench rr --notify=direct --accel=thread --duration=0.2 --preempt=full --no-noise-check
echo "with a note: status $?"
tandem doctor --restore-preempt
mode restored
slice() { echo "slice $1: $(cat /sys/kernel/debug/sched/base_slice_ns)"; }
slice before
tandem bench rr --details --notify=direct --accel=thread --duration=0.2 --slice=default,2x,2.8ms --no-noise-check
echo "slices: status $?"
slice after
tandem bench rr --notify=direct --accel=thread --duration=60 --slice=6x --no-noise-check >/dev/null 2>&1 &
while ! grep -q 4200000 /sys/kernel/debug/sched/base_slice_ns; do sleep 0.1; done
kill -9 $!
sleep 0.5
slice killed
tandem doctor --restore-preempt
slice restored
tandem bench rr --notify=direct --accel=thread --duration=60 --slice=6x --no-noise-check >/dev/null 2>&1 &
while ! grep -q 4200000 /sys/kernel/debug/sched/base_slice_ns; do sleep 0.1; done
kill -TERM $!
wait $!
slice ended
group=/sys/fs/cgroup/small
grep -q ' /sys/fs/cgroup ' /proc/mounts || mount -t cgroup2 none /sys/fs/cgroup
echo +memory >/sys/fs/cgroup/cgroup.subtree_control
mkdir $group
echo $((60 << 20)) >$group/memory.max
in_group() { # this subshell becomes it
	sh -c 'echo $PPID' >$group/cgroup.procs
	exec "$@"
}
memory_runs_out() { # on a benchmark that has switched the mode: its status
	(in_group tandem bench rr --notify=direct --accel=thread --duration=60 --preempt=full --no-noise-check) &
	while ! grep -q '(full)' /sys/kernel/debug/sched/preempt; do sleep 0.1; done
	sleep 1
	(in_group sh -c 'head -c 80000000 /dev/zero | tail -c 79000000') >/dev/null 2>&1
	wait $!
	status=$?
}
memory_runs_out
echo "no memory for the measuring process: status $status"
mode "without memory for it"
echo 1 >$group/memory.oom.group
memory_runs_out
echo "no memory for either: status $status"
mode "without memory for either"
tandem doctor --restore-preempt
mode "restored without"
EOF
lab --kernels=newest --preempt=lazy --smp=1 --timeout=200 --add="$box:/bin/busybox" --add="$dir/inside:/inside" -- \
	exec /bin/busybox sh /inside

expect "the mode before is the kernel's own" 0 'mode before: full (lazy)'
expect "three modes are switched through" 0 '^status 0'
[ "$(grep -c '^full  *direct' "$dir/out")" -ge 2 ] && grep -q '^lazy  *direct' "$dir/out"
result $? "each has its row"
expect "the mode is as before afterwards" 0 'mode after: full (lazy)'
expect "a mode that this kernel lacks: 77" 0 'not offered: status 77'
expect "kill -9 leaves it switched" 0 'mode killed: (full) lazy'
expect "the next start says so and does not switch again: 77" 0 'with a note: status 77'
expect "doctor puts it back" 0 'mode restored: full (lazy)'
expect "slices, too: each is measured" 0 '^slices: status 0'
grep -q '^full  *2.8ms  *direct\|^lazy  *2.8ms  *direct' "$dir/out"
result $? "and is in its row"
expect "the slice is as before afterwards" 0 'slice after: 700000'
expect "kill -9 leaves it changed" 0 'slice killed: 4200000'
expect "doctor puts it back" 0 'slice restored: 700000'
expect "a signal that ends puts it back" 0 'slice ended: 700000'
expect "the kernel kills the measuring process for want of memory: 77" 0 'no memory for the measuring process: status 77'
expect "and the mode is put back" 0 'mode without memory for it: full (lazy)'
expect "where the kernel kills both it stays switched" 0 'mode without memory for either: (full) lazy'
expect "doctor puts it back" 0 'mode restored without: full (lazy)'
finish
