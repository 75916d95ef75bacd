#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# An unmodified kernel in both guests, from its first instruction to user space and back; and how it fails.
# timeout: 900
# shellcheck disable=SC1091,SC2154,SC2034 # dir and status come from here
. "${TANDEM_SRC:?run me through make}/tests/lab/tap"
native x86_64 || skip_all "a stock kernel as a guest is there on x86_64 only"
need_lab x86_64
box=$(busybox x86_64)
[ -n "$box" ] || skip_all "no package busybox-static; apt cannot download it"

# A name brings the kernel into the lab's cache, whether this machine can boot it or not.
"$TANDEM" run --guest=linux --guest-kernel=newest --guest-append=tandem.end=off >"$dir/out" 2>"$dir/err"
status=$?
[ $status = 0 ] || [ $status = 77 ]
result $? "a stock kernel by its name (status $status)"
cache=${XDG_CACHE_HOME:-$HOME/.cache}/tandem/lab
kernel=$(find "$cache/kernels.3" -path '*/amd64/*-cloud-amd64/image' | sort -V | tail -n 1)
[ -n "$kernel" ] || skip_all "no kernel in $cache"

cat >"$dir/inside" <<EOF_INSIDE
long=$((120 * ${TANDEM_TEST_SLOWNESS:-1}))
EOF_INSIDE
cat >>"$dir/inside" <<'EOF_INSIDE'
/bin/busybox --install -s /bin
try() { # try NAME ARG...
	echo "== $1"
	name=$1
	shift
	tandem run --guest=linux --guest-kernel=/kernel --guest-mem=160 --guest-timeout="$limit" "$@" 2>&1
	echo "$name: status $?"
}
limit=$long
try off --guest-append='quiet tandem.tcp=100000 tandem.end=off' --guest-modules=/lab/modules --console=/tmp/b
sed 's/^/b: /' /tmp/b
try two --guest-vcpus=2 --guest-append='quiet tandem.end=off' --console=/tmp/b2
sed 's/^/two b: /' /tmp/b2
limit=8
try never
limit=$long
try root --guest-append='quiet rdinit=/nothing'
tandem bench seed --guest-kernel=/kernel --guest-modules=/lab/modules --guest-mem=160 --guest-timeout="$limit" \
	--notify=deferred --producer=user --slice=2x --duration=0.5 --warmup=0.1 2>&1
echo "seed: status $?"
echo "end of all"
EOF_INSIDE
lab --kernels=newest --preempt=lazy --smp=1 --timeout=$((300 * ${TANDEM_TEST_SLOWNESS:-1})) --add="$box:/bin/busybox" \
	--add="$dir/inside:/inside" --add="$kernel:/kernel" -- exec /bin/busybox sh /inside
[ -z "${TANDEM_LAB_SAID:-}" ] || cp "$dir/out" "$TANDEM_LAB_SAID"

expect "both guests come up and power off" 0 '^off: status 0'
expect "guest a's console is standard output" 0 '^tandem: guest is up: Linux .*clock kvm-clock'
expect "guest b's is a file" 0 '^b: tandem: guest is up: Linux .*1 CPU(s)'
expect "guests of two vCPUs come up with both, and power off" 0 '^two: status 0'
[ "$(grep -c '^\(two b: \)\{0,1\}tandem: guest is up: Linux .*2 CPU(s)' "$dir/out")" = 2 ]
result $? "each kernel has its two processors"
expect "TCP between them, there and back" 0 '^tandem: tcp: 100000 bytes there and back in [0-9.]* s, all as they were sent'
[ "$(grep -c '^guest [ab]: up after [0-9.]* s, powered off' "$dir/out")" = 4 ]
result $? "how they ended is said"
grep -q '^never: status 1' "$dir/out" && grep -q 'guest [ab]: did not come up within 8 s; its console' "$dir/out"
result $? "a guest that does not come up ends after its time"
grep -q '^root: status 1' "$dir/out" && grep -q 'guest [ab]: kernel panic: VFS: Unable to mount root fs' "$dir/out"
result $? "a kernel without a root panics, and says so in one line"
expect "bench seed measures a combination, under twice the slice" 0 '^seed: status 0'
worker="worker on the producer's CPU  *user  *msi"
expect "its row has Gb/s, what the worker waited, and retransmissions" 0 \
	"^lazy 2x  *$worker  *[0-9]*\.[0-9]*  *[0-9]*\.[0-9][0-9][0-9]  *[0-9][0-9]*\$"
expect "it came to its end" 0 '^end of all'

# TCP between two such guests, as a user measures it: the results come out of the lab.
lab --kernels=newest --preempt=lazy --smp=1 --timeout=$((300 * ${TANDEM_TEST_SLOWNESS:-1})) --add="$kernel:/kernel" \
	--json="$dir/tcp.json" -- bench tcp --guest-kernel=/kernel --guest-modules=/lab/modules --guest-mem=160 \
	--guest-timeout="$((120 * ${TANDEM_TEST_SLOWNESS:-1}))" --notify=direct,deferred --duration=1 --warmup=0.2
expect "bench tcp measures two deliverers" 0 '^deferred  *[0-9.]'
cat >"$dir/check.py" <<'EOF_PYTHON'
import json, sys
results = json.load(open(sys.argv[1]))["results"]
assert [r["scenario"] for r in results] == ["tcp"] * 2 and {r["notify"] for r in results} == {"direct", "deferred"}
for r in results:
    tcp, stream, rr = r["tcp"], r["tcp"]["stream"], r["tcp"]["rr"]
    assert r["ok"] and r["lost"] == 0 and r["corrupt"] == 0, r["error"]
    assert tcp["sent_bytes"] == tcp["received_bytes"] >= tcp["size_bytes"] and tcp["acknowledged_bytes"] > 0, tcp
    assert r["gbps"] > 0 and r["round_trips_per_s"] > 0 and tcp["round_trips"] > 0, r
    assert stream["seconds"] >= 1 and rr["seconds"] >= 1 and stream["host_seconds"] > 0, tcp
    for phase in stream, rr:
        assert phase["interrupts_a"] > 0 and phase["interrupts_b"] > 0, phase
        assert phase["notifications"] > 0 and phase["frames_a"] > 0 and phase["frames_b"] > 0, phase
    assert r["stages_us"]["worker"]["n"] > 0, r["stages_us"]
EOF_PYTHON
if command -v python3 >/dev/null; then
	python3 "$dir/check.py" "$dir/tcp.json" >"$dir/err" 2>&1
	result $? "all bytes came, and both guests were interrupted in both phases"
else
	skip "what bench tcp has measured" "no python3"
fi
"$TANDEM" compare "$dir/tcp.json" "$dir/tcp.json" >"$dir/out" 2>"$dir/err"
status=$?
expect "tandem compare takes the results" 0 '^tcp deferred  *gbps'
"$TANDEM" report "$dir/tcp.json" --format=text >"$dir/out" 2>"$dir/err"
status=$?
expect "tandem report takes them" 0 '^notify  *Gb/s .*trips/s'

# Without the driver there is no network: one line says so, behind what the guests printed.
lab --kernels=newest --preempt=lazy --smp=1 --timeout=$((200 * ${TANDEM_TEST_SLOWNESS:-1})) --add="$kernel:/kernel" \
	-- bench tcp --guest-kernel=/kernel --guest-mem=160 --guest-timeout="$((120 * ${TANDEM_TEST_SLOWNESS:-1}))" \
	--notify=direct --duration=0.5 --warmup=0
expect "guests without a driver end without figures, and that is said" 1 'the guests ended without all of their figures'
grep -q 'guest: eth0: No such device' "$dir/err" "$dir/out"
result $? "behind the last lines of their consoles"
finish
