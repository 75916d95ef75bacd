#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# The kernel's own vhost threads between the two guests, for real: nothing is lost, nothing is left.
# timeout: 480
# shellcheck disable=SC1091,SC2154,SC2034 # dir and status come from here
. "${TANDEM_SRC:?run me through make}/tests/lab/tap"
need_lab x86_64

box=$(busybox x86_64)
[ -n "$box" ] || skip_all "no package busybox-static; apt cannot download it"
program=$TANDEM_BUILD/tests/pair-kernel
native x86_64 || program=$TANDEM_BUILD/../build-cross/build/tests/pair-kernel
[ -x "$program" ] || skip_all "no $program; make tests, or make cross"

cat >"$dir/inside" <<'EOF'
/bin/busybox --install -s /bin
stream="tandem bench stream --producer=vhost-net --warmup=0.1 --no-noise-check"
short=--duration=0.5
# How often the modules' files are open: taps are what keeps namespace and bridge alive.
users() { echo "$1: $(grep -E '^(tun|vhost_net) ' /proc/modules | cut -d ' ' -f 1,3 | sort | tr '\n' ' ')"; }
tandem doctor | grep vhost-net
before=$(users modules)
echo "== pair-kernel"
CMOCKA_MESSAGE_OUTPUT=TAP /bin/pair-kernel
echo "pair-kernel: status $?"
echo "== thread"
$stream $short --accel=thread --notify=direct,deferred,unbound --details --json=/tmp/thread.json
echo "thread: status $?"
grep -E '"(name|lost|corrupt|notifications|gbps|conserved)": ' /tmp/thread.json | sed 's/^ */json: /'
echo "== kvm"
$stream $short --accel=kvm --notify=direct --irq=msi,ioapic --link=bridge --frame=9014 --ring=2048 --window=64 \
	--details --json=/tmp/kvm.json
echo "kvm: status $?"
grep -E '"(kind|mtu|tx_queue_len)": ' /tmp/kvm.json | sed 's/^ */kvm: /'
grep -E '"(lost|corrupt)": ' /tmp/kvm.json | sed 's/^ */kvm: /'
for way in task kthread; do
	echo "== $way"
	$stream $short --accel=thread --notify=direct,deferred --vhost-thread=$way --cpus=backend=0 \
		--json=/tmp/$way.json >/tmp/$way.out 2>&1 &
	found=
	while kill -0 $! && [ -z "$found" ]; do
		for comm in $(grep -ls ^vhost- /proc/[0-9]*/comm); do
			cpus=$(sed -n 's/^Cpus_allowed_list:[^0-9]*//p' "${comm%comm}status")
			[ "$cpus" != 0 ] || found=yes # it is placed once it is there
			echo "$way: a kernel thread, CPUs $cpus"
		done
	done 2>/dev/null
	wait $!
	echo "$way: status $?"
	cat /tmp/$way.out
	grep -E '"(name|lost|vhost_thread)": ' /tmp/$way.json | sed "s/^ */$way: /"
done
echo "== too long"
$stream $short --accel=thread --frame=65536
echo "too long: status $?"
echo "== killed"
$stream --accel=thread --notify=direct --duration=60 >/dev/null 2>&1 &
while kill -0 $! && ! grep -qs vhost- /proc/[0-9]*/task/*/comm; do sleep 0.1; done
users running
kill -9 $!
tries=100
while [ $tries -gt 0 ] && [ "$(users modules)" != "$before" ]; do
	tries=$((tries - 1))
	sleep 0.1
done
[ "$(users modules)" != "$before" ] || echo "killed: as before"
grep -l vhost- /proc/[0-9]*/task/*/comm
echo "end of all"
EOF
lab --kernels=newest --preempt=lazy --timeout=$((240 * ${TANDEM_TEST_SLOWNESS:-1})) --add="$box:/bin/busybox" \
	--add="$dir/inside:/inside" --add="$program" -- exec /bin/busybox sh /inside
[ -z "${TANDEM_LAB_SAID:-}" ] || cp "$dir/out" "$TANDEM_LAB_SAID"

expect "doctor has a row for it" 0 '^PASS  *vhost-net'
grep '^\(not \)\{0,1\}ok' "$dir/out" | sed 's/^\(not \)\{0,1\}ok *[0-9]* *-* */# \1ok: /'
expect "every way through the kernel's vhost, 50 cycles, a driver that lies" 0 '^pair-kernel: status 0'
expect "guests as threads: direct, deferred, unbound" 0 '^thread: status 0'
[ "$(grep -c '^json: "lost": 0' "$dir/out")" = 3 ] && [ "$(grep -c '^json: "corrupt": 0' "$dir/out")" = 3 ]
result $? "nothing is lost"
[ "$(grep -c '^json: "name": "vhost-[ab]"' "$dir/out")" = 6 ]
result $? "the kernel's threads are in the results by name"
[ "$(sed -n '/age of the frames/,/^[^a-z]*$/p' "$dir/out" | grep -c 'vhost-net  *eventfd  *[0-9]')" = 3 ]
result $? "the frames' age is known, although nobody sees the kernel decide"
expect "what the kernel notifies is not counted as 0" 0 '^json: "notifications": null'
grep -q '^json: "conserved": true' "$dir/out"
result $? "what a worker of ours delivers is counted"
expect "guests on KVM: msi, ioapic" 0 '^kvm: status 0'
[ "$(grep -c '^kvm: "lost": 0' "$dir/out")" = 2 ]
result $? "nothing is lost there either"
[ "$(grep -c '^kvm: "kind": "bridge"' "$dir/out")" = 2 ] && [ "$(grep -c '^kvm: "mtu": 9000' "$dir/out")" = 2 ] &&
	[ "$(grep -c '^kvm: "tx_queue_len": 2048' "$dir/out")" = 2 ]
result $? "what lies between its devices is in the results"
expect "and in the details" 0 '^link  *bridge of two taps, MTU 9000, tx queue of 2048 frames'
for way in task kthread; do
	expect "its threads as $way" 0 "^$way: status 0"
	[ "$(grep -c "^$way: \"lost\": 0" "$dir/out")" = 2 ] &&
		[ "$(grep -c "^$way: \"vhost_thread\": \"$way\"" "$dir/out")" = 2 ]
	result $? "as $way nothing is lost, and the results say what they were"
	[ "$(grep -c "^$way: \"name\": \"vhost-[ab]\"" "$dir/out")" = 4 ]
	result $? "as $way they are in the results by name"
done
! grep -q '^task: a kernel thread' "$dir/out"
result $? "as tasks there are no kernel threads"
grep -q '^kthread: a kernel thread, CPUs 0$' "$dir/out"
result $? "as kthreads they are placed like tasks"
expect "a frame that no tap takes is wrong usage" 0 '^too long: status 2'
expect "while it runs vhost's two files are open" 0 '^running: tun [0-9]* vhost_net 2'
expect "kill -9 leaves none" 0 '^killed: as before'
! grep -q '^/proc/.*/comm' "$dir/out"
result $? "and no thread of the kernel's"
expect "it came to its end" 0 '^end of all'
finish
