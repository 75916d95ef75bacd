# SPDX-License-Identifier: BSD-2-Clause
"""Checks a results file against the schema tandem-bench/1 and prints what is wrong.

check_json.py FILE EXPRESSION...: each EXPRESSION must be true; `doc` is the file, `rows` its rows.
"""
import json
import sys

NUMBER_OR_NULL = (float, type(None))
HOST = {"kernel": str, "arch": str, "cpus": int, "hz": int, "preempt": dict, "accel": str,
        "clock": dict, "halt_poll_ns": (int, type(None))}
ROW = {"scenario": str, "accel": str, "notify": str, "producer": str, "irq": str, "preempt": str,
       "frame_bytes": int, "duration_s": float, "runs": int, "gbps": float, "frames": int,
       "lost": int, "out_of_order": int, "retransmits": int, "round_trips_per_s": NUMBER_OR_NULL,
       "notify_us": dict, "stages_us": dict, "notifications": int, "interrupts": int,
       "ctx_switches": dict, "floor": (dict, type(None)), "x_floor": NUMBER_OR_NULL}
# A percentile with too few samples is null.
HIST = {"n": int, "mean": NUMBER_OR_NULL, "p50": NUMBER_OR_NULL, "p90": NUMBER_OR_NULL,
        "p99": NUMBER_OR_NULL, "p99_9": NUMBER_OR_NULL, "max": NUMBER_OR_NULL, "above_100us": NUMBER_OR_NULL,
        "above_1ms": NUMBER_OR_NULL, "curve": list}
NEEDED = {"p50": 20, "p90": 100, "p99": 1000, "p99_9": 10000}
wrong = []


def check(where, obj, keys):
    for key, kind in keys.items():
        if key not in obj:
            wrong.append("%s: no %s" % (where, key))
        elif not isinstance(obj[key], kind) or isinstance(obj[key], bool):
            wrong.append("%s: %s is %r" % (where, key, obj[key]))


def in_order(h):
    """Percentiles are there exactly if there are enough samples; they and the curve rise."""
    if not h["n"]:
        return all(v is None for k, v in h.items() if k not in ("n", "curve")) and not h["curve"]
    known = [h[p] for p in NEEDED if h[p] is not None] + [h["max"]]
    return (all((h[p] is not None) == (h["n"] >= n) for p, n in NEEDED.items()) and
            known == sorted(known) and h["curve"] == sorted(h["curve"]) and
            h["curve"][-1] == [1.0, h["max"]] and
            0 <= h["above_1ms"] <= h["above_100us"] <= 1)


def no_constant(name):
    raise ValueError("%s is not JSON" % name)


doc = json.load(open(sys.argv[1]), parse_constant=no_constant)
rows = doc.get("results", [])
if doc.get("schema") != "tandem-bench/1":
    wrong.append("schema is %r" % doc.get("schema"))
check("host", doc.get("host", {}), HOST)
check("host.preempt", doc["host"].get("preempt", {}), {"mode": str, "source": str})
for i, row in enumerate(rows):
    check("results[%d]" % i, row, ROW)
    check("results[%d].notify_us" % i, row.get("notify_us", {}), HIST)
for expression in sys.argv[2:]:
    if not eval(expression):
        wrong.append("not so: %s" % expression)
print("\n".join(wrong))
sys.exit(bool(wrong))
