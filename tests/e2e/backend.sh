#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# tandem backend: front ends come, go and are killed; sockets, refusals, ends.
set -u
here=$(dirname "$0")
# shellcheck source=tests/e2e/tap
. "$here/tap"
# shellcheck source=tests/e2e/processes
. "$here/processes"

frontend=$TANDEM_BUILD/tests/e2e-frontend
[ -x "$frontend" ] || skip_all "no tests/e2e-frontend: it is built with the tests"
a=$dir/a.sock b=$dir/b.sock

# serve ARG...: a backend on both sockets, in the background.
serve() {
	begin backend --socket-a="$a" --socket-b="$b" "$@"
	wait_until 100 said "$dir/out" 'Ctrl-C ends it'
}

# over NAME: ends it by SIGTERM; exit 0, no socket and no process left.
over() {
	kill "$pid"
	ends "$1"
	[ "$status" = 0 ] && [ ! -e "$a" ] && [ ! -e "$b" ] && wait_nobody
	result $? "$1: exit 0; sockets and processes are gone"
}

# pings N: that many frames each way, each needing its kick and its notification
pings() { timeout -k 5 "$patience" "$frontend" ping "$a" "$b" "$1" >"$dir/ping" 2>&1; }

# stays HOW PATH: a front end in the background as $front, once it is attached.
stays() {
	: >"$dir/stays"
	"$frontend" "$1" "$2" >"$dir/stays" 2>&1 &
	front=$!
	wait_until 100 grep -q attached "$dir/stays"
}

# dies: it is killed, as a front end may be at any moment
dies() {
	kill -9 "$front"
	wait "$front" 2>/dev/null
}

# ---- wrong usage

refuses "no sockets" "give --socket-a=PATH and --socket-b=PATH" backend
refuses "one socket" "give --socket-a=PATH and --socket-b=PATH" backend --socket-a="$a"
refuses "an empty path" "give --socket-a=PATH and --socket-b=PATH" backend --socket-a= --socket-b="$b"
refuses "the same socket twice" "needs its own" backend --socket-a="$a" --socket-b="$a"
refuses "an argument" "'stream' is one argument too many" backend --socket-a="$a" --socket-b="$b" stream
refuses "an option of bench" "backend: --runs is not an option here" backend --runs=2
refuses "a list of strategies" "--notify=" backend --socket-a="$a" --socket-b="$b" --notify=direct,deferred
refuses "a front end's place" "give backend and notifier" backend --socket-a="$a" --socket-b="$b" --cpus=a=0
refuses "a directory that is not there" "socket /nonexistent/a" backend --socket-a=/nonexistent/a --socket-b="$b"
features="backend --socket-a=$a --socket-b=$b"
# shellcheck disable=SC2086 # a word list
{
	refuses "a feature without sign" "+ or - in front of it: --features=-mtu" $features --features=mtu
	refuses "a feature that is mistyped" "did you mean mrg_rxbuf" $features --features=-mtu,-mrg_rxbuff
	refuses "a feature that is not offered" "does not offer this; it offers: mtu mrg_rxbuf" $features --features=+mq
	refuses "a feature without name" "does not offer this" $features --features=-mtu,+
	refuses "no features" "+ or - in front" $features --features=
}
for n in 0 9 -1 two; do
	refuses "$n pairs of queues" "--queue-pairs=$n: " backend --socket-a="$a" --socket-b="$b" --queue-pairs="$n"
done
long=$dir/$(printf 'x%.0s' $(seq 120))
refuses "a path that is too long" "at most 107 bytes" backend --socket-a="$long" --socket-b="$b"
echo mine >"$dir/file"
refuses "another file of that name" "not a socket" backend --socket-a="$dir/file" --socket-b="$b"
[ "$(cat "$dir/file")" = mine ] && [ ! -e "$b" ]
result $? "another file of that name: it stays as it was, and the other socket is gone"

# ---- sockets

(
	umask 0
	serve --duration=60
	echo "$pid" >"$dir/pid"
)
pid=$(cat "$dir/pid")
[ "$(stat -c %a:%F "$a" "$b")" = "600:socket
600:socket" ]
result $? "sockets have mode 0600, whatever the umask"
timeout -k 5 "$patience" "$TANDEM" backend --socket-a="$a" --socket-b="$dir/c.sock" >"$dir/out2" 2>"$dir/err2"
status=$?
[ $status = 2 ] && grep -q "^tandem: socket $a: in use" "$dir/err2" && [ ! -e "$dir/c.sock" ]
result $? "a live owner keeps its socket: exit 2"
pings 20
result $? "a live owner keeps its socket: its front ends still get through"
kill -9 "$pid"
wait_nobody
[ -S "$a" ] && [ -S "$b" ]
result $? "kill -9 leaves the sockets"
serve
pings 20
result $? "stale sockets are replaced"
over "stale sockets"

# ---- ends

for signal in $interrupt HUP; do
	serve --json="$dir/$signal.json"
	stays flood "$a"
	kill_group "$signal"
	ends "$signal under traffic"
	[ $status = 0 ] && [ ! -e "$a" ] && [ ! -e "$b" ] && grep -q '^a: sent' "$dir/out"
	result $? "$signal under traffic: exit 0, counters are printed, the sockets are gone"
	grep -q '"scenario": "backend"' "$dir/$signal.json" && [ "$(tail -n 1 "$dir/$signal.json")" = "}" ]
	result $? "$signal under traffic: the results are whole"
	dies
done
works "--duration ends it" backend --socket-a="$a" --socket-b="$b" --duration=0.2
[ ! -e "$a" ] && [ ! -e "$b" ] && [ "$(grep -c ' notif/s ' "$dir/out")" = 1 ]
result $? "--duration: a line, and no sockets"
"$TANDEM" backend --socket-a="$a" --socket-b="$b" --duration=0.2 >/dev/full 2>"$dir/err"
status=$?
[ $status = 1 ] && grep -q 'standard output' "$dir/err" && [ ! -e "$a" ]
result $? "standard output is full: exit 1, naming it"
{
	timeout -k 1 "$patience" "$TANDEM" backend --socket-a="$a" --socket-b="$b" 2>"$dir/err"
	echo $? >"$dir/status"
} | sed 1q >"$dir/out"
[ "$(cat "$dir/status")" = 0 ] && [ ! -s "$dir/err" ] && [ ! -e "$a" ]
result $? "nobody reads: it ends, and nothing is said"

# ---- filters

# filter_of NAME: 2: that thread of $pid has one
filter_of() {
	for task in /proc/"$pid"/task/*; do
		[ "$(cat "$task/comm")" != "$1" ] || sed -n 's/^Seccomp:[[:space:]]*//p' "$task/status"
	done
}
serve
if [ "$(filter_of tandem-backend)" = 2 ]; then
	[ "$(filter_of tandem-door-a)$(filter_of tandem-door-b)" = 22 ] &&
		[ "$(filter_of tandem-guard-a)$(filter_of tandem-guard-b)" = 22 ]
	result $? "each door has a system call filter, as the backend has"
else
	skip "each door has a system call filter" "no filters in this build, or on this kernel"
fi
over "filters"

# ---- frames, whoever notifies

ways="direct:user deferred:user unbound:user direct:batch unbound:sqpoll"
for way in $ways; do
	serve --notify="${way%:*}" --producer="${way#*:}"
	pings 500 && grep -q '^500 frames each way' "$dir/ping"
	result $? "$way: frames go both ways"
	over "$way"
	grep -q '^a: sent 500 frames' "$dir/out" && grep -q '^b: sent 500 frames' "$dir/out" &&
		! grep -q '[1-9] refused' "$dir/out" && [ ! -s "$dir/err" ]
	result $? "$way: they are counted, and nothing is said"
done
for poll in 1000 auto; do
	serve --busy-poll=$poll --json="$dir/json"
	pings 500
	result $? "--busy-poll=$poll: frames go both ways"
	over "--busy-poll=$poll"
	grep -q "\"busy_poll_auto\": $([ $poll = auto ] && echo true || echo false)" "$dir/json"
	result $? "--busy-poll=$poll: the results say which it was"
done

serve --features=-event_idx,-mtu,+mtu
pings 50
result $? "--features=-event_idx: frames go both ways"
over "--features"
[ "$(grep -c '^   agreed on: protocol_features version_1$' "$dir/out")" = 2 ]
result $? "--features=-event_idx: it is not agreed on"
serve
pings 50
over "all features"
[ "$(grep -c '^   agreed on: event_idx protocol_features version_1$' "$dir/out")" = 2 ]
result $? "without --features it is agreed on, and printed by name"

serve --queue-pairs=2 --features=-mq
pings 50
over "--queue-pairs=2 --features=-mq"
[ "$(grep -c '^   agreed on: event_idx protocol_features version_1$' "$dir/out")" = 2 ]
result $? "--queue-pairs=2 --features=-mq: one pair is offered"
serve --queue-pairs=2
"$frontend" beyond "$a" 4 >"$dir/ping" 2>&1
result $? "--queue-pairs=2: a front end with a fifth ring is refused"
[ "$(cat "$dir/err")" = "tandem: warning: socket $a: SET_VRING_NUM (request 8): vring index 4 is not one of 0 to 3 (queue pairs: 2); connection closed" ]
result $? "--queue-pairs=2: a line says socket, message, index and what there is"
over "a fifth ring"

# ---- either side gone and back

serve
stays hold "$a"
dies
stays flood "$b"
dies
stays flood "$a"
stays_a=$front
stays hold "$b"
dies
front=$stays_a
dies
pings 100
result $? "front ends that were killed: the next ones get through"
k=0
while [ $k -lt 5 ] && pings 20; do k=$((k + 1)); done
[ $k = 5 ]
result $? "both sides gone and back, five times"
over "either side gone and back"
grep -q 'connected [7-9] times' "$dir/out" && grep -q ' 0 refused' "$dir/out"
result $? "either side gone and back: connections are counted"

# ---- results

# judge EXPRESSION...: are they true of the results in $dir/json? 77: nobody can tell
judge() {
	command -v python3 >/dev/null || return 77
	python3 - "$dir/json" "$@" <<-'end' 2>>"$dir/err"
		import json, sys
		d = json.load(open(sys.argv[1]))
		r = d["results"][0]
		a, b = r["front_ends"]["a"], r["front_ends"]["b"]
		for e in sys.argv[2:]:
		    assert eval(e), e
	end
}

serve --json="$dir/json" --notify=unbound --features=-event_idx
pings 50
pings 50
stays hold "$a"
over "--json"
dies
grep -q '"schema": "tandem-bench/1"' "$dir/json" && [ ! -s "$dir/err" ]
result $? "--json: results are there after a signal, and nothing else is said"
judge 'r["scenario"] == "backend"' 'r["frames"] == 200' 'a["frames"] == 100' 'b["frames"] == 100' \
	'r["conserved"] and r["ok"] and not r["cut_short"]' 'r["gbps"] > 0' \
	'0 < r["attached_s"] <= r["duration_s"]' 'r["asked_s"] is None' \
	'r["stages_us"]["worker"]["n"] + r["coalesced"] + a["stamps_lost"] + b["stamps_lost"] >= r["notifications"] > 0'
result_of_json $? "--json: frames, notifications and the stages from t0 to t2"
judge 'a["connections"] == 3 and a["reconnects"] == 2 and b["reconnects"] == 1' 'a["refusals"] == 0' \
	'a["features"] == ["protocol_features", "version_1"]' '"event_idx" not in r["features_offered"]' \
	'b["rings"]["tx"]["base"] == 50 and b["rings"]["rx"]["base"] == 50' \
	'b["rings"]["tx"]["size"] == 256' 'b["rings"]["tx"]["kicks"] >= 1' \
	'b["rings"]["tx"]["needless_kicks"] <= b["rings"]["tx"]["kicks"]' 'b["rings"]["rx"]["polls"] is False'
result_of_json $? "--json: features by name, base indices, kicks and reconnects of each front end"
judge 'r["queue_pairs"] == 1' 'len(a["pairs"]) == 1' 'a["pairs"][0]["rings"] == a["rings"]' \
	'b["pairs"][0]["frames"] == 100' '"mq" not in r["features_offered"]'
result_of_json $? "--json: one pair of queues"
cp "$dir/json" "$dir/one"
serve --json="$dir/json" --notify=unbound --features=-event_idx --queue-pairs=3
"$frontend" pairs "$a" "$b" 50 >"$dir/ping" 2>&1
result $? "--queue-pairs=3: frames of two pairs go both ways"
over "--queue-pairs=3"
[ "$(grep -c '^   by pair of queues: 50, 50, 0 frames$' "$dir/out")" = 2 ] && [ ! -s "$dir/err" ]
result $? "--queue-pairs=3: they are printed by pair"
judge 'r["queue_pairs"] == 3' '[p["frames"] for p in a["pairs"]] == [50, 50, 0]' \
	'[p["frames"] for p in b["pairs"]] == [50, 50, 0]' 'a["frames"] == 100' '"mq" in a["features"]' \
	'a["pairs"][1]["rings"]["tx"]["base"] == 50' 'a["pairs"][2]["rings"]["rx"]["size"] == 0' \
	'b["pairs"][1]["rings"]["tx"]["kicks"] >= 1' 'b["pairs"][0]["rings"] == b["rings"]'
result_of_json $? "--queue-pairs=3: results have frames and rings of each"
tandem compare "$dir/one" "$dir/json"
[ $status = 0 ] && grep -q 'queue_pairs' "$dir/out" "$dir/err"
result $? "tandem compare says that the pairs of queues differ"
cp "$dir/one" "$dir/json"
tandem compare "$dir/json" "$dir/json"
[ $status = 0 ] && grep -q '^backend unbound.* gbps ' "$dir/out"
result $? "tandem compare takes a session's results"
refuses "tandem report does not, and says so" "results of tandem backend: report shows pairs" report "$dir/json"
echo old >"$dir/json"
serve --json="$dir/json" --duration=60
stays flood "$a"
kill -9 "$pid"
wait "$pid" 2>/dev/null
wait_nobody
dies
[ "$(cat "$dir/json")" = old ] && [ "$(find "$dir" -name 'json*' | wc -l)" = 1 ]
result $? "--json: a backend that is killed leaves the old file whole, and nothing beside it"
works "--json, nobody came" backend --socket-a="$a" --socket-b="$b" --duration=0.1 --json="$dir/json"
judge 'r["gbps"] is None' 'r["frames"] == 0' 'a["connections"] == 0 == a["reconnects"]' 'a["features"] == []' \
	'r["asked_s"] == 0.1 and not r["cut_short"]'
result_of_json $? "--json, nobody came: what there is not is null"
works "--json=-" backend --socket-a="$a" --socket-b="$b" --duration=0.1 --json=-
[ "$(head -n 1 "$dir/out")" = "{" ] && [ "$(tail -n 1 "$dir/out")" = "}" ] && grep -q ' notif/s ' "$dir/err"
result $? "--json=-: results alone on standard output"
refuses "results that cannot be written" "json=/nonexistent/x" \
	backend --socket-a="$a" --socket-b="$b" --json=/nonexistent/x
[ ! -e "$a" ] && [ ! -e "$b" ]
result $? "results that cannot be written: the sockets are gone"

# ---- memory that goes while it is mapped

for way in direct:user unbound:batch direct:sqpoll; do
	serve --notify="${way%:*}" --producer="${way#*:}"
	stays flood "$b"
	timeout -k 5 "$patience" "$frontend" cut "$a" >"$dir/ping" 2>&1 && kill -0 "$pid" &&
		grep -q "socket $a: a memory file was cut short .*connection closed" "$dir/err" &&
		! grep -q "socket $b" "$dir/err"
	result $? "$way: memory cut short costs its own connection, and a line names it"
	dies
	pings 50
	result $? "$way: memory cut short: the next front ends get through"
	over "$way: memory cut short"
done

# ---- users' mistakes: a line each, once

serve
stays unshared "$a"
wait_until 100 grep -q "socket $a: [0-9]* kicks and the index is still 0: is the guest's memory shared" "$dir/err"
result $? "memory that is not shared: a line asks whether it is"
sleep 1
[ "$(grep -c "index is still 0" "$dir/err")" = 1 ]
result $? "memory that is not shared: one line"
dies
stays silent "$b"
wait_until 150 grep -q "socket $b: connected for 5 s and no message has come" "$dir/err"
result $? "a front end that says nothing: a line names its socket"
dies
pings 50 && [ "$(wc -l <"$dir/err")" = 2 ]
result $? "users' mistakes: the next front ends get through, and nothing more is said"
stays hold "$a"
sleep 6
[ "$(wc -l <"$dir/err")" = 2 ]
result $? "a front end whose guest does nothing is no mistake"
dies
over "users' mistakes"

# ---- the other role

begin backend --socket-a="$a" --socket-b="$b" --client
wait_until 100 said "$dir/out" 'Ctrl-C ends it'
sleep 0.5
grep -q "a from $a, b from $b" "$dir/out" && [ ! -e "$a" ] && kill -0 "$pid"
result $? "--client: it waits for front ends, and makes no sockets"
over "--client, nobody there"

finish
