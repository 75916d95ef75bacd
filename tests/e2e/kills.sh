#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Ended by force or from outside: no process and no file is left behind.
set -u
here=$(dirname "$0")
# shellcheck source=tests/e2e/tap
. "$here/tap"
# shellcheck source=tests/e2e/processes
. "$here/processes"

begin run --notify=unbound
wait_guests
result $? "run: the guests are up"
sleep 1.2
kill -s $interrupt "$pid"
ends "run, SIGINT"
[ $status = 0 ] && grep -q ' 0 lost' "$dir/out" && wait_nobody
result $? "run, SIGINT: exit 0, a summary, no process left"

begin bench stream --duration=60 --notify=direct --json="$dir/killed.json"
wait_guests
sleep 0.3
kill -9 "$pid"
wait "$pid" 2>/dev/null
wait_nobody
result $? "kill -9 of the parent leaves no child behind"
[ -z "$(find "$dir" -name 'killed.json*')" ]
result $? "kill -9 of the parent leaves no file behind"

begin bench stream --duration=60 --notify=direct
wait_guests
for child in $(children); do
	[ "$child" = "$pid" ] || kill -9 "$child"
done
ends "the measuring process is killed"
[ $status = 1 ] && grep -q 'signal 9' "$dir/err" && wait_nobody
result $? "the measuring process is killed: exit 1, saying so"

finish
