#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# A report's page: what it opens with, what it folds away, and how a real browser lays it out.
set -u
here=$(dirname "$0")
# shellcheck source=tests/e2e/tap
. "$here/tap"

command -v python3 >/dev/null || skip_all "no python3 to make results of several modes and slices"

# Three slices under two modes, from runs under one: the page is tested, not the machine.
tandem bench stream --accel=thread --producer=sqpoll --notify=all --runs=3 --duration=0.05 \
	--warmup=0.02 --json="$dir/one.json"
if [ "$status" = 77 ]; then
	skip_all "$(tail -n 1 "$dir/err")"
fi
result "$status" "a measurement"
python3 - "$dir/one.json" "$dir/modes.json" <<'END'
import copy, json, sys

doc = json.load(open(sys.argv[1]))
rows = []
for mode in "full", "lazy":
    for n in 1, 2, 6:
        for row in copy.deepcopy(doc["results"]):
            asked = "%gms" % (2.8 * n)
            row["preempt"] = mode
            row["slice"] = {"asked": asked, "ns": 2800000 * n, "hz": 250, "hrtick": True,
                            "source": "debugfs sched/base_slice_ns"}
            row["label"] = " ".join((row["label"], mode, "slice=" + asked))
            row["vs_baseline"] = None
            rows.append(row)
doc["results"] = rows
doc["verdicts"] = []
json.dump(doc, open(sys.argv[2], "w"))
END
works "its page" report "$dir/one.json" -o "$dir/one.html"
works "a page of modes and slices" report "$dir/modes.json" -o "$dir/modes.html"
# Twice the same, once half as fast; on a busy machine a run may have moved nothing.
python3 - "$dir/one.json" "$dir/half.json" <<'END'
import json, sys

for path, factor, frame in (sys.argv[1], 1, 65536), (sys.argv[2], 0.5, 777):
    doc = json.load(open(sys.argv[1]))
    for row in doc["results"]:
        row["frame_bytes"] = frame
        row["gbps"] = factor
        row["samples"]["gbps"] = [0.9 * factor, factor, 1.1 * factor]
    json.dump(doc, open(path, "w"))
END
works "a page of three files" report "$dir/one.json" "$dir/half.json" "$dir/modes.json" \
	-o "$dir/three.html"

# line PATTERN: where it is first said on the page of one file.
line() {
	grep -n -m 1 -e "$1" "$dir/one.html" | cut -d: -f1
}

verdict=$(line 'class="verdict">Verdict') table=$(line '<th scope="col">ratio \[95 %\]')
conditions=$(line '<h3>Conditions') details=$(line ': details</h2>')
[ "${verdict:-9999}" -lt "${table:-0}" ] && [ "$table" -lt "${conditions:-0}" ] &&
	[ "$conditions" -lt "${details:-0}" ]
result $? "it opens with the verdict, then the short table, conditions, details"
sed -n '/<h3>Conditions/,/<details>/p' "$dir/one.html" >"$dir/out"
[ "$(grep -c '<th scope="row">' "$dir/out")" -le 7 ] && grep -q 'preemption mode' "$dir/out" &&
	sed -n '/<details>/,/<\/details>/p' "$dir/one.html" | grep -q '<th scope="row">HZ<'
result $? "conditions that everybody asks for are shown, the others are folded"
grep -c 'Dose and response' "$dir/modes.html" >"$dir/out"
[ "$(cat "$dir/out")" = 2 ] && grep -q '<th scope="col" class="n">16.8 ms</th>' "$dir/modes.html" &&
	! grep -q 'Dose and response' "$dir/one.html"
result $? "doses have a table for each mode, and one slice has none"
grep -q '<figcaption>worker on the producer&#39;s CPU, ' "$dir/modes.html" &&
	grep -q '<figcaption>producer sqpoll' "$dir/one.html"
result $? "curves: modes are laid over each other in a picture per deliverer"

grep -q '<h4>Throughput over time, run after run' "$dir/one.html" &&
	[ "$(grep -c ' % of the highest' "$dir/one.html")" = 3 ]
result $? "each cell has a strip of its throughput over time"

sed -n '/<h2>Side by side/,/<h2 id="file0"/p' "$dir/three.html" >"$dir/out"
grep -q 'stream deferred sqpoll</td>.*<td class="n">0.5x ?</td>' "$dir/out" &&
	grep -q 'geometric mean</td><td></td><td class="n">0.5x of 3</td>' "$dir/out" &&
	grep -q '<th scope="col" class="n">B / A' "$dir/out" && ! grep -q 'C / A' "$dir/out" &&
	! grep -q 'Side by side' "$dir/one.html"
result $? "several files stand side by side, with the geometric mean of what all have"
grep -q '<li>B and A: .*777' "$dir/out"
result $? "side by side: conditions that differ are said"

# ---- in a browser

browser=
for name in chromium chromium-browser google-chrome; do
	[ -n "$browser" ] || browser=$(command -v $name)
done
if [ -z "$browser" ]; then
	skip "in a browser nothing overlaps" "no chromium here"
	finish
fi

# Three frames of different width hold the page as it is; what is wrong with them becomes the title.
frames() { # frames PAGE
	python3 - "$1" <<'END'
import html, sys

page = html.escape(open(sys.argv[1], encoding="utf-8").read(), quote=True)
for width in 400, 800, 1600:
    print('<iframe width="%d" height="900" srcdoc="%s"></iframe>' % (width, page))
print("""<script>
function hits(a, b) {
  const p = a.getBoundingClientRect(), q = b.getBoundingClientRect();
  return Math.min(p.right, q.right) - Math.max(p.left, q.left) > 1 &&
         Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top) > 1;
}
function crowded(list) {
  for (let i = 0; i < list.length; i++)
    for (let k = i + 1; k < list.length; k++)
      if (hits(list[i], list[k])) return list[i].textContent + " on " + list[k].textContent;
  return "";
}
window.onload = () => {
  const bad = [];
  for (const frame of document.querySelectorAll("iframe")) {
    const page = frame.contentDocument, root = page.documentElement;
    if (root.scrollWidth > root.clientWidth) bad.push(frame.width + ": wider than the window");
    for (const parent of page.querySelectorAll("body,main,section,.row,.pictures,figure,.keys"))
      bad.push(crowded([...parent.children]));
    for (const svg of page.querySelectorAll("svg"))
      bad.push(crowded([...svg.querySelectorAll("text")]));
  }
  document.title = "looked: " + bad.filter(x => x).slice(0, 3).join("; ");
};
</script>""")
END
}

looks() { # looks NAME PAGE ARG...
	name=$1
	frames "$2" >"$dir/frames.html"
	shift 2
	timeout -k 5 "$patience" "$browser" --headless --no-sandbox --disable-gpu --enable-logging=stderr \
		--user-data-dir="$dir/profile" "$@" --dump-dom "file://$dir/frames.html" \
		>"$dir/dom" 2>"$dir/err"
	status=$?
	grep -o '<title>looked:[^<]*</title>' "$dir/dom" >"$dir/out"
	grep CONSOLE "$dir/err" >>"$dir/out"
	[ "$(cat "$dir/out")" = "<title>looked: </title>" ]
	result $? "$name"
}

looks "in a browser: nothing overlaps at 400, 800 and 1600 pixels" "$dir/one.html"
looks "in a browser: nor with modes and slices" "$dir/modes.html"
looks "in a browser: nor on a dark ground, of three files" "$dir/three.html" --force-dark-mode

finish
