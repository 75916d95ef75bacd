#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Open loop: frames at their time, latency from the intended time, overload said; a known delay found again.
set -u
here=$(dirname "$0")
# shellcheck source=tests/e2e/tap
. "$here/tap"

json_ok() { # json_ok EXPRESSION...: all true of the results in $dir/out.json
	reads_json || return 77
	python3 "$here/check_json.py" "$dir/out.json" "$@" >"$dir/wrong" 2>&1 && return 0
	sed 's/^/# json: /' "$dir/wrong" | tail -n 10
	return 1
}

# ---- every way of arriving, both scenarios

ways=poisson
is_quick || ways="poisson uniform fixed"
for arrivals in $ways; do
	tandem bench stream rr --details --duration=0.3 --warmup=0.1 --notify=direct --rate=1000 --arrivals=$arrivals \
		--json="$dir/out.json"
	[ $status = 0 ] && grep -q "open loop, $arrivals, 1000/s" "$dir/out"
	result $? "--rate=1000 --arrivals=$arrivals works, and the table says what it was"
	json_ok 'len(rows) == 2' 'all(r["lost"] == 0 and r["corrupt"] == 0 for r in rows)' \
		'all(r["load"]["loop"] == "open" and r["load"]["rate"] == 1000 for r in rows)' \
		"all(r['load']['arrivals'] == '$arrivals' for r in rows)" \
		'all(150 <= r["load"]["offered"] <= 450 or r["duration_s"] > 0.4 for r in rows)' \
		'all(r["latency_us"]["n"] + r["load"]["unmarked"] == r["load"]["offered"] for r in rows)' \
		'all(in_order(r["latency_us"]) and r["latency_us"]["max"] > 0 for r in rows)'
	result_of_json $? "--arrivals=$arrivals: every frame offered is in the latency, none is lost"
done

# ---- more than there is room for

tandem bench stream rr --details --duration=0.3 --warmup=0.1 --notify=direct --rate=10000000 --json="$dir/out.json"
[ $status = 0 ] && [ "$(grep -c 'OVERLOAD: [0-9]* never sent' "$dir/out")" = 2 ]
result $? "a rate above capacity is said in the table, and is no failure"
json_ok 'all(r["load"]["overload"] and r["load"]["unsent"] > 0 and r["lost"] == 0 for r in rows)' \
	'all(r["latency_us"]["n"] + r["load"]["unmarked"] == r["load"]["offered"] for r in rows)' \
	'all(r["latency_us"]["max"] > 100000 for r in rows)'
result_of_json $? "what was never sent is in the latency: its worst is as long as the window"

# ---- a pair in overload that is stopped

forget
timeout -k 5 "$patience" "$TANDEM" run stream --rate=10000000 --duration=30 >"$dir/out" 2>"$dir/err" &
pid=$!
wait_until 600 said "$dir/out" '^ *[0-9]* s .* frames'
kill -TERM $pid
wait $pid
status=$?
[ $status = 0 ] && grep -q ' 0 lost' "$dir/out"
result $? "run --rate, interrupted in overload, loses nothing"

# ---- a delay of known size

tandem bench rr --duration=0.5 --warmup=0.1 --notify=delayed,unbound --delay=700 --json="$dir/out.json"
[ $status = 0 ]
result $? "the strategy that waits works"
# The quickest of each: whatever else the machine does, it is at most longer.
least='[{k: h["curve"][0][1] for k, h in r["stages_us"].items()} for r in rows]'
json_ok '[r["delay_us"] for r in rows] == [700, 0]' "699 <= ${least}[0]['write'] <= 710" \
	'rows[0]["notify_us"]["curve"][0][1] >= 699' "${least}[0]['worker'] < 350" \
	"${least}[0]['handler'] < 350" "${least}[1]['write'] < 70"
result_of_json $? "a delay of 700 us is found in the stage write, and only there"
tandem help bench
! grep -q delayed "$dir/out"
result $? "it is for tests, and not among the strategies offered"

# ---- usage

for rate in 0 -1 10000001 1e3 "" abc; do
	refuses "--rate=$rate" "--rate=.*1 to 10000000" bench rr --rate="$rate"
done
refuses "--arrivals=bursty" "--arrivals=bursty.*poisson" bench rr --rate=10 --arrivals=bursty
refuses "--arrivals without --rate" "--arrivals=fixed.*--rate" bench rr --arrivals=fixed
for delay in x 1x -1 1000000 2s; do
	refuses "--delay=$delay" "--delay=$delay" bench rr --notify=delayed --delay=$delay
done

finish
