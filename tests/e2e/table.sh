#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# timeout: 240
#
# `bench table`: the seed's table first, then the grid, with its controls.
set -u
here=$(dirname "$0")
# shellcheck source=tests/e2e/tap
. "$here/tap"

tandem bench table --details --duration=0.1 --warmup=0.02 --no-noise-check --json="$dir/out.json"
[ $status = 0 ]
result $? "the table is measured"
seed=$(grep -n 'the notification is run by' "$dir/out" | head -n 1 | cut -d: -f1)
grid=$(grep -n '^stream, gated by its notifications' "$dir/out" | head -n 1 | cut -d: -f1)
[ -n "$seed" ] && [ -n "$grid" ] && [ "$seed" -lt "$grid" ]
result $? "the seed's table comes first, the grid after it"
sed -n "$((seed + 1)),$((seed + 6))p" "$dir/out" >"$dir/rows"
[ "$(grep -c 'batch' "$dir/rows")" = 3 ] && [ "$(grep -c 'sqpoll' "$dir/rows")" = 3 ] &&
	grep -q "worker on the producer's CPU" "$dir/rows" && grep -q 'unbound worker' "$dir/rows"
result $? "who delivers, from each producer in the kernel"
wrong=0
for words in 'control direct .*no mode effect' 'control user .*no mode effect' 'control fifo .*SCHED_FIFO' 'control A/A .*the same cell'; do
	grep -q "^$words" "$dir/out" || grep -q 'not possible here: .*SCHED_FIFO' "$dir/out" || wrong=1
done
result $wrong "controls are labelled"
awk '/^[a-z ]*, .*-byte frames|^[a-z ]*: (where the time|per second)/ { table = $0 }
		table && /^(none|voluntary|full|lazy|rt|unknown) / { row = table substr($0, 1, 56); if (seen[row]++) exit 1 }
	END { if (!table) exit 1 }' "$dir/out"
result $? "no two rows of a table say the same cell"
[ "$(grep -c '^gated stream: where\|^stream: where\|^rr: where' "$dir/out")" = "$(grep -c ': where the time went' "$dir/out")" ] &&
	grep -q '^gated stream: per second' "$dir/out" && grep -q '^stream: per second' "$dir/out"
result $? "each stream has a sub-table of its own"
[ "$(awk 'length > 132 && !/not possible|control/' "$dir/out" | wc -l)" = 0 ]
result $? "no line is longer than 132 columns"
tandem bench table --producer=user --duration=0.1 --warmup=0.02 --no-noise-check --format=csv
[ $status = 0 ] && grep -q '"user","eventfd\|"user","msi' "$dir/out" && ! grep -q '"batch"\|"sqpoll"' "$dir/out"
result $? "--producer leaves the lines of those it names"
if command -v python3 >/dev/null; then
	cat >"$dir/judge" <<-'EOF'
		import json, sys
		rows = json.load(open(sys.argv[1]))["results"]
		assert {r["control"] for r in rows} == {None, "direct", "user", "fifo", "aa"}
		assert {(r["scenario"], r["loop"]) for r in rows} == {("stream", "gated"), ("stream", None), ("rr", None)}
		for r in rows:
		    assert r["lost"] == 0 and r["corrupt"] == 0 and r["conserved"], r["label"]
		    assert r["ok"] or r["control"] == "fifo", r["label"]
		    if r["ok"]:
		        assert r["producer_counts"]["failures"] == 0 and r["producer_counts"]["io_wq_threads"] == 0, r["label"]
		        assert r["irq_path"] is None or r["irq_path"]["taken"] == r["irq_path"]["expected"], r["label"]
		assert len({r["label"] for r in rows}) == len(rows)
	EOF
	python3 "$dir/judge" "$dir/out.json" >"$dir/err" 2>&1
	result $? "nothing is lost, nothing leaves the producer, every path is the one that was asked for"
	cat >"$dir/judge" <<-'EOF'
		import json, sys
		for r in json.load(open(sys.argv[1]))["results"]:
		    assert r["floor"]["frame_bytes"] == r["frame_bytes"], r["label"]
	EOF
	python3 "$dir/judge" "$dir/out.json" >"$dir/err" 2>&1
	result $? "every row's floor is of its own frames"
else
	count=$((count + 1))
	echo "ok $count - the results in detail # SKIP no python3"
fi
finish
