#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Interrupted half way: it ends cleanly with what was measured so far, marked as cut short.
set -u
here=$(dirname "$0")
# shellcheck source=tests/e2e/tap
. "$here/tap"
# shellcheck source=tests/e2e/processes
. "$here/processes"

json_cut_short() {
	if command -v python3 >/dev/null; then
		python3 "$here/check_json.py" "$dir/out.json" 'any(r["cut_short"] for r in rows)' \
			'len(rows) == 1' 'all(r["lost"] == 0 for r in rows)' >"$dir/wrong" 2>&1 && return 0
		sed 's/^/# json: /' "$dir/wrong" | tail -n 5
		return 1
	fi
	grep -q '"cut_short": true' "$dir/out.json"
}

signals="$interrupt TWICE"
is_quick || signals="$signals $quit TERM"
for signal in $signals; do
	rm -f "$dir/out.json"
	begin bench stream --details --duration=60 --notify=direct --json="$dir/out.json"
	wait_guests
	result $? "$signal: the measurement has begun"
	sleep 1
	# Ctrl-C goes to the whole group, kill to one process, timeout(1) to the one and then to the group.
	case $signal in
	INT | QUIT) kill_group $signal ;;
	TERM) kill -s TERM "$pid" ;;
	TWICE) kill -s TERM "$pid" && kill_group TERM ;;
	esac
	ends "$signal half way"
	[ $status = 130 ]
	result $? "$signal half way: exit 130, with all written"
	grep -q '^stream.*frames' "$dir/out" && grep -q 'direct .*cut short' "$dir/out" &&
		grep -q 'cut short' "$dir/err"
	result $? "$signal half way: the table says that it was cut short"
	json_cut_short
	result $? "$signal half way: so does the JSON, which is whole"
	wait_nobody
	result $? "$signal half way: no process is left"
done

# The floors come first: nothing is measured yet. The conditions are out before the measuring process is made; what
# unpacks /proc/config.gz for them is a process of ours for a moment, too, and a signal then ends us at once.
rm -f "$dir/out.json"
begin bench rr --details --duration=60 --notify=direct,unbound --json="$dir/out.json"
has_measuring_process() { [ -s "$dir/out" ] && [ "$(children | wc -l)" -ge 2 ]; }
wait_until 100 has_measuring_process
result $? "before anything is measured: the measuring process is there"
kill -s TERM "$pid"
ends "before anything is measured"
[ $status = 130 ] && grep -q 'cut short' "$dir/err" && ! grep -q fail "$dir/out"
result $? "before anything is measured: nothing is said to have failed"
[ "$(grep -c '"cut_short": true' "$dir/out.json")" = 2 ]
result $? "before anything is measured: each result is marked as cut short"
wait_nobody
result $? "before anything is measured: no process is left"

# A child that does not answer the first request goes at the second.
begin bench stream --details --duration=60 --notify=direct
wait_guests
result $? "a second TERM: the measurement has begun"
for child in $(children); do
	[ "$child" = "$pid" ] || kill -s STOP "$child"
done
kill -s TERM "$pid"
sleep 1.2
kill -s TERM "$pid"
ends "a second TERM"
grep -q 'killed, as asked' "$dir/err"
result $? "a second TERM: what was lost is said"
wait_nobody
result $? "a second TERM: no process is left"

finish
