#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Guests that misbehave and hosts without KVM: a clear word, the right exit status, in good time.
set -u
here=$(dirname "$0")
# shellcheck source=tests/e2e/tap
. "$here/tap"

# ---- guests

for how in $accel thread; do
	! is_quick || [ "$how" = "$accel" ] || break
	start=$(date +%s)
	tandem bench stream --accel=$how --duration=1 --notify=direct --misbehave=fault
	[ $status = 1 ] && grep -q 'guest b: .*fault' "$dir/err"
	result $? "a guest that faults, accel $how: exit 1, naming it"
	grep -q 'vector.*0x' "$dir/err"
	result $? "a guest that faults, accel $how: vector and pc"
	within 20 "$start"
	result $? "a guest that faults, accel $how: nobody waits for it"
	start=$(date +%s)
	tandem bench rr --accel=$how --duration=8 --notify=direct --misbehave=mute
	[ $status = 1 ] && grep -q 'guest b: .*no frame' "$dir/err"
	result $? "a guest that never answers, accel $how: exit 1, naming it"
	within 20 "$start"
	result $? "a guest that never answers, accel $how: a timeout, not a hang"
	[ "$accel" = kvm ] || break
done
tandem run --accel=thread --duration=1 --misbehave=fault
[ $status = 1 ] && grep -q 'guest b: .*fault' "$dir/err"
result $? "run with a guest that faults: exit 1, naming it"
# shellcheck disable=SC2086
tandem bench rr $quick --accel=thread --notify=direct,unbound --misbehave=fault \
	--json="$dir/out.json"
[ $status = 1 ] && [ "$(grep -c '"ok": false' "$dir/out.json")" = 2 ]
result $? "results of guests that faulted are marked as not ok"

# ---- no /dev/kvm: in a mount namespace of our own with hardly a device

without_kvm() { # without_kvm ARG...: as tandem
	# shellcheck disable=SC2016 # for the inner shell
	unshare $namespaces sh -c '
		mount -t tmpfs none "$1/dev" || exit 99
		for node in null zero full urandom; do
			touch "$1/dev/$node" && mount --bind "/dev/$node" "$1/dev/$node" || exit 99
		done
		mount --rbind "$1/dev" /dev || exit 99
		shift
		exec "$@"' sh "$dir" timeout -k 5 "$patience" "$TANDEM" "$@" >"$dir/out" 2>"$dir/err"
	status=$?
}

mkdir "$dir/dev"
namespaces=-m
[ "$(id -u)" = 0 ] || namespaces=-Urm
without_kvm version
if [ $status = 0 ]; then
	# shellcheck disable=SC2086
	without_kvm bench rr $quick --notify=direct --no-noise-check
	[ $status = 0 ] && grep -q 'accel thread' "$dir/out" &&
		[ "$(wc -l <"$dir/err")" = 1 ] && grep -q 'accel thread.*/dev/kvm.*not there' "$dir/err"
	result $? "no /dev/kvm: auto falls back to threads with one line saying why"
	# shellcheck disable=SC2086
	without_kvm bench rr $quick --accel=kvm
	[ $status = 77 ] && grep -q '/dev/kvm.*--accel=thread' "$dir/err" && [ ! -s "$dir/out" ]
	result $? "no /dev/kvm: --accel=kvm is exit 77 with the way out"
	without_kvm run --accel=kvm --duration=0.1
	[ $status = 77 ] && grep -q '/dev/kvm.*--accel=thread' "$dir/err"
	result $? "no /dev/kvm: run --accel=kvm is exit 77"
	without_kvm doctor
	[ $status = 1 ] && grep -q '^FAIL  /dev/kvm .*--accel=thread' "$dir/out"
	result $? "no /dev/kvm: doctor says so and that tandem can run nevertheless"
else
	skip "no /dev/kvm" "no right to a mount namespace in which to hide it"
fi

# ---- a /dev/kvm that opens, and is something else

with_null_kvm() { # with_null_kvm ARG...: as tandem
	# shellcheck disable=SC2016 # for the inner shell
	unshare -m sh -c 'mount --bind /dev/null /dev/kvm && exec "$@"' sh \
		timeout -k 5 "$patience" "$TANDEM" "$@" >"$dir/out" 2>"$dir/err"
	status=$?
}
if [ -e /dev/kvm ] && unshare -m mount --bind /dev/null /dev/kvm 2>/dev/null; then
	# shellcheck disable=SC2086
	with_null_kvm bench rr $quick --notify=direct --no-noise-check
	[ $status = 0 ] && grep -q 'accel thread' "$dir/out" && [ "$(wc -l <"$dir/err")" = 1 ] &&
		grep -q 'accel thread.*/dev/kvm is not KVM' "$dir/err"
	result $? "a /dev/kvm that is not KVM: auto falls back to threads with one line saying why"
	# shellcheck disable=SC2086
	with_null_kvm bench rr $quick --accel=kvm
	[ $status = 77 ] && [ "$(wc -l <"$dir/err")" = 1 ] && [ ! -s "$dir/out" ] &&
		grep -q '/dev/kvm is not KVM.*--accel=thread' "$dir/err"
	result $? "a /dev/kvm that is not KVM: --accel=kvm is exit 77 with the way out"
	with_null_kvm bench crowd ticket --ple=off
	[ $status = 77 ] && [ "$(wc -l <"$dir/err")" = 1 ] && grep -q "KVM's, and /dev/kvm is not KVM" "$dir/err"
	result $? "a /dev/kvm that is not KVM: options of KVM's are exit 77 with the reason"
	with_null_kvm bench strem
	[ $status = 2 ] && [ "$(wc -l <"$dir/err")" = 1 ]
	result $? "a /dev/kvm that is not KVM: wrong usage is told alone"
	with_null_kvm doctor
	[ $status = 1 ] && grep -q '^FAIL  /dev/kvm .*is not KVM' "$dir/out" && ! grep -q '  vm ' "$dir/out"
	result $? "a /dev/kvm that is not KVM: doctor says so"
	name="a /dev/kvm that is not KVM: doctor --confinement looks at host threads"
	if [ -n "${INSTRUMENTED-}" ]; then
		skip "$name" "this build's run-time library has a thread of its own, which is not confined"
	else
		with_null_kvm doctor --confinement
		[ $status = 0 ]
		result $? "$name"
	fi
else
	skip "a /dev/kvm that is not KVM" "no right to a mount namespace in which to replace it"
fi

# ---- no rights to /dev/kvm: as nobody

as_nobody() { # as_nobody ARG...: as tandem
	setpriv --reuid=65534 --regid=65534 --clear-groups timeout -k 5 "$patience" "$TANDEM" "$@" \
		>"$dir/out" 2>"$dir/err"
	status=$?
}

if ! can_be_nobody || [ ! -e /dev/kvm ] ||
	setpriv --reuid=65534 --regid=65534 --clear-groups sh -c '[ -w /dev/kvm ]'; then
	skip "no rights to /dev/kvm" "it takes root, setpriv and a /dev/kvm that not everybody may open"
elif as_nobody version && [ $status != 0 ]; then
	skip "no rights to /dev/kvm" "nobody may not run $TANDEM here"
else
	# shellcheck disable=SC2086
	as_nobody bench rr $quick --notify=direct --no-noise-check
	[ $status = 0 ] && grep -q 'accel thread' "$dir/out" && [ "$(wc -l <"$dir/err")" = 1 ] &&
		grep -q 'accel thread.*/dev/kvm.*group kvm' "$dir/err"
	result $? "no rights to /dev/kvm: auto falls back to threads with one line saying why"
	# shellcheck disable=SC2086
	as_nobody bench rr $quick --accel=kvm
	[ $status = 77 ] && grep -q '/dev/kvm.*group kvm' "$dir/err"
	result $? "no rights to /dev/kvm: --accel=kvm is exit 77 with the way out"
	# shellcheck disable=SC2086
	as_nobody bench rr $quick --accel=thread --notify=deferred --worker-fifo=1 --no-noise-check
	[ $status = 77 ] && grep -q 'SCHED_FIFO need CAP_SYS_NICE' "$dir/err" && [ "$(wc -l <"$dir/err")" = 1 ]
	result $? "no right to SCHED_FIFO: says that alone, exit 77"
	as_nobody doctor
	[ $status = 1 ] && grep -q '^FAIL  /dev/kvm .*group kvm' "$dir/out"
	result $? "no rights to /dev/kvm: doctor says so"
fi

# io_uring that is forbidden or missing: tests/pair/io_uring.c, which can play such a kernel.

finish
