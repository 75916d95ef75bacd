#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# bench pool: every combination runs and loses nothing; recorded topologies; bad input; being stopped.
set -u
here=$(dirname "$0")
# shellcheck source=tests/e2e/tap
. "$here/tap"

# judge FILE [ARG...]: a program on stdin says whether the results in FILE hold; d is the whole of it.
judge() {
	if command -v python3 >/dev/null; then
		{ echo 'import json, sys; d = json.load(open(sys.argv[1])); rows = d["results"]'; cat; } >"$dir/judge"
		python3 "$dir/judge" "$@" >>"$dir/err" 2>&1
	else
		grep -q '"conserved": true' "$1" && ! grep -q '"conserved": false' "$1"
	fi
}

# ---- help and bad input

tandem bench pool --help
[ $status = 0 ] && [ ! -s "$dir/err" ] && grep -q 'Usage: tandem bench pool' "$dir/out" &&
	grep -q cache_shard "$dir/out" && grep -q gthreadpool "$dir/out"
result $? "bench pool --help prints its options"
tandem help bench
[ $status = 0 ] && grep -q 'tandem bench pool' "$dir/out"
result $? "help bench names pool"

cpus=$(nproc)
refuses "no producers" "from 1 to\|give one or more" bench pool --producers=0
refuses "more producers than CPUs" "at most $cpus" bench pool --producers=$((cpus + 1))
refuses "no items" "whole number from 1" bench pool --items=0
refuses "no runs" "whole number from 1" bench pool --runs=0
refuses "too many workers" "whole number from 0 to" bench pool --workers=100000
refuses "CPUs that do not exist" "CPU 1023.*taskset" bench pool --cpus=1023
refuses "a CPU list that is none" "ranges" bench pool --cpus=0-
refuses "no CPUs at all" "ranges" bench pool --cpus=
refuses "a scope that there is not" "cpu,smt,cache_shard,cache,numa,system" bench pool --scope=llc
refuses "a wake-up that there is not" "unlocked,locked" bench pool --wake=maybe
refuses "strict is yes or no" "no,yes" bench pool --strict=2
refuses "a baseline that there is not" "condvar,gthreadpool,eventfd" bench pool --baseline=tbb
refuses "an option that there is not" "is not an option" bench pool --duration=1
refuses "an option without its value" "needs a value" bench pool --items
refuses "a second scenario" "one too many" bench pool rr
refuses "pool after another scenario" "pool first" bench rr pool
refuses "a result file that cannot be" "directory" bench pool --items=1 --json=/nonexistent/x
refuses "--scope of unbound" "cache_shard" bench rr --notify=unbound --scope=llc
refuses "--wake of unbound" "unlocked" bench rr --notify=unbound --wake=maybe
refuses "--strict of unbound" "no or yes" bench rr --notify=unbound --strict=maybe
refuses "a wake-up that only the kernel can send" "producer=user" \
	bench rr --accel=thread --notify=unbound --wake=locked --producer=batch

# ---- recorded topologies

# A core of two threads and a cache for every two cores: 16 CPUs, threads 8 apart, no nodes.
sysfs=$dir/sysfs/sys/devices/system/cpu
mkdir -p "$sysfs"
echo 0-15 >"$sysfs/online"
cpu=0
while [ $cpu -lt 16 ]; do
	core=$((cpu % 8)) first=$((cpu % 8 / 2 * 2))
	mkdir -p "$sysfs/cpu$cpu/topology" "$sysfs/cpu$cpu/cache/index0"
	echo "$core,$((core + 8))" >"$sysfs/cpu$cpu/topology/core_cpus_list"
	echo 3 >"$sysfs/cpu$cpu/cache/index0/level"
	echo Unified >"$sysfs/cpu$cpu/cache/index0/type"
	echo "$first-$((first + 1)),$((first + 8))-$((first + 9))" \
		>"$sysfs/cpu$cpu/cache/index0/shared_cpu_list"
	cpu=$((cpu + 1))
done
tandem bench pool --show-scopes --sysfs="$dir/sysfs"
[ $status = 0 ] && [ ! -s "$dir/err" ] &&
	grep -q '^smt  *\[0,8\] \[1,9\] \[2,10\] \[3,11\]' "$dir/out" &&
	grep -q '^cache  *\[0-1,8-9\] \[2-3,10-11\] \[4-5,12-13\] \[6-7,14-15\]$' "$dir/out" &&
	grep -q '^numa  *unknown: no /sys' "$dir/out" && grep -q '^system  *\[0-15\]$' "$dir/out" &&
	grep -q 'cache_shard = cache (4 pods)' "$dir/out"
result $? "the scopes of a recorded machine are shown, and which are the same"
tandem bench pool --scope=numa --sysfs="$dir/sysfs"
[ $status = 77 ] && [ ! -s "$dir/out" ] && grep -q 'numa: this host does not tell it' "$dir/err"
result $? "a scope that the topology lacks is said"
tandem bench pool --items=50 --baseline=none --wake=unlocked --sysfs="$dir/sysfs"
[ $status = 0 ] && grep -q '^pool  *system' "$dir/out" && ! grep -q '^pool  *numa' "$dir/out" &&
	grep -q 'numa unknown' "$dir/out"
result $? "without a list, what it lacks is left out and said"
tandem bench pool --show-scopes
[ $status = 0 ] && grep -q '^system' "$dir/out" && grep -q '^scopes' "$dir/out"
result $? "the scopes of this machine are shown"

# ---- measuring

tandem bench pool --items=300 --producers=all --runs=2 --json=-
[ $status = 0 ] && judge "$dir/out" "$cpus" <<'END'
cpus = int(sys.argv[2])
assert d["schema"] == "tandem-bench/1" and d["command"][:3] == ["tandem", "bench", "pool"]
scopes = d["host"]["topology"]["scopes"]
known = [s for s in scopes if scopes[s]["pods"]]
counts = sorted({r["producers"] for r in rows})
assert counts[0] == 1 and counts[-1] == cpus, counts
for r in rows:
    assert r["scenario"] == "pool"
    assert r["notify"] == r["engine"] and r["producer"] == f'producers={r["producers"]}' and r["irq"] == "", r
    for k in ("frame_bytes", "gbps", "frames", "lost", "out_of_order", "retransmits",
              "round_trips_per_s", "notify_us", "stages_us", "notifications", "interrupts", "floor", "x_floor"):
        assert r[k] is None, k
    if r["host_cannot"]:
        assert r["engine"] == "gthreadpool"
        continue
    assert r["ok"] and r["conserved"] and r["runs"] == 2, r
    assert r["queued"] == r["executed"] == 300 * 2 * r["producers"], r
    assert r["items_per_s"] > 0
    for h in [r["queue_us"], r["execute_us"] or r["queue_us"]]:
        assert h["n"] == r["queued"]
        q = [h[k] for k in ("p50", "p90", "p95", "p99", "max") if h[k] is not None]
        assert len(q) >= 4 and q == sorted(q), h
    if r["engine"] == "pool":
        assert r["pool"]["kicks"] > 0 and r["scope"] in known
        assert r["pool"]["kicks"] + r["pool"]["coalesced"] == r["queued"]
for n in counts:
    own = [(r["scope"], r["strict"], r["wake"]) for r in rows if r["engine"] == "pool" and r["producers"] == n]
    assert len(own) == len(set(own)) == len(known) * 2, own
    assert {r["engine"] for r in rows if r["producers"] == n} == {"pool", "condvar", "gthreadpool", "eventfd"}
END
result $? "every combination runs each item exactly once"
grep -q 'queue to execute' "$dir/err" && grep -q '^scopes' "$dir/err"
result $? "--json=- prints the results alone, the table on stderr"

cp "$dir/out" "$dir/pool.json"
# Nothing differs from itself.
tandem bench pool --items=200 --runs=5 --order=random --seed=7 --baseline=condvar --json=-
[ $status = 0 ] && judge "$dir/out" <<'END'
assert d["statistics"]["order"] == "random" and d["statistics"]["seed"] == 7
assert set(d["statistics"]["resolvable"]) == {"items_per_s", "queue_p50_us", "queue_p99_us", "execute_p50_us", "execute_p99_us"}
order = sorted((p, r["label"]) for r in rows for p in r["run_order"])
assert [p for p, _ in order] == list(range(5 * len(rows)))
each = [[label for p, label in order if p // len(rows) == n] for n in range(5)]
assert all(sorted(e) == sorted(each[0]) for e in each) and (len(rows) < 3 or any(e != each[0] for e in each)), each
assert len({r["label"] for r in rows}) == len(rows)
for r in rows:
    assert len(r["samples"]["items_per_s"]) == 5 and r["stats"]["items_per_s"]["ci_lo"] <= r["items_per_s"]
    assert (r["vs_baseline"] is None) == (r["label"] == rows[0]["label"]), r["label"]
END
result $? "runs are made in rounds, each in an order of its own, with intervals and a baseline"
cp "$dir/out" "$dir/five.json"
tandem compare "$dir/five.json" "$dir/five.json"
[ $status = 0 ] && grep 'items_per_s' "$dir/out" | grep -q ' 1x .*~' && grep -q 'queue_p50_us' "$dir/out" &&
	! grep items_per_s "$dir/out" | grep -q 'better\|worse'
result $? "compare finds a file equal to itself"
python3 - "$dir/five.json" >"$dir/slow.json" <<'END'
import json, sys
d = json.load(open(sys.argv[1]))
for r in d["results"]:
    r["samples"]["items_per_s"] = [v / 1000 for v in r["samples"]["items_per_s"]]
json.dump(d, sys.stdout)
END
tandem compare "$dir/five.json" "$dir/slow.json" --fail-if='pool.items_per_s < 0.7x'
[ $status = 1 ] && grep items_per_s "$dir/out" | grep -q worse
result $? "a thousandth of the items is worse, and --fail-if says so"
tandem report "$dir/pool.json" --format=text
[ $status = 0 ] && grep -q "^pool condvar" "$dir/out" && grep -q "items/s" "$dir/out"
result $? "report shows a pool"
result $? "report says that it does not take them"
tandem bench pool --items=200 --baseline=none --kernel-lines
[ $status = 0 ] && grep -q "^test_workqueue: running $cpus threads, 200 items/thread\$" "$dir/out" &&
	grep -Eq "^test_workqueue:   system           [0-9]+ items/sec	p50=[0-9]+	p90=[0-9]+	p95=[0-9]+ ns\$" "$dir/out"
result $? "--kernel-lines prints the in-tree module's lines"

tandem bench pool --items=10000 --cull=1 --baseline=none --strict=yes --scope=cpu,system --json="$dir/json"
[ $status = 0 ] && judge "$dir/json" <<'END'
assert len(rows) == 4
for r in rows:
    assert r["ok"] and r["conserved"] and r["cull_ms"] == 1 and r["strict"]
assert sum(r["pool"]["culled"] for r in rows) > 0
END
result $? "nothing is lost while workers are culled"

tandem bench pool --items=100 --cpus=0 --workers=1 --wake=locked --scope=system --baseline=eventfd
[ $status = 0 ] && grep -q '^CPUs  *0$' "$dir/out" && grep -q '^eventfd' "$dir/out" &&
	! grep -q '^condvar' "$dir/out"
result $? "one CPU, one worker, one baseline"

# ---- being stopped

# The child of $pid has its producers.
has_producers() {
	for of in $(grep -ls "^PPid:[[:space:]]*$pid\$" /proc/[0-9]*/status); do
		grep -qs '^tandem-producer$' "${of%/status}"/task/*/comm && return 0
	done
	return 1
}

"$TANDEM" bench pool --items=100000000 --scope=system --wake=unlocked --order=sequential --json="$dir/json" \
	>"$dir/out" 2>"$dir/err" &
pid=$!
wait_until 200 has_producers && sleep 0.5
kill -TERM $pid
wait $pid
status=$?
[ $status = 130 ] && grep -q 'cut short' "$dir/out" && grep -q 'not reached' "$dir/out" &&
	grep -q 'cut short' "$dir/err" && judge "$dir/json" <<'END'
assert rows[0]["cut_short"] and rows[0]["queued"] == rows[0]["executed"] > 0
assert all(r["conserved"] for r in rows) and not any(r["ok"] for r in rows)
END
result $? "a signal ends it early, and what was measured is told"

# ---- unbound, in every scope

for scope in cpu system; do
	tandem bench rr --accel=thread --notify=unbound --scope=$scope --strict=yes --wake=locked \
		--duration=0.1 --warmup=0.05 --json="$dir/json"
	[ $status = 0 ] && judge "$dir/json" $scope <<'END'
r = rows[0]
assert r["ok"] and r["conserved"] and r["scope"] == sys.argv[2] and r["strict"] and r["wake"] == "locked"
END
	result $? "rr by unbound, scope $scope"
done

finish
