#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# timeout: 240
#
# The first minute: `tandem bench` alone. When its first figures come, what it says first, how wide it is.
set -u
here=$(dirname "$0")
# shellcheck source=tests/e2e/tap
. "$here/tap"

json_ok() {
	command -v python3 >/dev/null || return 77
	python3 "$here/check_json.py" "$dir/out.json" "$@" >"$dir/err2" 2>&1
}

# ---- how long it takes

begun=$(date +%s)
forget
"$TANDEM" bench --json="$dir/out.json" >"$dir/out" 2>"$dir/err" &
pid=$!
wait_until 100 said "$dir/err" '^tandem: 1 of 5, sqpoll: .*Gb/s$'
grep -q '^tandem: 1 of 5, sqpoll: direct [-0-9.e]*, deferred [-0-9.e]*, unbound [-0-9.e]* Gb/s$' "$dir/err"
result $? "the first figures come within 10 s"
wait "$pid"
status=$?
[ $status = 0 ]
result $? "bench without a scenario works"
within 45 "$begun"
result $? "and ends within 45 s"

# ---- what it says

head -n 1 "$dir/out" | grep -q '^Verdict: \(shown\|not shown\|spoiled\|unclear\) under '
result $? "the verdict comes first"
awk 'length > 80' "$dir/out" "$dir/err" | grep -v '^tandem: warning\|^tandem: accel thread' >"$dir/wide"
sed 's/^/# /' "$dir/wide"
[ ! -s "$dir/wide" ]
result $? "no line is longer than 80 columns"
[ "$(grep -c '^deliverer producer ' "$dir/out")" = 1 ] && ! grep -q 'where the time went' "$dir/out"
result $? "one table, and no other"
wrong=0
for row in 'direct    sqpoll  ' 'deferred  sqpoll  ' 'unbound   sqpoll  ' \
	'direct    user, control' 'deferred  user, control' 'unbound   user, control'; do
	[ "$(grep -c "^$row" "$dir/out")" = 1 ] || wrong=1
done
result $wrong "each deliverer, from a producer in the kernel, and as a control from one in user mode"
grep -q '^kernel   ' "$dir/out" && grep -q '^preempt  ' "$dir/out" && grep -q '^guests   ' "$dir/out"
result $? "what it was measured under is below"

# ---- what it leaves

json_ok 'len(rows) == 6' 'all(r["loop"] == "gated" and r["runs"] == 5 for r in rows)' \
	'[r["control"] for r in rows] == 3 * [None] + 3 * ["user"]' \
	'all(r["lost"] == 0 and r["corrupt"] == 0 and r["conserved"] for r in rows)' \
	'all(len(r["samples"]["gbps"]) == 5 for r in rows)' \
	'len({place for r in rows for place in r["run_order"]}) == 30'
result_of_json $? "the results: five runs of each, in rounds"
tandem report "$dir/out.json" --format=text
[ $status = 0 ] && grep -q '^stream gated by its notifications' "$dir/out"
result $? "report takes them"
tandem compare "$dir/out.json" "$dir/out.json"
[ $status = 0 ] && grep -q '^0 better, 0 worse' "$dir/out"
result $? "compare takes them"

# ---- all the tables

short="--duration=0.05 --warmup=0 --no-noise-check"
# shellcheck disable=SC2086
tandem bench $short --runs=2 --details
[ $status = 0 ] && grep -q '^stream, gated by its notifications' "$dir/out" &&
	grep -q '^gated stream: where the time went' "$dir/out" && grep -q '^gated stream: per second' "$dir/out" &&
	grep -q '^floor, preempt' "$dir/out" && head -n 1 "$dir/out" | grep -q '^kernel '
result $? "--details prints them"
# shellcheck disable=SC2086
tandem bench $short --runs=2
[ $status = 0 ] && head -n 1 "$dir/out" | grep -q '^Verdict: unclear under .* Too few runs to tell: 2'
result $? "too few runs are no verdict"
# shellcheck disable=SC2086
tandem bench rr $short
[ $status = 0 ] && [ "$(awk 'length > 80' "$dir/out" | wc -l)" = 0 ] && grep -q '^deliverer .*trips/s' "$dir/out"
result $? "with a scenario, too, the table fits 80 columns"
refuses "what goes with a scenario only" "bench: --rate goes with a scenario" bench --rate=100

finish
