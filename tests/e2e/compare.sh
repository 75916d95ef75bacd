#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# tandem compare: verdicts, conditions that must be equal, --fail-if for bisection, files that are no good.
set -u
here=$(dirname "$0")
# shellcheck source=tests/e2e/tap
. "$here/tap"

python=
if command -v python3 >/dev/null && python3 -c 'import json, itertools' 2>/dev/null; then
	python=python3
fi

# ---- files to compare

# What a file says beside its samples; a case changes what it is about.
defaults() {
	accel=thread frame=65536 ring=256 preempt=full hz=250 cpus=2 cpu=x scenario=stream notify=deferred
	kvm_poll=null where='"placement": { "a": "0" }, "busy_poll_us": 0, "transport": "mmio", "features": "default", "link": { "kind": "bridge", "mtu": 1500, "tx_queue_len": 1000 },' lab='' more='' control=null trusted=true duration=1.0
	kernel=6.18.0 source=test
	gbps="50.1, 49.2, 50.8, 51.0, 48.9, 50.4" p99="100.5, 99.1, 104.0, 98.2, 101.7, 103.3"
	runs=6
}

# cell: one object of results[].
cell() {
	cat <<END
{ "scenario": "$scenario", "accel": "$accel", "notify": "$notify", "producer": "batch", "irq": "eventfd",
  "preempt": "$preempt", "frame_bytes": $frame, "ring": $ring, "window": 256, "batch": 64, "verify": "ends",
  "duration_s": $duration, "runs": $runs, "gbps": 50.0, "lost": 0, "ok": true, "conserved": true,
  "control": $control, "halt_poll_ns": $kvm_poll, $where $lab $more "label": "${label-$scenario $notify batch}",
  "notify_us": { "n": 100, "mean": 50.0, "p50": 40.0, "p90": 90.0, "p99": 100.0, "p99_9": 200.0, "max": 300.0 },
  "samples": { "gbps": [ $gbps ], "notify_p99_us": [ $p99 ] } }
END
}

# file NAME CELLS: a whole file; CELLS is JSON text.
file() {
	cat >"$dir/$1" <<END
{ "schema": "tandem-bench/1",
  "host": { "kernel": "$kernel #1", "arch": "x86_64", "cpu": "$cpu", "cpus": $cpus, "hz": $hz,
	    "preempt": { "mode": "$preempt", "source": "$source" }, "accel": "$accel", "halt_poll_ns": 200000,
	    "clock": { "name": "tsc", "hz": 1000, "trusted": $trusted, "why": "test" }, "tandem": "0.1.0" },
  "results": [ $2 ] }
END
}

old=$dir/old.json new=$dir/new.json
defaults
file old.json "$(cell)"

# differs NAME ASSIGNMENT TEXT: the new file, changed so, is refused, and compared with --force.
differs() {
	defaults
	eval "$2"
	file new.json "$(cell)"
	tandem compare "$old" "$new"
	[ $status = 2 ] && [ ! -s "$dir/out" ] && grep -q -e "$3" "$dir/err" && grep -q -e '--force' "$dir/err"
	result $? "$1 refuses"
	tandem compare "$old" "$new" --force
	[ $status = 0 ] && [ ! -s "$dir/err" ] && grep -q -e "^FORCED .*$3" "$dir/out"
	result $? "$1 with --force is said"
}

# notes NAME ASSIGNMENT TEXT: compared, and said.
notes() {
	defaults
	eval "$2"
	file new.json "$(cell)"
	tandem compare "$old" "$new"
	[ $status = 0 ] && [ ! -s "$dir/err" ] && grep -q -e "^NOTE .*$3" "$dir/out"
	result $? "$1 is noted"
}

# line METRIC: of the text output.
line() {
	grep " $1 " "$dir/out"
}

# ---- verdicts

tandem compare "$old" "$old"
[ $status = 0 ] && [ "$(grep -c ' ~ ' "$dir/out")" = 2 ] && line gbps | grep -q '1x \[' &&
	! grep -q -e NOTE -e FORCED "$dir/out"
result $? "a file against itself is no difference"
grep -q '0 better, 0 worse, 2 no difference' "$dir/out"
result $? "verdicts are added up"

defaults
gbps="35.1, 34.2, 35.8, 36.0, 33.9, 35.4" p99="140.5, 139.1, 144.0, 138.2, 141.7, 143.3"
file slow.json "$(cell)"
tandem compare "$old" "$dir/slow.json"
[ $status = 0 ] && line gbps | grep -q ' 0\.70.*worse' && line notify_p99_us | grep -q ' 1\.4.*worse'
result $? "a shifted run is caught: fewer Gb/s and more us are worse"
tandem compare "$dir/slow.json" "$old"
[ $status = 0 ] && line gbps | grep -q ' 1\.4.*better' && line notify_p99_us | grep -q ' 0\.7.*better'
result $? "the other way round it is better"
if [ -n "$python" ]; then
	tandem compare "$old" "$dir/slow.json" --format=json
	[ $status = 0 ] && $python "$here/check_compare.py" "$old" "$dir/slow.json" "$dir/out" >"$dir/err"
	result $? "Python, dealing out all values, finds the same medians and p"
	p99="100.5, 99.1, 104.0, 104.0, 101.7, 101.7"
	file ties.json "$(cell)"
	tandem compare "$old" "$dir/ties.json" --format=json
	[ $status = 0 ] && $python "$here/check_compare.py" "$old" "$dir/ties.json" "$dir/out" >"$dir/err"
	result $? "Python finds the same with ties"
else
	skip "Python finds the same medians and p" "no python3"
	skip "Python finds the same with ties" "no python3"
fi

defaults
gbps="35.1, 34.2, 35.8, 36.0" p99="140.5, 139.1, null, 144.0" runs=4
file few.json "$(cell)"
tandem compare "$old" "$dir/few.json"
[ $status = 0 ] && line gbps | grep -q ' ? ' && grep -q 'NOTE.*fewer than 5 runs' "$dir/out"
result $? "four runs allow no verdict, and it is said what would"
defaults
more='"samples_are": "elsewhere",'
file none.json "$(cell | sed 's/"samples": {.*/"x_floor": 1.0 }/')"
tandem compare "$old" "$dir/none.json"
[ $status = 0 ] && line gbps | grep -q ' 50 .* ? '
result $? "a file without samples has its figures compared, without verdict"

# ---- --fail-if

# fails_if NAME STATUS NEW CONDITION...
fails_if() {
	name=$1 wanted=$2 file=$3
	shift 3
	for condition; do
		set -- "$@" "--fail-if=$condition"
		shift
	done
	tandem compare "$old" "$dir/$file" "$@"
	[ $status = "$wanted" ]
	result $? "$name"
}
fails_if "a ratio beyond the bound: exit 1" 1 slow.json 'deferred.notify_p99 > 1.2x'
grep -q 'fail-if  deferred.notify_p99 > 1.2x: TRUE, stream deferred batch has 1.39' "$dir/out"
result $? "the cell and its value are named"
fails_if "a ratio within the bound: exit 0" 0 slow.json 'deferred.notify_p99 > 1.5x'
fails_if "one of several that is true is enough" 1 slow.json 'gbps < 0.1x' 'notify_p99 > 120us' 'gbps < 1Gb/s'
fails_if "none of several is true" 0 slow.json 'gbps < 0.1x' 'notify_p99 > 1ms'
fails_if "noise does not fail: ~ counts as 1" 0 old.json 'gbps < 0.999x' 'gbps > 1.001x'
fails_if "a ratio of too few runs is not judged, true" 2 few.json 'stream.gbps < 0.9x'
tandem compare "$dir/few.json" "$dir/few.json" --fail-if='stream.gbps < 0.9x'
[ $status = 2 ] && grep -q 'NOT JUDGED, stream deferred batch: 4 old and 4 new values are too few; take 5 of each' "$dir/out" &&
	grep -q 'cannot be judged: .* too few; take 5' "$dir/err"
result $? "a ratio of too few runs: how many there are, and how many it takes"
fails_if "a ratio of too few runs is not judged, false" 2 few.json 'stream.gbps < 0.1x'
fails_if "a value of too few runs is one all the same" 1 few.json 'stream.gbps < 1000Gb/s'
fails_if "what is surely true counts beside what is not judged" 1 few.json 'stream.gbps < 0.9x' 'notify_p99 > 1us'
fails_if "an unknown metric: exit 2" 2 slow.json 'deferred.p99 > 1.2x'
grep -q 'notify_p99_us' "$dir/err" && [ ! -s "$dir/out" ]
result $? "an unknown metric: those that there are are listed"
fails_if "an unknown cell: exit 2" 2 slow.json 'unbound.notify_p99 > 1.2x'
grep -q 'stream thread deferred batch eventfd full' "$dir/err" && [ ! -s "$dir/out" ]
result $? "an unknown cell: those that there are are listed"
fails_if "a metric the cells do not have: exit 2" 2 slow.json 'deferred.round_trips > 1x'
sed 's/"notify_p99_us": \[[^]]*\]/"notify_p99_us": [ null, null ]/' "$dir/slow.json" >"$dir/sparse.json"
fails_if "too few notifications for a p99: exit 2" 2 sparse.json 'deferred.notify_p99 > 1.2x'
grep -q 'NOT JUDGED, stream deferred batch: too few notifications per run' "$dir/out" && grep -q '^stream deferred batch  gbps' "$dir/out" &&
	grep -q 'cannot be judged: .*too few notifications' "$dir/err"
result $? "too few notifications for a p99: compared and said all the same"
defaults
gbps="50.1, 49.2, 50.8, 51.0, 48.9, 50.4, 50.2, 49.9, 50.3, 50.0" runs=10
p99="100.5, null, 104.0, null, null, null, 98.2, null, 101.7, null"
file gaps.json "$(cell)"
fails_if "runs without a value: those that have one are not judged alone: exit 2" 2 gaps.json 'notify_p99 > 1.2x'
grep -q 'NOT JUDGED, stream deferred batch: values of 4 of 10 new runs, of 6 of 6 old ones' "$dir/out"
result $? "runs without a value: how many"
p99="100.5, 99.1, 104.0, 98.2, 101.7, 103.3, null, null, null, null"
file gaps.json "$(cell)"
fails_if "runs without a value, though as many as before have one: exit 2" 2 gaps.json 'notify_p99 > 1.2x'
fails_if "runs without a value: figures that all have are judged" 0 gaps.json 'gbps < 0.9x'
fails_if "runs without a value, and the condition is true: exit 1" 1 gaps.json 'notify_p99 > 90us'
defaults
gbps="50.1, 49.2, 50.8, 51.0, 48.9" p99="100.5, 99.1, 104.0, 98.2, 101.7" runs=5
file fewer.json "$(cell)"
fails_if "fewer runs than before: exit 2" 2 fewer.json 'gbps < 0.9x'
defaults
direct=$(notify=direct p99="40, 41, 42, 43, 44, 45" && cell)
both_old=$dir/both_old.json
file both_old.json "$(cell), $direct"
sparse=$(p99="null, null, null, null, null, null" && cell)
file sparse_one.json "$sparse, $direct"
tandem compare "$both_old" "$dir/sparse_one.json" --fail-if='notify_p99 > 1.2x'
[ $status = 2 ] && grep -q 'NOT JUDGED, stream deferred batch: too few notifications per run' "$dir/out"
result $? "one of two cells without a p99, which the old file has: exit 2"
tandem compare "$dir/sparse_one.json" "$both_old" --fail-if='notify_p99 > 1.2x'
[ $status = 0 ]
result $? "one of two cells without a p99 in the old file: the other one is judged"
tandem compare "$both_old" "$old" --fail-if='notify_p99 > 1.2x'
[ $status = 2 ] && grep -q 'NOT JUDGED, stream direct batch: it is not in the new file' "$dir/out" &&
	grep -q 'cannot be judged: stream direct batch: it is not in the new file' "$dir/err"
result $? "a cell that vanished: exit 2, naming it"
tandem compare "$both_old" "$old" --fail-if='deferred.notify_p99 > 1.2x' --fail-if='round_trips > 1x'
[ $status = 2 ] && grep -q 'round_trips.*no cell that it picks can have' "$dir/err"
result $? "a cell that vanished has no say where words do not pick it, nor with figures that it cannot have"
tandem compare "$both_old" "$old" --fail-if='deferred.notify_p99 > 1.2x'
[ $status = 0 ]
result $? "a cell that vanished, and is not picked: exit 0"
tandem compare "$both_old" "$old" --old=deferred --fail-if='notify_p99 > 1.2x'
[ $status = 0 ]
result $? "a cell that --old leaves out has not vanished"
defaults
fails_if "a condition that is none: exit 2" 2 slow.json 'deferred.notify_p99 is high'
defaults
runs=0 gbps="" p99=""
file dead.json "$(cell)"
fails_if "a cell without any run cannot be judged: exit 2" 2 dead.json 'gbps < 0.5x'
defaults
file harm.json "$(cell | sed 's/"samples": {/& "lost": [ 0, 0, 0, 0, 0, 5 ],/')"
fails_if "one run of six that lost frames: exit 1" 1 harm.json 'lost > 0'
grep -q 'lost > 0: TRUE, stream deferred batch has 5$' "$dir/out"
result $? "one run of six that lost frames: as many as it lost"
file harm.json "$(cell | sed 's/"lost": 0/"lost": 0, "out_of_order": 3/')"
fails_if "a file that has only the total of them: exit 1" 1 harm.json 'lost > 0' 'out_of_order > 0'
fails_if "no harm: exit 0" 0 old.json 'lost > 0'
file failed.json "$(cell | sed 's/"ok": true/"ok": false/')"
fails_if "a new cell that failed passes no gate: exit 2" 2 failed.json 'gbps < 0.9x'
grep -q 'gbps < 0.9x: NOT JUDGED, stream deferred batch: the new one failed' "$dir/out" &&
	grep -q 'cannot be judged.*stream deferred batch' "$dir/err"
result $? "a new cell that failed is named"
fails_if "a new cell that failed, and the condition is true: exit 1" 1 failed.json 'gbps < 1.1x'
file failed.json "$(cell | sed 's/"conserved": true/"conserved": false/')"
fails_if "a new cell that is not conserved passes no gate: exit 2" 2 failed.json 'gbps < 0.9x'
fails_if "true of one condition, another not judged: exit 1" 1 failed.json 'gbps < 0.9x' 'gbps > 0.9x'
defaults
control='"aa"' p99="200, 201, 202, 203, 204, 205" notify=deferred
one=$(cell)
defaults
file control.json "$(cell), $one"
defaults
control='"aa"'
one=$(cell)
defaults
file control_old.json "$(cell), $one"
tandem compare "$dir/control_old.json" "$dir/control.json" --fail-if='deferred.notify_p99 > 1.2x'
[ $status = 0 ]
result $? "controls are not picked by words of their axes"
tandem compare "$dir/control_old.json" "$dir/control.json" --fail-if='control.notify_p99 > 1.2x'
[ $status = 1 ]
result $? "controls are picked by the word control"

# ---- conditions

differs "another accel" "accel=kvm" "accel differs: old thread, new kvm"
differs "another frame size" "frame=1500" "frame_bytes differs: old 65536, new 1500"
differs "another ring" "ring=64" "ring differs"
differs "a file of the lab's deterministic mode" 'lab="\"lab\": { \"deterministic\": true },"' \
	"lab.deterministic differs: old false, new true"
differs "emulation on one side" 'lab="\"lab\": { \"smp\": 2 },"' "from the lab's emulation"
differs "another load" 'more="\"load\": { \"loop\": \"open\", \"rate\": 100 },"' "load.loop differs"
notes "another HZ" "hz=1000" "hz differs: old 250, new 1000"
notes "another number of CPUs" "cpus=8" "cpus differs: old 2, new 8"
notes "another CPU" "cpu=y" "cpu differs: old x, new y"
notes "a clock that is not trusted" "trusted=false" "clock.trusted differs"
notes "runs of another length" "duration=2.0" "different length: old 1 s, new 2 s"
notes "a backend that polls" 'where="\"busy_poll_us\": 50,"' "busy_poll_us differs: old 0, new 50"
notes "another transport" 'where="\"transport\": \"pci\","' "transport differs: old mmio, new pci"
notes "another link" 'where="\"link\": { \"kind\": \"bridge\", \"mtu\": 9000, \"tx_queue_len\": 1000 },"' \
	"link.mtu differs: old 1500, new 9000"
notes "another queue of the link" 'where="\"link\": { \"mtu\": 1500, \"tx_queue_len\": 4096 },"' \
	"link.tx_queue_len differs: old 1000, new 4096"
notes "other virtio features" 'where="\"features\": \"+ring_packed\","' \
	"features differs: old default, new +ring_packed"
notes "another placement" 'where="\"placement\": { \"a\": \"1\" },"' \
	"placement.a differs: old 0, new 1"
notes "another mode" "preempt=lazy" "compared: preempt full (old) with lazy (new)"
notes "another kernel" "kernel=7.3.4" "kernel differs: old 6.18.0 #1, new 7.3.4 #1"
notes "another source of the mode" "source=guess" "preempt.source differs: old test, new guess"
notes "an RT kernel beside another" 'preempt=rt more="\"preempt_rt\": \"full\","' \
	"compared: preempt full (old) with rt-full (new)"
notes "another strategy" "notify=unbound" "compared: notify deferred (old) with unbound (new)"
notes "a cell that was cut short" 'more="\"cut_short\": true,"' "the new cell was cut short"
notes "a cell that lost stamps" 'more="\"matching\": { \"stamps_lost\": 3 },"' "the new cell lost stamps"
notes "another interrupt path" \
	'more="\"irq_path\": { \"expected\": \"writer\", \"taken\": \"workqueue\" },"' \
	"the new cell had KVM take another interrupt path"
notes "a work item on unbound workers" \
	'more="\"irq_path\": { \"expected\": \"workqueue\", \"taken\": \"unbound_workqueue\" },"' \
	"the new cell had KVM's work item run on unbound workers"
notes "a run that was stopped" 'more="\"interrupted_runs\": 1,"' "the new cell was stopped while"
notes "a cell that lost frames" 'more="\"corrupt\": 3,"' "lost or corrupted"

# More to say than there is room for: what forbids it is not forgotten.
many() { # many FRAME: 70 cells, each on a CPU of its own, the last of such frames
	for i in $(seq 70); do
		defaults
		notify=n$i where="\"placement\": { \"a\": \"$1$i\" },"
		[ "$i" != 70 ] || frame=$1
		[ "$i" = 1 ] || echo ,
		cell
	done
}
file many_old.json "$(many 64)"
file many_new.json "$(many 1500)"
defaults
tandem compare "$dir/many_old.json" "$dir/many_new.json"
[ $status = 2 ] && [ ! -s "$dir/out" ] && grep -q 'n70.*frame_bytes differs: old 64, new 1500' "$dir/err"
result $? "what forbids a comparison is not lost among 70 notes"
tandem compare "$dir/many_old.json" "$dir/many_new.json" --force
[ $status = 0 ] && grep -q '^FORCED .*frame_bytes' "$dir/out" && grep -q '^NOTE .*of 7 more' "$dir/out"
result $? "notes that there is no room for are counted"

defaults
accel=kvm
file old.json "$(cell)"
differs "another time of halt polling" "accel=kvm kvm_poll=0" "halt polling differs: old 200000 ns, new 0"
defaults
file old.json "$(cell)"

# ---- which cells

defaults
preempt=lazy p99="700.5, 699.1, 704.0, 698.2, 701.7, 703.3"
lazy=$(cell)
defaults
file modes.json "$(cell), $lazy"
tandem compare "$dir/modes.json" "$dir/modes.json" --old=full --new=lazy --fail-if='notify_p99 > 2x'
[ $status = 1 ] && line notify_p99_us | grep -q ' 6\.9.*worse' && grep -q 'NOTE.*full (old) with lazy' "$dir/out"
result $? "two modes of one file are compared with --old and --new"
tandem compare "$dir/modes.json" "$dir/modes.json"
[ $status = 0 ] && [ "$(grep -c '^stream .* ~ ' "$dir/out")" = 4 ] && grep -q '^stream.* full ' "$dir/out"
result $? "without them each mode is compared with itself"
tandem compare "$old" "$dir/modes.json"
[ $status = 0 ] && [ "$(grep -c '^stream .* ~ ' "$dir/out")" = 2 ] && grep -q 'NOTE.*only in the new' "$dir/out"
result $? "a cell that only one file has is said"
defaults
scenario=rr
file rr.json "$(cell)"
refuses "files that share no cell" "no cell of .*old.json is also in .*rr.json.*--old=WORDS" compare "$old" \
	"$dir/rr.json"
refuses "words that pick nothing" "--old=sqpoll.*no cell.*such as 'stream thread deferred" compare "$old" \
	"$old" --old=sqpoll

defaults
label="stream deferred batch gated open=500"
more='"loop": "gated", "load": { "loop": "open", "rate": 500 },'
file gated.json "$(cell)"
unset label
tandem compare "$dir/gated.json" "$dir/gated.json" --old='open=500 gated' --new=gated
[ $status = 0 ] && grep -q '^stream deferred batch gated open=500 .* ~ ' "$dir/out"
result $? "a gated stream with a rate is picked by both words"

# ---- formats

tandem compare "$old" "$dir/slow.json" --format=markdown
[ $status = 0 ] && [ "$(grep -c '^| stream deferred batch |' "$dir/out")" = 2 ] &&
	! grep '^|' "$dir/out" | grep -qv '^\(|[^|]*\)\{8\}|$'
result $? "markdown: a table of eight columns"
tandem compare "$old" "$dir/slow.json" --format=csv
[ $status = 0 ] && [ "$(wc -l <"$dir/out")" = 3 ] && ! awk -F, 'NF != 16 { bad = 1 } END { exit !bad }' "$dir/out"
result $? "csv: a line for each figure, all of 16 fields"
defaults
hz=1000
file new.json "$(cell)"
tandem compare "$old" "$new" --format=csv
[ $status = 0 ] && grep -q 'hz differs' "$dir/err" && ! grep -q hz "$dir/out"
result $? "csv: what differs is said on stderr"
tandem compare "$old" "$dir/slow.json" --metric=gbps,notify_p99
[ $status = 0 ] && line gbps >/dev/null && line notify_p99_us >/dev/null
result $? "--metric takes names with and without units"
tandem compare "$old" "$dir/slow.json" --metric=gbps
[ $status = 0 ] && ! line notify_p99_us >/dev/null
result $? "--metric shows nothing else"
timeout "$patience" "$TANDEM" compare - "$dir/slow.json" <"$old" >"$dir/out" 2>"$dir/err"
status=$?
[ $status = 0 ] && line gbps | grep -q worse
result $? "one file may come from standard input"
timeout "$patience" "$TANDEM" compare "$old" "$old" >/dev/full 2>"$dir/err"
status=$?
[ $status = 1 ] && grep -q 'No space left' "$dir/err"
result $? "output that cannot be written: exit 1"
defaults
notify='de\u001b[31mf|\"x\u000a<script>`[a](b)' label=x
file hostile.json "$(cell)"
unset label
wrong=0
for format in text markdown csv json; do
	tandem compare "$dir/hostile.json" "$dir/hostile.json" --format=$format
	[ $status = 0 ] && [ "$(LC_ALL=C tr -d '\n\t' <"$dir/out" | LC_ALL=C tr -d '\040-\176' | wc -c)" = 0 ] || wrong=1
done
result $wrong "names with escape codes in them reach no terminal"
tandem compare "$dir/hostile.json" "$dir/hostile.json" --format=markdown
[ $status = 0 ] && grep -q '\\<script\\>\\`\\\[a\\\](b)' "$dir/out" && ! grep -q -e '[^\]<' -e '[^\]`' "$dir/out"
result $? "markdown: what names mean in it they do not mean"

# ---- wrong usage

refuses "no file" "two results files" compare
refuses "one file" "two results files" compare "$old"
refuses "three files" "two results files" compare "$old" "$old" "$old"
refuses "an unknown option" "--slow.*tandem help compare" compare "$old" "$old" --slow
refuses "an unknown format" "--format=xml.*markdown" compare "$old" "$old" --format=xml
refuses "an unknown metric" "'p99'.*tandem help compare" compare "$old" "$old" --metric=p99
refuses "an empty list of metrics" "--metric" compare "$old" "$old" --metric=
tandem help compare
cp "$dir/out" "$dir/help"
tandem compare --help
[ $status = 0 ] && [ ! -s "$dir/err" ] && cmp -s "$dir/out" "$dir/help" && grep -q notify_p99_us "$dir/out"
result $? "--help lists the metrics"

# ---- files that are no good

# bad NAME TEXT: what is in $dir/bad.json is refused on either side.
bad() {
	refuses "$1, as the old file" "$2" compare "$dir/bad.json" "$old"
	refuses "$1, as the new file" "$2" compare "$old" "$dir/bad.json"
}
refuses "a file that is not there" "nothere.json.*No such file" compare "$old" "$dir/nothere.json"
refuses "a directory" "$dir.*directory" compare "$old" "$dir"
: >"$dir/bad.json"
bad "an empty file" "bad.json: is empty"
head -c 700 "$old" >"$dir/bad.json"
bad "a truncated file" "bad.json: line .*cut off"
echo 'Gb/s 50' >"$dir/bad.json"
bad "a text" "bad.json: line 1"
head -c 3000 "$TANDEM" >"$dir/bad.json"
bad "a binary" "bad.json: line 1"
echo '[]' >"$dir/bad.json"
bad "a list" "bad.json: an object is wanted"
sed 's,tandem-bench/1,tandem-bench/2,' "$old" >"$dir/bad.json"
bad "another schema" "tandem-bench/1, this is tandem-bench/2"
sed 's/"notify": "deferred",//' "$old" >"$dir/bad.json"
bad "a missing key" "results\[0\].notify: is not there"
sed 's/"gbps": 50.0/"gbps": "50.0"/' "$old" >"$dir/bad.json"
bad "a number that is a string" "results\[0\].gbps: a number is wanted"
sed 's/"gbps": \[ 50.1/"gbps": [ -50.1/' "$old" >"$dir/bad.json"
bad "a sample below 0" "results\[0\].samples.gbps\[0\]: -50.1 is below 0"
sed 's/"gbps": \[ 50.1/"gbps": [ NaN/' "$old" >"$dir/bad.json"
bad "NaN" "bad.json: line .*invalid token"
sed 's/"gbps": \[ 50.1/"gbps": [ 1e999/' "$old" >"$dir/bad.json"
bad "a number too large" "bad.json: line .*overflow"
file bad.json ""
bad "a file without results" "bad.json: has no results"
truncate -s 65M "$dir/bad.json"
bad "a huge file" "bad.json: larger than 64 MiB"
rm "$dir/bad.json"

# ---- real files

# shellcheck disable=SC2086
tandem bench rr stream --details $quick --accel=thread --notify=direct,unbound --runs=5 --seed=7 --warmup-runs=2 \
	--json="$dir/real.json"
[ $status = 0 ] && grep -q 'median \[95 % interval\], against rr direct' "$dir/out" &&
	grep -q -e '--seed=7), after 2 warm-up rounds' "$dir/out" && grep -q '^effects ' "$dir/out"
result $? "bench --runs=5 prints intervals, the seed, what is not seen"
if [ -n "$python" ]; then
	$python "$here/check_json.py" "$dir/real.json" \
		'doc["statistics"]["seed"] == 7 and doc["statistics"]["warmup"] == 2' \
		'sorted(p for r in rows for p in r["run_order"]) == list(range(8, 28))' \
		'all(len(v) == 5 for r in rows for v in r["samples"].values())' \
		'all("gbps" in r["samples"] and "gbps" in r["stats"] for r in rows)' \
		'all(r["stats"]["gbps"]["ci_lo"] <= r["gbps"] <= r["stats"]["gbps"]["ci_hi"] for r in rows)' \
		'sorted(r["label"] for r in rows) == ["rr direct", "rr unbound", "stream direct", "stream unbound"]' \
		'[r["vs_baseline"] and r["vs_baseline"]["cell"] for r in rows] == [None, "stream direct", None, "rr direct"]' \
		>"$dir/err"
	result $? "the results file has samples, their places, medians, contrasts"
else
	skip "the results file has samples, their places, medians, contrasts" "no python3"
fi
tandem compare "$dir/real.json" "$dir/real.json" --metric=all
[ $status = 0 ] && [ ! -s "$dir/err" ] && grep -q '^0 better, 0 worse' "$dir/out"
result $? "what bench writes compare reads"
# shellcheck disable=SC2086
tandem bench rr --details $quick --accel=thread --notify=direct,unbound --runs=2 --order=abba --baseline=unbound
[ $status = 0 ] && grep -q 'against rr unbound' "$dir/out" && grep -q 'order abba, after 1 warm-up' "$dir/out" &&
	grep -q -e '--runs=5 is the least' "$dir/out"
result $? "bench --runs=2 gives ratios without verdicts; --order and --baseline"
refuses "a baseline that is not there" "--baseline=sqpoll.*rr thread direct" bench rr --accel=thread \
	--baseline=sqpoll
refuses "an unknown order" "--order=abab.*abba" bench rr --order=abab
refuses "a seed that is none" "--seed=x" bench rr --seed=x
refuses "too many warm-up runs" "--warmup-runs=1001" bench rr --warmup-runs=1001

finish
