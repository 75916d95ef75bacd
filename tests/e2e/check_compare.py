# SPDX-License-Identifier: BSD-2-Clause
"""Recomputes a comparison from the samples of the two files, by other means, and prints what differs.

check_compare.py OLD NEW COMPARISON: medians by sorting, Mann-Whitney's p by dealing the values out in
every possible way, intervals by being where they must be.
"""
import itertools
import json
import sys

old, new, comparison = (json.load(open(name)) for name in sys.argv[1:4])
wrong = []
compared = 0


def median(values):
    values = sorted(values)
    half = len(values) // 2
    return values[half] if len(values) % 2 else (values[half - 1] + values[half]) / 2


def pairs_above(a, b):
    return sum((y > x) + (y == x) / 2 for x in a for y in b)


def mann_whitney(a, b):
    everything = a + b
    middle = len(a) * len(b) / 2
    observed = abs(pairs_above(a, b) - middle)
    far = ways = 0
    for chosen in itertools.combinations(range(len(everything)), len(a)):
        first = [everything[i] for i in chosen]
        rest = [everything[i] for i in range(len(everything)) if i not in chosen]
        ways += 1
        far += abs(pairs_above(first, rest) - middle) >= observed - 1e-9
    return far / ways


def near(what, got, wanted):
    if got is None or abs(got - wanted) > 1e-6 * max(1, abs(wanted)):
        wrong.append("%s: %r, recomputed %r" % (what, got, wanted))


def samples(doc, label, metric):
    for row in doc["results"]:
        if row["label"] == label:
            return row["samples"][metric]
    raise KeyError(label)


for cell in comparison["cells"]:
    for metric, m in cell["metrics"].items():
        what = "%s %s" % (cell["label"], metric)
        a = samples(old, cell["old_label"], metric)
        b = samples(new, cell["new_label"], metric)
        near(what + " old", m["old"]["median"], median(a))
        near(what + " new", m["new"]["median"], median(b))
        near(what + " ratio", m["ratio"], median(b) / median(a))
        near(what + " p", m["p"], mann_whitney(a, b))
        for side, values in (("old", a), ("new", b)):
            lo, hi = m[side]["ci_lo"], m[side]["ci_hi"]
            if not min(values) <= lo <= m[side]["median"] <= hi <= max(values):
                wrong.append("%s %s: interval [%r, %r]" % (what, side, lo, hi))
        if not m["ci_lo"] <= m["ratio"] <= m["ci_hi"]:
            wrong.append("%s: ratio's interval [%r, %r]" % (what, m["ci_lo"], m["ci_hi"]))
        compared += 1
if not compared:
    wrong.append("nothing was compared")
print("\n".join(wrong))
sys.exit(bool(wrong))
