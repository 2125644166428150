#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""bench/live/promises on made-up results: who counts, in which order, and the interval.

    promises.py SOURCE
"""
import json
import os
import subprocess
import sys
import tempfile


def stop(reason="limit-met", upper=250.0):
    return {"reason": reason, "downtime_limit_ms": 300, "predicted_downtime_ms": 200.0, "upper_ms": upper}


def run_of(identifier, downtime, ended_by="us", said=None):
    return {"id": identifier, "split": "slo-test", "ended_by": ended_by, "downtime_ms": downtime,
            "program_json": {"result": {"stop": said}}}


def main(source):
    sys.path.insert(0, os.path.join(source, "testbed"))
    import plan
    order = [run["id"] for run in plan.PLANS["slo"](1)]
    # In the file the other way round: the plan's order counts. One kept, one missed but within its limit, one above it.
    runs = [run_of(order[6], 999.0, said=stop()), run_of(order[5], 350.0, said=stop()), run_of(order[4], 280.0, said=stop()),
            run_of(order[3], 100.0, said=stop("deadline")), run_of(order[1], 50.0, "qemu"), run_of(order[0], 200.0, said=stop())]
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "runs.jsonl"), "w", encoding="utf-8") as file:
            file.writelines(json.dumps(run) + "\n" for run in runs)
        with open(os.path.join(folder, "failures.jsonl"), "w", encoding="utf-8") as file:
            file.write(json.dumps({"id": order[0], "attempt": 1, "reason": "long\nload: 3 cores"}) + "\n")
        out = os.path.join(folder, "out.json")
        command = [os.path.join(source, "bench/live/promises"), folder, "--runs", "3", "--json", out]
        text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        with open(out, encoding="utf-8") as file:
            result = json.load(file)
        empty = subprocess.run(command[:2] + ["--seed", "9"], capture_output=True, text=True, check=False)
    assert [one["id"] for one in result["promises"]] == [order[0], order[4], order[5]], result["promises"]
    assert [one["reason"] for one in result["excluded"]] == ["ended by qemu", "not collected", "stopped for another reason: deadline"]
    total = result["summary"]
    assert (total["runs"], total["missed"], total["above_limit"]) == (3, 2, 1), total
    assert abs(total["bound_over_downtime_median"] - 250 / 280) < 1e-12, total
    # Clopper and Pearson, 2 of 3: roots of 3 p^2 - 2 p^3 and of p^3 at 2.5 %.
    lower, upper = total["missed_share_lower"], total["missed_share_upper"]
    assert abs(3 * lower**2 - 2 * lower**3 - 0.025) < 1e-12 and abs(1 - upper**3 - 0.025) < 1e-12, (lower, upper)
    assert "load: 3 cores" in text and text.count("MISSED") == 2, text
    assert empty.returncode == 1 and "no run of the plan slo, seed 9" in empty.stderr, empty
    print("promises: order, exclusions, misses and interval are right")


if __name__ == "__main__":
    main(*sys.argv[1:])
