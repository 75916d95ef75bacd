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
HIST = {"n": int, "mean": float, "p50": float, "p90": float, "p99": float, "p99_9": float,
        "max": float}
wrong = []


def check(where, obj, keys):
    for key, kind in keys.items():
        if key not in obj:
            wrong.append("%s: no %s" % (where, key))
        elif not isinstance(obj[key], kind) or isinstance(obj[key], bool):
            wrong.append("%s: %s is %r" % (where, key, obj[key]))


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
