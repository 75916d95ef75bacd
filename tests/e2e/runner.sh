#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# tests/run itself: what it makes of programs that fail, and that it shows what is wrong and not what is right.
set -u
here=$(dirname "$0")
# shellcheck source=tests/e2e/tap
. "$here/tap"
runner=$here/../run

programs() { # programs NAME: a script of that name, from stdin
	{
		echo '#!/bin/sh'
		cat
	} >"$dir/$1.sh" && chmod +x "$dir/$1.sh"
}

# These programs take no time, and mean no limit: nothing is measured for them.
export TANDEM_TEST_SLOWNESS=1

runs() { # runs NAME: under tests/run
	"$runner" -l "$dir/log" "$dir/$1.sh" >"$dir/out" 2>"$dir/err"
	status=$?
}

programs good <<'E2'
echo "ok 1 - a"; echo 1..1
E2
runs good
[ $status = 0 ] && grep -q '^PASS ' "$dir/out" && grep -q '^1 passed, 0 failed, 0 skipped$' "$dir/out"
result $? "what passes is one line, and a sum"

programs bad <<'E2'
echo "ok 1 - a"; echo "# before"; echo "not ok 2 - b"; echo "# behind"; echo "ok 3 - c"; echo "# last"; echo 1..3; exit 1
E2
runs bad
[ $status = 1 ] && [ "$(grep '^    | ' "$dir/out")" = "    | # before
    | not ok 2 - b
    | # behind
    | # last" ]
result $? "of a test that failed, its lines are shown and no others"
grep -q "all of it: $dir/log/.*-bad.log" "$dir/out" && grep -q 'ok 3 - c' "$dir"/log/*-bad.log
result $? "and where the rest is"

programs status <<'E2'
echo "ok 1 - a"; echo "why"; exit 255
E2
runs status
[ $status = 1 ] && grep -q 'FAILED: exit status 255 ' "$dir/out" && grep -q '| ok 1 - a' "$dir/out" &&
	grep -q '| why' "$dir/out"
result $? "an exit status above all signals is an exit status; with no test to blame all is shown"

programs killed <<'E2'
echo "ok 1 - a"; kill -9 $$
E2
runs killed
[ $status = 1 ] && grep -q 'FAILED: killed by signal 9$' "$dir/out"
result $? "a program that is killed is said to be"

programs cannot <<'E2'
echo "no such thing here"; exit 77
E2
runs cannot
[ $status = 0 ] && grep -q '^0 passed, 0 failed, 1 skipped$' "$dir/out" && grep -q 'no such thing here' "$dir/out"
result $? "what cannot run is skipped, with its reason"

# ---- a machine that is slow: starting a process takes long

mkdir "$dir/slow"
printf '#!/bin/sh\nsleep 0.03\n' >"$dir/slow/env"
chmod +x "$dir/slow/env"

programs told <<'E2'
echo "ok 1 - a"; echo 1..1; echo "slowness $TANDEM_TEST_SLOWNESS"
E2
(
	unset TANDEM_TEST_SLOWNESS
	PATH=$dir/slow:$PATH
	runs told
	[ $status = 0 ] && grep -q '^this machine is slow or busy: time limits are [0-9]* times as long$' "$dir/out"
)
[ $? = 0 ] && grep -q '^slowness \([2-9]\|[1-9][0-9]\)' "$dir"/log/*-told.log
result $? "a slow machine: that is said once, and what runs is told how slow"

programs hangs <<'E2'
# timeout: 1
echo "ok 1 - a"; exec sleep 20
E2
TANDEM_TEST_SLOWNESS=2 runs hangs
[ $status = 1 ] && grep -q 'FAILED: no end within 2 s$' "$dir/out"
result $? "a slow machine: a program has as many times longer"
(PATH=$dir/slow:$PATH && runs bad)
grep -q '^    too slow: the machine is [0-9]* times slower than a quiet one, and was 1 at the start$' "$dir/out"
result $? "a machine that has become slow: that is said of what fails"
(PATH=$dir/slow:$PATH && runs good)
! grep -q 'too slow' "$dir/out"
result $? "and of nothing else"

programs long <<'E2'
trap 'echo "cleared up" >&2; exit 1' TERM
echo "ok 1 - a"; echo $$ >"$0.pid"
while :; do sleep 1; done
E2
for jobs in 1 2; do
	rm -f "$dir/long.sh.pid"
	"$runner" -j $jobs "$dir/long.sh" >"$dir/out" 2>"$dir/err" &
	waited=0
	while [ ! -s "$dir/long.sh.pid" ] && [ $waited -lt 100 ]; do
		sleep 0.1
		waited=$((waited + 1))
	done
	kill $!
	wait $!
	status=$?
	[ $status = 1 ] && ! kill -0 "$(cat "$dir/long.sh.pid")" 2>"$dir/err" && grep -q '^CUT .*-long after ' "$dir/out" &&
		grep -q '| ok 1 - a' "$dir/out" && grep -q '| cleared up' "$dir/out"
	result $? "ended early, $jobs at a time, it takes its program along and shows what that said last"
done

finish
