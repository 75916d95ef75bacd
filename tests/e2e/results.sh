#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Results: the table for people, JSON for scripts, whole or not at all.
set -u
here=$(dirname "$0")
# shellcheck source=tests/e2e/tap
. "$here/tap"

# json_ok FILE EXPRESSION...: valid, of the schema, and every (Python) expression is true.
json_ok() {
	if reads_json; then
		python3 "$here/check_json.py" "$@" >"$dir/wrong" 2>&1 && return 0
		sed 's/^/# json: /' "$dir/wrong" | tail -n 10
		return 1
	fi
	# Without Python: the outline and the keys.
	[ "$(head -n 1 "$1")" = "{" ] && [ "$(tail -n 1 "$1")" = "}" ] &&
		for key in schema host results kernel preempt scenario notify frame_bytes lost \
			out_of_order retransmits notify_us stages_us notifications interrupts \
			ctx_switches floor x_floor; do
			grep -q "^ *\"$key\":" "$1" || return 1
		done
}

leftovers() { # is there anything in the results' directory but the results?
	[ -n "$(find "$dir/results" ! -name out.json ! -path "$dir/results")" ]
}
mkdir "$dir/results"

# ---- three strategies, both scenarios

# Long enough for something to happen, and longer where the machine is so busy that it was not.
for seconds in 0.6 4; do
	tandem bench stream rr --details --duration=$seconds --warmup=0.1 --notify=direct,deferred,unbound --json="$dir/results/out.json"
	json_ok "$dir/results/out.json" 'all(r["frames"] > 0 and r["notifications"] > 0 and r["interrupts"] > 0 for r in rows)' \
		'all(r["x_floor"] > 0 and (not r["kvm"] or r["kvm"]["a"]["exits"] > 0 < r["kvm"]["b"]["exits"]) for r in rows)' \
		>/dev/null && break
done
cp "$dir/out" "$dir/table"
[ $status = 0 ]
result $? "bench of two scenarios under three strategies works"
json_ok "$dir/results/out.json" 'len(rows) == 6' \
	'sorted(r["scenario"] for r in rows) == 3 * ["rr"] + 3 * ["stream"]' \
	'len({(r["scenario"], r["notify"]) for r in rows}) == 6'
result $? "--json=FILE: one object per combination, with all the keys"
json_ok "$dir/results/out.json" 'all(r["lost"] == 0 and r["corrupt"] == 0 and r["ok"] for r in rows)' \
	'all(r["frames"] > 0 and r["conserved"] and not r["cut_short"] for r in rows)'
result $? "nothing is lost under any strategy"
json_ok "$dir/results/out.json" 'all(r["notifications"] > 0 and r["interrupts"] > 0 for r in rows)' \
	'all(r["round_trips_per_s"] > 0 for r in rows if r["scenario"] == "rr")' \
	'all(r["round_trips_per_s"] is None for r in rows if r["scenario"] == "stream")' \
	'all(0.6 <= r["duration_s"] and r["runs"] == 1 for r in rows)' \
	'all(r["x_floor"] > 0 for r in rows)'
result $? "rates and counts make sense"
json_ok "$dir/results/out.json" \
	'all(in_order(h) for r in rows for h in [r["notify_us"]] + list(r["stages_us"].values()))'
result $? "quantiles are in order, and absent where there are too few samples"
json_ok "$dir/results/out.json" 'all(in_order(r["frame_us"]) and r["frame_us"]["mean"] > 0 for r in rows)' \
	'all(1 < r["frame_us"]["n"] / r["frames"] * 2 / (1 + (r["scenario"] == "rr")) < 4 for r in rows)'
result $? "every frame has an age, under any strategy"
json_ok "$dir/results/out.json" \
	'all(t["voluntary"] + t["involuntary"] < 1e8 for r in rows for t in r["threads"])' \
	'all({"tandem", "tandem-a", "tandem-b", "tandem-backend"} <= {t["name"] for t in r["threads"]}
		for r in rows)' \
	'all((r["kvm"] is None) == (r["accel"] == "thread") for r in rows)' \
	'all(r["kvm"][g]["exits"] > 0 for r in rows if r["kvm"] for g in "ab")' \
	'all(r["load"]["loop"] == "closed" and "latency_us" not in r for r in rows)' \
	'all(r["guest_stamp_cost_ns"] > 0 for r in rows)' 'doc["host"]["stamp_cost_ns"] > 0'
result $? "threads, KVM's counters and the costs of recording are there"
leftovers
[ $? = 1 ]
result $? "nothing but the results is left behind"
json_ok "$dir/results/out.json" 'all(r["features"] == "default" for r in rows)' \
	'all(r["features_negotiated"] == ["mtu", "mac", "event_idx", "version_1", "in_order"] for r in rows)'
result $? "the virtio features that were negotiated are there"
grep -q '^negotiated: mtu mac event_idx version_1 in_order$' "$dir/table"
result $? "and in the details"

for features in +packed -event_idx,+status,-mac +ring_packed,-event_idx; do
	# No retransmission makes up for a lost wake-up, however slow the host.
	tandem bench stream rr --details --duration=0.3 --warmup=0.1 --notify=deferred --features=$features --frame=1500 \
		--window=16 --rto=10000000 --json="$dir/features.json"
	[ $status = 0 ]
	result $? "--features=$features: bench works"
	json_ok "$dir/features.json" 'all(r["lost"] == 0 and r["corrupt"] == 0 and r["ok"] for r in rows)' \
		'all(r["frames"] > 0 and r["conserved"] and r["retransmits"] == 0 for r in rows)' \
		'all(("ring_packed" in r["features_negotiated"]) == ("packed" in "'"$features"'") for r in rows)' \
		'all(("event_idx" in r["features_negotiated"]) == ("-event_idx" not in "'"$features"'") for r in rows)' \
		'all(("status" in r["features_negotiated"]) == ("mac" not in r["features_negotiated"]) for r in rows)' \
		'all(set(r["features"].split(",")) == set("'"$features"'".replace("+packed", "+ring_packed").split(",")) for r in rows)'
	result $? "--features=$features: it was negotiated, and nothing is lost"
done
grep -q '^negotiated: mtu mac version_1 ring_packed in_order$' "$dir/out" &&
	grep -q 'features -event_idx,+ring_packed' "$dir/out"
result $? "other features are a condition, and negotiated in the details"
json_ok "$dir/results/out.json" \
	'all(r["irq_path"] is None or r["irq_path"]["taken"] == r["irq_path"]["expected"] for r in rows)'
result $? "the interrupt path's self-test agrees with --irq"
wrong=0
for word in direct deferred unbound lost floor kernel preempt clock; do
	grep -q "$word" "$dir/table" || wrong=1
done
result $wrong "the table names conditions, strategies and losses"

# ---- to a pipe

# shellcheck disable=SC2086
tandem bench rr $quick --notify=direct --json=-
[ $status = 0 ] && json_ok "$dir/out" 'len(rows) == 1'
result $? "--json=- prints JSON and nothing else on stdout"
grep -q 'trips/s' "$dir/err" && grep -q '^kernel' "$dir/err"
result $? "--json=-: the table goes to stderr"
! LC_ALL=C grep -q "$(printf '[\033\r]')" "$dir/out" "$dir/err" "$dir/table"
result $? "no escape codes and no carriage returns where there is no terminal"

still_a_link() { [ ! -e /dev/stdout ] || [ -L /dev/stdout ]; }
# shellcheck disable=SC2086
tandem bench rr $quick --notify=direct --json=/dev/stdout
[ $status = 0 ] && json_ok "$dir/out" 'len(rows) == 1' && still_a_link && grep -q 'trips/s' "$dir/err"
result $? "--json=/dev/stdout is the same, into a file, too; and it stays what it is"
"$TANDEM" report "$dir/out" --format=csv -o /dev/stdout >"$dir/csv" 2>"$dir/err"
[ "$(wc -l <"$dir/csv")" = 2 ] && still_a_link
result $? "report -o /dev/stdout: so it does"

# ---- over an older file

echo old >"$dir/results/out.json"
# shellcheck disable=SC2086
tandem bench rr $quick --notify=direct --json="$dir/results/out.json"
[ $status = 0 ] && json_ok "$dir/results/out.json" 'len(rows) == 1' && ! leftovers
result $? "an older file is replaced"
# shellcheck disable=SC2086
(cd "$dir/results" && timeout "$patience" "$TANDEM" bench rr $quick --notify=direct --json=out.json) \
	>"$dir/out" 2>"$dir/err" && ! leftovers
result $? "a bare file name is a file in this directory"

ln -s out.json "$dir/results/link"
chmod 600 "$dir/results/out.json"
# shellcheck disable=SC2086
tandem bench rr $quick --notify=direct --json="$dir/results/link"
[ $status = 0 ] && [ -L "$dir/results/link" ] && rm "$dir/results/link" && ! leftovers &&
	json_ok "$dir/results/out.json" 'len(rows) == 1' && [ "$(stat -c %a "$dir/results/out.json")" = 600 ]
result $? "a link stays, what it names is replaced, and keeps its rights"

# ---- where it can't be written

if [ "$(id -u)" != 0 ]; then
	mkdir "$dir/sealed"
	chmod 555 "$dir/sealed"
	refuses "a directory that cannot be written to: nothing is measured" "$dir/sealed" bench rr \
		--json="$dir/sealed/out.json"
elif can_be_nobody; then
	mkdir "$dir/sealed"
	chmod 755 "$dir"
	start=$(date +%s)
	setpriv --reuid=65534 --regid=65534 --clear-groups "$TANDEM" bench rr --duration=30 \
		--json="$dir/sealed/out.json" >"$dir/out" 2>"$dir/err"
	status=$?
	[ $status = 2 ] && [ ! -s "$dir/out" ] && grep -q "$dir/sealed/out.json" "$dir/err" &&
		within 20 "$start"
	result $? "a directory that cannot be written to: nothing is measured"
else
	skip "a directory that cannot be written to: nothing is measured" \
		"root, and no setpriv to be anyone else"
fi

# A file system of one page: there is no room for the results.
mkdir "$dir/tiny"
if [ "$(id -u)" = 0 ] && unshare -m mount -t tmpfs -o size=4k none "$dir/tiny" 2>/dev/null; then
	# shellcheck disable=SC2016,SC2086 # for the inner shell
	unshare -m sh -c 'mount -t tmpfs -o size=4k none "$1/tiny" || exit 99
		echo older >"$1/tiny/out.json"
		dd if=/dev/zero of="$1/tiny/ballast" bs=1k count=4 2>/dev/null
		dir=$1
		shift
		TMPDIR=$dir "$@" --json="$dir/tiny/out.json" >"$dir/out" 2>"$dir/err"
		echo $? >"$dir/status"
		ls -A "$dir/tiny" >"$dir/ls"
		cat "$dir/tiny/out.json" >"$dir/kept"' sh "$dir" timeout "$patience" "$TANDEM" bench rr $quick --notify=direct
	status=$(cat "$dir/status")
	[ "$status" = 1 ] && grep -q "out.json.*No space left" "$dir/err"
	result $? "a full disk: exit 1, naming the file"
	[ "$(cat "$dir/ls")" = "ballast
out.json" ] && [ "$(cat "$dir/kept")" = older ]
	result $? "a full disk: no half file, no temporary, the older file untouched"
	grep -q 'trips/s' "$dir/out"
	result $? "a full disk: the table is printed nevertheless"
	rescued=$(sed -n 's/.*No space left.*; they are in //p' "$dir/err")
	[ "${rescued%/*}" = "$dir" ] && json_ok "$rescued" 'len(rows) == 1'
	result_of_json $? "a full disk: the results are in TMPDIR"
else
	skip "a full disk" "no right to mount a file system that is full"
fi

# As containers hand single files in: its name cannot be given to another.
if [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null; then
	: >"$dir/inside.json"
	: >"$dir/outside.json"
	for command in "bench rr $quick --notify=direct --json=$dir/inside.json" \
		"report $dir/results/out.json --output=$dir/inside.json"; do
		: >"$dir/outside.json"
		# shellcheck disable=SC2016,SC2086 # for the inner shell; words
		unshare -m sh -c 'mount --bind "$1/outside.json" "$1/inside.json" || exit 99
			tandem=$2
			shift 2
			exec timeout -k 5 '"$patience"' "$tandem" "$@"' sh "$dir" "$TANDEM" $command >"$dir/out" 2>"$dir/err"
		status=$?
		[ $status = 0 ] && [ ! -s "$dir/inside.json" ] && json_ok "$dir/outside.json" 'len(rows) == 1'
		result_of_json $? "a mounted file is written to: ${command%% -*}"
	done
else
	skip "a mounted file is written to" "no right to mount one"
fi
# shellcheck disable=SC2086
timeout "$patience" "$TANDEM" bench rr $quick --notify=direct --json=- >/dev/full 2>"$dir/err"
status=$?
[ $status = 1 ] && grep -q 'json=-.*No space left' "$dir/err"
result $? "a full pipe: exit 1, saying so"

# ---- doctor

tandem doctor
if [ $accel = kvm ]; then
	[ $status = 0 ]
else
	[ $status = 1 ] && [ "$(grep -c '^FAIL ' "$dir/out")" = 1 ] && grep -q '^FAIL  /dev/kvm .*accel=thread' "$dir/out"
fi && [ ! -s "$dir/err" ]
result $? "doctor finds that this machine will do"
! grep -v -e '^PASS  ' -e '^WARN  ' -e '^FAIL  ' "$dir/out" | grep -qv '^kernel '
result $? "doctor prints PASS, WARN and FAIL lines only, after the kernel"
wrong=0
for what in /dev/kvm io_uring clock preemption tick cpus memlock privileges; do
	grep -q "^[A-Z]*  $what " "$dir/out" || wrong=1
done
result $wrong "doctor looks at everything"

# ---- how long it takes

# Ended once it has said so: however long the machine takes to get there, and no longer.
forget
timeout "$patience" "$TANDEM" bench rr --notify=direct,unbound --runs=3 --duration=20 >"$dir/out" 2>"$dir/err" &
pid=$!
about='^tandem: 2 cells, 4 times: about [0-9]* min$'
wait_until 600 said "$dir/err" "$about"
kill $pid 2>/dev/null
wait $pid
grep -q "$about" "$dir/err"
result $? "where stderr is no terminal, one line says how long it takes"
if script -qec true /dev/null </dev/null >/dev/null 2>&1; then
	TERM=xterm timeout "$patience" script -qec "'$TANDEM' bench rr --notify=direct --runs=2 --duration=0.5" /dev/null </dev/null 2>/dev/null |
		tr '\r' '\n' >"$dir/out"
	grep -q '2 of 3 runs: rr direct .* of 0.5 s .* frames  about [0-9]* s left' "$dir/out" &&
		! grep -q ' of 0 s\| 0\.0 of' "$dir/out"
	result $? "on a terminal a line says which of how many it is, and what is left"
else
	skip "on a terminal a line says which of how many it is, and what is left" "no script(1), or no terminals for it"
fi

# ---- run

tandem run stream --duration=1.3 --warmup=1
last=$(sed -n 's/^ *[0-9]* s  *\([0-9]*\) frames .* Gb\/s .*/\1/p' "$dir/out" | tail -n 1)
sum=$(sed -n 's/^\([0-9]*\) frames in .* Gb\/s.*/\1/p' "$dir/out")
[ $status = 0 ] && [ -n "$last" ] && [ -n "$sum" ] && [ "$last" -le "$sum" ]
result $? "run: its lines count what its summary counts, without the warm-up"
[ "$(grep -c -E ' p50/90/99 ([0-9.]+|-)/([0-9.]+|-)/([0-9.]+|-) us$' "$dir/out")" = 1 ]
result $? "run shows the last second's latency percentiles"
tandem run rr --duration=1.5 --warmup=0.1
[ $status = 0 ] && grep -q '^ *1 s .* trips/s' "$dir/out" && grep -q '^[0-9]* frames in .* trips/s' "$dir/out" &&
	! grep -q 'Gb/s' "$dir/out"
result $? "run rr: round trips, not bits"

finish
