#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# tandem report, bench --format and the noise gate, from the outside.
set -u
here=$(dirname "$0")
# shellcheck source=tests/e2e/tap
. "$here/tap"

# ---- usage

refuses "report without a file" "give 1 to 26 results files" report
refuses "an unknown format" "pdf.*html, text, markdown, csv or json" report --format=pdf a.json
refuses "an unknown option" "--fast is not an option" report --fast a.json
refuses "-o without a name" "-o needs a value" report a.json -o
refuses "an ending that is no format's" "x.pdf: which format.*--format" report a.json -o "$dir/x.pdf"
refuses "bench: an unknown format" "give text, markdown, csv or json" bench --format=html
refuses "bench: two outputs on one stdout" "both would go to standard output" bench --format=csv \
	--json=-
refuses "run has no --format" "--format" run --format=csv
tandem report --help
[ $status = 0 ] && grep -q -e '-o, --output=FILE' "$dir/out" && grep -q markdown "$dir/out"
result $? "report --help"

# ---- what is no results file: one line, nothing written

complains() { # complains NAME TEXT ARG...
	name=$1 text=$2
	shift 2
	tandem "$@"
	[ $status = 2 ] && [ ! -s "$dir/out" ] && [ "$(wc -l <"$dir/err")" = 1 ] &&
		grep -q -e "$text" "$dir/err"
	result $? "$name"
}

complains "a file that is not there" "$dir/none.json.*No such file" report "$dir/none.json"
complains "a directory" "$dir: cannot be read" report "$dir"
printf '{"schema":"tandem-bench/1","host":{},"results":[' >"$dir/cut.json"
complains "a file that is cut off" "cut.json: line 1.*--json=FILE" report "$dir/cut.json" -o "$dir/cut.html"
[ ! -e "$dir/cut.html" ]
result $? "a file that is cut off: no page is left"
printf '{"schema":"tandem-bench/1","host":{},"results":[{"scenario":1}]}' >"$dir/wrong.json"
complains "a key of the wrong type" "wrong.json: results.0.*is not there\|results.0..scenario: a string" \
	report "$dir/wrong.json"

# ---- a file of before there were labels, samples, statistics, noise

cat >"$dir/old.json" <<'END'
{ "schema": "tandem-bench/1",
  "host": { "kernel": "6.18 <b>", "arch": "x86_64", "cpus": 2, "hz": 250,
            "preempt": { "mode": "none", "source": "kernel log" }, "accel": "kvm",
            "clock": { "name": "tsc", "hz": 2300000000, "trusted": true, "why": "" } },
  "results": [
    { "scenario": "stream", "accel": "kvm", "notify": "deferred", "producer": "batch", "irq": "msi",
      "preempt": "none", "frame_bytes": 65536, "duration_s": 1.0, "runs": 1, "gbps": 12.5, "frames": 10,
      "lost": 0, "notify_us": { "n": 50, "mean": 700, "p50": 690, "p90": 710, "p99": 740, "p99_9": 740,
      "max": 740 }, "stages_us": { "worker": { "n": 50, "mean": 690 }, "write": { "n": 50, "mean": 1 },
      "handler": { "n": 50, "mean": 9 }, "workload": { "n": 50, "mean": 2 } } } ] }
END
works "an old file: a page" report "$dir/old.json" -o "$dir/old.html"
[ ! -s "$dir/out" ] && [ ! -s "$dir/err" ] && grep -q 'worker on the producer&#39;s CPU' "$dir/old.html" &&
	grep -q '<td class="n">0.690</td>' "$dir/old.html" && grep -q '12.5 Gb/s' "$dir/old.html"
result $? "an old file: the seed's table and the figures are in it"
grep -q '6.18 &lt;b&gt;' "$dir/old.html" && ! grep -q 'https\?:\|<script\|src=\|@import' "$dir/old.html"
result $? "a page is escaped, and needs no network and no script"
tandem report "$dir/old.json" --format=csv
[ $status = 0 ] && [ "$(wc -l <"$dir/out")" = 2 ] && grep -q '"stream deferred batch msi none"' "$dir/out"
result $? "an old file: CSV"
tandem report "$dir/old.json" --format=text
[ $status = 0 ] && head -n 1 "$dir/out" | grep -q '^Verdict: ' &&
	grep -q '^deferred  batch .* 12.5 ' "$dir/out"
result $? "text: it opens with the verdict and the short table"
sed 's/"preempt": "none"/"preempt": "no\\u001b[31mne"/' "$dir/old.json" >"$dir/escape.json"
tandem report "$dir/escape.json" --format=text
[ $status = 0 ] && grep -q 'preempt no?\[31mne' "$dir/out" && ! grep -q "$(printf '\033')" "$dir/out"
result $? "text: no word of a file is a terminal's escape"

# What old files have of empty cells, of a poll time that was set, of a floor that cannot be.
sed 's/"lost": 0,/"lost": 0, "retransmits": 0, "x_floor": 0.5, "halt_poll_ns": 0, "floor": { "memcpy_gbps": 25, "frame_bytes": 65536 },/
	s/"hz": 250,/"hz": 250, "halt_poll_ns": 200000, "stamp_cost_ns": 60.1955566,/' "$dir/old.json" >"$dir/set.json"
works "a poll time that was set: a page" report "$dir/set.json" -o "$dir/set.html"
grep -q '<td>0 (host: 200000)</td>' "$dir/set.html" && grep -q '<td>60.2</td>' "$dir/set.html"
result $? "conditions have the poll time that was set, and three digits of what is measured"
tandem report "$dir/set.json" --format=text
grep -q 'x memcpy' "$dir/out" && grep -q '0\.50x' "$dir/out" && grep -q '^none  *65536  *25.0 ' "$dir/out" &&
	grep -q '^tandem bench stream .*--notify=deferred' "$dir/out"
result $? "text: a stream's column is x memcpy; its floor, its command"
sed 's/"scenario": "stream"/"scenario": "rr", "round_trips_per_s": 100/' "$dir/set.json" >"$dir/absurd.json"
tandem report "$dir/absurd.json" --format=text
grep -q '<1?' "$dir/out" && grep -q 'x floor.*busy' "$dir/out"
result $? "text: a round trip below its floor is marked"
sed 's/"notify_us": { "n": 50, .*/"notify_us": { "n": 0, "mean": 0, "p50": null, "max": 0 },/; s/^ *"max": 740 }, "stages_us"/"stages_us"/' \
	"$dir/old.json" >"$dir/empty.json"
works "a cell without notifications: a page" report "$dir/empty.json" -o "$dir/empty.html"
! grep -q 'max 0 us\|n 0<' "$dir/empty.html"
result $? "of no notifications there is no largest"
"$TANDEM" report "$dir/old.json" --format=text >/dev/full 2>"$dir/err"
[ $? = 1 ] && grep -q 'No space left' "$dir/err"
result $? "a full output is called that"

# ---- a new one

# shellcheck disable=SC2086
works "a measurement" bench stream rr $quick --notify=direct,deferred --json="$dir/new.json"
works "its page" report "$dir/new.json" -o "$dir/new.html"
if command -v python3 >/dev/null; then
	python3 - "$dir/new.html" "$dir/old.html" <<'END' >"$dir/err" 2>&1
import html.parser, sys

VOID = {"meta", "br"}


class Check(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, "%s closes %s at %s" % (tag, self.open, self.getpos())
        self.open.pop()


for name in sys.argv[1:]:
    check = Check()
    check.feed(open(name, encoding="utf-8").read())
    assert not check.open, check.open
END
	result $? "a page's elements are closed in order"
else
	skip "a page's elements are closed in order" "no python3"
fi
grep -q 'tandem bench stream rr\|tandem bench .*stream rr' "$dir/new.html" &&
	grep -q -e '--notify=deferred .*--duration=0.1 .*--runs=1 .*--cpus=' "$dir/new.html"
result $? "the page has the commands to measure it again"
"$TANDEM" report - --format=json <"$dir/new.json" >"$dir/again.json" 2>"$dir/err" &&
	cmp -s "$dir/new.json" "$dir/again.json"
result $? "json from standard input is the file again"
for format in text markdown csv; do
	tandem report "$dir/new.json" --format=$format
	[ $status = 0 ] && [ ! -s "$dir/err" ] && grep -q deferred "$dir/out" &&
		[ "$(grep -c 'stream' "$dir/out")" -ge 1 ]
	result $? "--format=$format"
done
works "several files: a page" report "$dir/old.json" "$dir/new.json" -o "$dir/two.html"
grep -q 'A: .*old.json' "$dir/two.html" && grep -q 'B: .*new.json' "$dir/two.html"
result $? "several files: each has its letter"
works "the ending tells the format" report "$dir/new.json" -o "$dir/new.md"
grep -q '^| notify' "$dir/new.md"
result $? "the ending tells the format: Markdown"
echo older >"$dir/kept.html"
if can_be_nobody; then
	chmod 755 "$dir"
	chmod 644 "$dir"/*
	setpriv --reuid=65534 --regid=65534 --clear-groups "$TANDEM" report "$dir/new.json" \
		-o "$dir/kept.html" >"$dir/out" 2>"$dir/err"
	status=$?
	[ $status = 1 ] && grep -q 'kept.html: cannot be written' "$dir/err" &&
		[ "$(cat "$dir/kept.html")" = older ]
	result $? "where it cannot be written: said, and the older page untouched"
else
	skip "where it cannot be written: said, and the older page untouched" "needs root and setpriv"
fi
[ -z "$(find "$dir" -name '*.tmp')" ]
result $? "no temporary file is left"

# ---- bench --format

# shellcheck disable=SC2086
tandem bench rr $quick --notify=direct --format=csv
[ $status = 0 ] && [ "$(wc -l <"$dir/out")" = 2 ] && grep -q '"these results","rr ' "$dir/out" &&
	grep -q '^kernel' "$dir/err"
result $? "bench --format=csv: the table alone on stdout, conditions on stderr"

# ---- the noise gate

if command -v python3 >/dev/null; then
	python3 "$here/check_json.py" "$dir/new.json" \
		'doc["host"]["noise"]["verdict"] in ("quiet", "noisy")' \
		'doc["host"]["noise"]["jitter_us"]["max"] >= doc["host"]["noise"]["jitter_us"]["p50"] > 0' \
		'doc["host"]["noise"]["seconds"] < 0.5' \
		'len(doc["host"]["noise"]["warnings"]) <= 2' \
		'doc["command"][:4] == ["tandem", "bench", "stream", "rr"]' >"$dir/err" 2>&1
	result $? "the noise of the host is in the file"
else
	skip "the noise of the host is in the file" "no python3"
fi
# shellcheck disable=SC2086
tandem bench rr $quick --notify=direct --no-noise-check
[ $status = 0 ] && ! grep -q noise "$dir/out" "$dir/err"
result $? "--no-noise-check: none of it"

finish
