#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# timeout: 240
#
# `tandem help COLUMN`: what each table has as a heading is explained there. The man pages: unit headings.
set -u
here=$(dirname "$0")
# shellcheck source=tests/e2e/tap
. "$here/tap"

tandem help columns
[ $status = 0 ] && [ ! -s "$dir/err" ] && [ "$(awk 'length > 80' "$dir/out" | wc -l)" = 0 ]
result $? "help columns lists them all, in 80 columns"
cp "$dir/out" "$dir/columns"
tandem help x floor
[ $status = 0 ] && [ ! -s "$dir/err" ] && grep -q '^  x floor  The mean round trip' "$dir/out"
result $? "help COLUMN explains one"
tandem help "x floor"
[ $status = 0 ] && grep -q '^  x floor  The mean round trip' "$dir/out"
result $? "and takes its name in one word, too"
refuses "a column that there is not" "there is no command 'x flour'" help "x flour"

# heads NAME PAGE PATTERN [FROM]: the lines of $dir/out that match have nothing but headings of this page, or of FROM.
heads() {
	grep -e "$3" "$dir/out" >"$dir/heads"
	awk -v page="$2" -v also="${4-}" '
		FNR == NR && /\(1\):$/ { at = substr($0, 1, length($0) - 4); next }
		FNR == NR && /^  [^ ]/ && (at == page || at == also) {
			name = substr($0, 3); sub(/  .*/, "", name); known[++n] = name; next }
		FNR == NR { next }
		{
			line = " " $0 " "
			# The longest first: "p99.9 us" is not "us" behind "p99.9".
			for (length_of = 60; length_of > 0; length_of--)
				for (i = 1; i <= n; i++)
					while (length(known[i]) == length_of && (p = index(line, " " known[i] " ")))
						line = substr(line, 1, p) " " substr(line, p + length_of + 1)
			gsub(/ /, "", line)
			if (line != "") { print "not explained: " line " in:" $0; bad = 1 }
			lines++
		}
		END { exit bad || !lines }' "$dir/columns" "$dir/heads" >"$dir/err" 2>&1
	result $? "$1: each heading is explained"
}

short="--duration=0.05 --warmup=0 --no-noise-check --accel=thread"
# shellcheck disable=SC2086 # words
tandem bench stream rr $short --runs=2 --notify=direct
heads "the short table" tandem-bench '^deliverer'
# shellcheck disable=SC2086
tandem bench stream rr $short --runs=2 --notify=direct --details --rate=2000 --json="$dir/out.json"
heads "--details" tandem-bench '^preempt  *notify\|^  *Gb/s  \|^  *trips/s  '
grep -q '^[a-z]*  *direct .* ([0-9]*s)' "$dir/out" && grep -q '^(40s)  *too few values' "$dir/out"
result $? "--details: a quantile with too few values says how many seconds it needs"
sed 's/^floor, preempt [a-z]*//' "$dir/out" >"$dir/floors" && cp "$dir/floors" "$dir/out"
heads "floors" tandem-bench '^frame bytes'
tandem bench floor --duration=0.1 --no-noise-check
[ $status = 0 ] && grep -q 'eventfd ping-pong' "$dir/out" && [ "$(awk 'length > 80' "$dir/out" | wc -l)" = 0 ]
result $? "the table of floors fits 80 columns"
# shellcheck disable=SC2086
tandem bench table $short --runs=1 --details --slice=current
heads "bench table" tandem-bench '^preempt  *notify\|^preempt  *the notification is run by'
tandem report "$dir/out.json" --format=text
heads "report" tandem-report '^notify  \|^preempt  *frame' tandem-bench
tandem compare "$dir/out.json" "$dir/out.json"
heads "compare" tandem-compare '^cell  '
tandem bench pool --items=50
sed '/^engine/!{/queue to execute/!d;}' "$dir/out" >"$dir/pool" && cp "$dir/pool" "$dir/out"
heads "bench pool" tandem-bench-pool .

# Its heads have two lines, so what is explained is both together.
tandem bench crowd tas --ratio=1 --duration=0.1 --accel=thread
sed -n '/% of waits/p; /^workload/p' "$dir/out" | tr -s ' ' '\n' | grep . >"$dir/words"
sed -n '/^tandem-bench-crowd/,/^$/s/^  \([^ ].*\)/\1/p' "$dir/columns" | sed 's/  .*//' | tr -s ' ' '\n' >"$dir/known"
[ -s "$dir/words" ] && ! grep -vxF -f "$dir/known" "$dir/words" >"$dir/err"
result $? "bench crowd: each heading is explained"

finish
