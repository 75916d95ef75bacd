#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# tandem bench crowd: what is refused and how, results that make sense, nothing left behind.
set -u
here=$(dirname "$0")
# shellcheck source=tests/e2e/tap
. "$here/tap"
# shellcheck source=tests/e2e/processes
. "$here/processes"

# One that we may run on.
cpu=$(taskset -pc $$ | sed 's/.*: *\([0-9]*\).*/\1/')

# ---- usage

works "--help" bench crowd --help
wrong=0
for word in ticket tas unicast broadcast async --ratio --hints --cgroup; do
	grep -q -e "$word" "$dir/out" || wrong=1
done
result $wrong "--help names every workload"
refuses "an unknown workload" "'shootdown'.*broadcast" bench crowd shootdown
refuses "an unknown option" "--frame.*is not an option.*--help" bench crowd --frame=64
refuses "an option without its value" "--ratio.*needs a value" bench crowd --ratio
for ratio in 0 1.5 "" 1,17; do
	refuses "--ratio=$ratio" "--ratio=.*whole number" bench crowd --ratio="$ratio"
done
for vcpus in 0 17; do
	refuses "--vcpus=$vcpus" "--vcpus=$vcpus: .*1 to 16" bench crowd --vcpus=$vcpus
done
refuses "vCPUs that do not make up the ratio" "3 vCPUs on 1 CPUs cannot be made of guests of 2.*--vcpus" \
	bench crowd --cpus="$cpu" --ratio=3 --vcpus=2
refuses "a CPU that does not exist" "CPU 1000.*taskset" bench crowd --cpus=1000
refuses "a CPU beyond all numbers" "--cpus=99999.*ranges" bench crowd --cpus=99999
for cpus in "" 0-x 1-0; do
	refuses "--cpus=$cpus" "--cpus=.*\(0-3,6\|empty\)" bench crowd --cpus="$cpus"
done
refuses "--hints=all" "--hints=all: give none, steal or yield" bench crowd --hints=all
refuses "--targets=none" "--targets=none: give busy or idle" bench crowd --targets=none
refuses "KVM's options with host threads" "need --accel=kvm" bench crowd --accel=thread --ple=off
tandem bench crowd unicast --vcpus=1 --ratio=1
[ $status = 2 ] && [ ! -s "$dir/out" ] && grep -q 'nobody to interrupt.*--vcpus' "$dir/err" &&
	grep -q 'nothing is left to run' "$dir/err"
result $? "IPIs of a single vCPU"

# ---- results

ratio=2
[ "$(nproc)" -le 8 ] || ratio=1
json() { # json EXPRESSION...: of rows `r`, all must be true. 77: nobody here to read them
	command -v python3 >/dev/null || return 77
	python3 - "$dir/out.json" "$@" <<'EOF' >"$dir/wrong" 2>&1 || { sed 's/^/# json: /' "$dir/wrong"; return 1; }
import json, sys
doc = json.load(open(sys.argv[1]))
rows = doc["results"]
bad = [e for e in sys.argv[2:] if not eval(e)]
print("\n".join("not so: " + e for e in bad))
sys.exit(bool(bad))
EOF
}

measure() { # measure ACCEL
	tandem bench crowd ticket tas unicast broadcast async --accel="$1" --ratio=$ratio --duration=0.25 \
		--warmup=0.02 --runs=2 --json="$dir/out.json"
	[ $status = 0 ]
	result $? "$1: all workloads run"
	json 'doc["schema"] == "tandem-bench/1"' 'len(rows) == 5' \
		'all(r["scenario"] == "crowd" and r["ok"] and r["conserved"] for r in rows)' \
		'all(r["runs"] == 2 and len(r["samples"]["round_trips_per_s"]) == 2 for r in rows)' \
		'len({r["label"] for r in rows}) == 5' \
		'all(k in r for r in rows for k in ("scenario", "accel", "notify", "producer", "irq", "preempt", "frame_bytes", "duration_s", "runs", "gbps", "frames", "lost", "out_of_order", "retransmits", "round_trips_per_s", "notify_us", "stages_us", "notifications", "interrupts", "ctx_switches", "floor", "x_floor"))' \
		'all(r["gbps"] is None and r["lost"] is None and r["floor"] is None for r in rows)' \
		'all(r["ctx_switches"]["vcpus"]["cpu_ns"] > 0 for r in rows)' \
		'all(abs(r["round_trips_per_s"] - sum(r["samples"]["round_trips_per_s"]) / 2) <= 1e-6 * r["round_trips_per_s"] for r in rows)' \
		'doc["command"][:3] == ["tandem", "bench", "crowd"] and "ticket" in doc["command"]'
	result_of_json $? "$1: a results file with a row for each"
	json 'all(r["wait_us"]["n"] > 0 for r in rows)' \
		'all(k == sorted(k) and k[0] >= 0 for r in rows for h in [r["wait_us"], r["handoff_us"]] for k in [[h[q] for q in ("p50", "p90", "p99", "p99_9", "max") if h[q] is not None]])' \
		'all((h["p99"] is not None) == (h["n"] >= 1000) for r in rows for h in [r["wait_us"], r["handoff_us"]])' \
		'all(0 <= s["share_of_time"] <= 1 and 0 <= s["share_of_waits"] <= 1 for r in rows for s in r["waits"].values() if isinstance(s, dict))' \
		'all(r["counts"]["handoffs"] <= r["counts"]["operations"] for r in rows)' \
		'all(len(r["vcpus"]) == r["crowd"]["guests"] * r["crowd"]["vcpus_per_guest"] for r in rows)' \
		'all(c["n"] is not None or c["why_not"] for r in rows for c in r["yields"].values())'
	result_of_json $? "$1: counts make sense; what is not known says why"
	tandem compare "$dir/out.json" "$dir/out.json" --fail-if='round_trips < 1/s'
	[ $status = 0 ] && grep -q '^crowd ticket .*round_trips_per_s' "$dir/out"
	result $? "$1: tandem compare reads it"
	tandem report "$dir/out.json" --format=text
	[ $status = 0 ] && grep -q '^crowd ticket ' "$dir/out" && ! grep -q 'Gb/s' "$dir/out"
	result $? "$1: tandem report shows it as a crowd, not as streams"
}
measure thread
if [ $accel = kvm ]; then
	measure kvm
	works "kvm: idle targets halt" bench crowd broadcast --targets=idle --halt-poll=0 \
		--vcpus=2 --cpus="$cpu" --ratio=2 \
		--duration=0.2 --warmup=0.05 --json="$dir/out.json"
	json 'rows[0]["halt"] is None or rows[0]["halt"]["halts"] > 0'
	result_of_json $? "kvm: halts are counted"
	tandem bench crowd tas --misbehave=fault --ratio=1 --duration=0.2 --json="$dir/out.json"
	[ $status = 1 ] && grep -q 'faulted' "$dir/err"
	result $? "kvm: a guest that faults fails its row, exit 1"
	json 'not rows[0]["ok"]' 'rows[0]["error"]'
	result_of_json $? "kvm: so says the results file"
	# On x86 it can be switched off where KVM has it at all; elsewhere the answer is 77.
	tandem bench crowd tas --ple=off --ratio=1 --duration=0.1 --warmup=0
	[ $status = 0 ] || { [ $status = 77 ] && grep -q 'KVM_CAP_X86_DISABLE_EXITS' "$dir/err"; }
	result $? "kvm: --ple=off works, or says what is missing"
	tandem bench crowd tas --hints=yield --ratio=1 --duration=0.1 --warmup=0
	[ $status = 0 ] || { [ $status = 77 ] && grep -q 'offers its guests no' "$dir/err"; }
	result $? "kvm: --hints=yield works, or says what is missing"
else
	skip "kvm: all of it" "/dev/kvm cannot be opened"
fi

# The vCPUs' threads are there.
wait_vcpus() { wait_until 200 are_measuring; }
are_measuring() { [ -n "$(measuring)" ]; }
measuring() { # the child that has vCPUs
	for pid_of in $(children); do
		grep -qs '^tandem-0' /proc/"$pid_of"/task/*/comm && echo "$pid_of"
	done
}

# ---- control groups

groups() { find /sys/fs/cgroup -maxdepth 6 -type d -name "tandem-crowd-*" 2>/dev/null; }
have_members() { [ -n "$(for g in $(groups); do cat "$g/tasks" "$g/cgroup.threads" 2>/dev/null; done)" ]; }
tandem bench crowd tas --accel=thread --cgroup --ratio=1 --duration=0.1 --warmup=0
if [ $status = 77 ]; then
	grep -q -e '--cgroup: .*or' "$dir/err"
	result $? "--cgroup: what is missing here, and the way out"
else
	[ $status = 0 ] && [ -z "$(groups)" ]
	result $? "--cgroup: each guest has a group, which is gone afterwards"
	begin bench crowd tas --accel=thread --cgroup --ratio=1 --duration=60
	wait_vcpus
	found=$(groups)
	wait_until 200 have_members # threads have their names before they are moved
	result $? "--cgroup: the vCPUs' threads are in their groups"
	kill -s $interrupt "$pid"
	ends "--cgroup, SIGINT"
	[ -n "$found" ] && [ -z "$(groups)" ]
	result $? "--cgroup, SIGINT: the groups are gone"
	begin bench crowd tas --accel=thread --cgroup --ratio=1 --duration=60
	wait_vcpus
	kill -9 "$pid"
	wait "$pid" 2>/dev/null
	wait_nobody
	tandem bench crowd tas --accel=thread --cgroup --ratio=1 --duration=0.1 --warmup=0
	[ $status = 0 ] && grep -q 'killed tandem had left' "$dir/err" && [ -z "$(groups)" ]
	result $? "--cgroup, kill -9: the next one removes the groups"
fi

# ---- signals

begin bench crowd tas --ratio=1 --duration=60 --json="$dir/cut.json"
wait_vcpus
kill -s $interrupt "$pid"
ends "SIGINT"
[ $status = 130 ] && [ -s "$dir/cut.json" ] && grep -q 'cut short' "$dir/err" && wait_nobody
result $? "SIGINT: exit 130, all is written, cut short is said, no process is left"

# The second run is measured: another child than $1 has vCPUs.
is_next() { # is_next PID
	now=$(measuring)
	[ -n "$now" ] && [ "$now" != "$1" ]
}
begin bench crowd tas --accel=thread --ratio=1 --duration=4 --warmup=0 --runs=2 --json="$dir/out.json"
wait_vcpus
wait_until 100 is_next "$(measuring)" && sleep 0.5
kill -s $interrupt "$pid"
ends "SIGINT in the second run"
json 'rows[0]["cut_short"] and rows[0]["runs"] == 1' 'len(rows[0]["samples"]["round_trips_per_s"]) == 1' \
	'rows[0]["duration_s"] > 3'
result_of_json $? "SIGINT in the second run: half a run is no sample beside a whole one"

finish
